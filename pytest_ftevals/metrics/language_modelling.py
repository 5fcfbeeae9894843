"""Perplexities, bits per byte and loss: how well a model predicts a text.

Lower is better; a perplexity is 1 or more, bits and loss are 0 or more, and none has an upper end.
All are functions of the same sum, the log-probability of the texts' tokens, over a count: of words
(runs between white space), of UTF-8 bytes, or of scored tokens. Sums run over all cases, so that a
long text counts more, as in lm-evaluation-harness 0.4 (``weighted_perplexity`` and
``bits_per_byte`` in ``lm_eval/api/metrics.py``). Jelinek et al. 1977, "Perplexity - a measure of
the difficulty of speech recognition tasks". Misleading for how well a model follows instructions,
and, where values are per token, between models with different tokenizers.
"""

import math
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.needs import refuse
from pytest_ftevals.metrics.pooled import Pooled

Unit = Literal["word", "byte", "token"]

LARGEST = 1e300
"""A larger perplexity is given as this, so that values can be subtracted and averaged."""


def words(text: str) -> int:
    """Return how many words a text has, 1 or more: lm-evaluation-harness's count for wikitext."""
    return len(re.split(r"\s+", text))


def rate(
    unit: Unit,
    pool: Callable[[Sequence[float]], float],
    task: Task,  # noqa: ARG001 - Pooled's shape
    case: Case,
    response: Response,
) -> Score:
    """Return the value of one text by itself; `parts` are its log-probability and its count."""
    if len(response.choices) != 1:
        return Score(value=None, reason="the response does not score the text")
    (scored,) = response.choices
    if not math.isfinite(scored.logprob):
        return Score(value=None, reason="the text has no finite log-probability")
    counted = case.options[0] if case.options else scored.text
    units = {
        "word": lambda: words(counted),
        "byte": lambda: len(counted.encode("utf-8", "surrogatepass")),
        "token": lambda: scored.tokens,
    }[unit]()
    if not units:
        return Score(value=None, reason=f"the text has no {unit}s to divide by")
    value = pool([scored.logprob, units])
    reason = f"beyond {LARGEST:g}, and given as that" if value == LARGEST else ""
    return Score(value=value, reason=reason, parts=[scored.logprob, units])


def perplexity(sums: Sequence[float]) -> float:
    """Return exp of the nats that a unit takes, at most `LARGEST`."""
    exponent = nats(sums)
    return math.exp(exponent) if exponent < math.log(LARGEST) else LARGEST


def bits(sums: Sequence[float]) -> float:
    """Return the bits that a unit takes."""
    return nats(sums) / math.log(2)


def nats(sums: Sequence[float]) -> float:
    """Return the nats that a unit takes: minus the log-probability over the number of units."""
    logprob, units = sums
    return -logprob / units


def needs(metric: str, task: Task) -> None:
    """Raise FtevalsError unless the task scores texts."""
    if task.kind != "perplexity":
        what = f"scores whole texts, and a {task.kind} task has none"
        raise refuse(metric, task, what, "Use `accuracy` for it, or make it `kind: perplexity`.")


def _metric(name: str, unit: Unit, pool: Callable[[Sequence[float]], float]) -> Pooled:
    return Pooled(
        name=name,
        needs=partial(needs, name),
        rate=partial(rate, unit, pool),
        pool=pool,
        higher_is_better=False,
        points=False,
    )


LANGUAGE_MODELLING = (
    _metric("word_perplexity", "word", perplexity),
    _metric("byte_perplexity", "byte", perplexity),
    _metric("bits_per_byte", "byte", bits),
    _metric("token_perplexity", "token", perplexity),
    _metric("loss", "token", nats),
)
"""``loss`` is the mean negative log-likelihood of a token in nats: a trainer's validation loss."""
