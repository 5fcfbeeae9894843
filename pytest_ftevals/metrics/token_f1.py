"""Token F1: how many words of the expected text a reply shares.

From 0 to 1, higher is better. The F1 of the SQuAD v1.1 evaluation script (Rajpurkar et al. 2016,
arXiv 1606.05250): words after its normalisation, each as often as it occurs, in any order; the best
over several expected texts. Misleading where a word turns the meaning ("not"), and for scripts
without spaces, whose sentences are one word.
"""

from collections import Counter
from functools import partial

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.exact_match import normalized
from pytest_ftevals.metrics.needs import expected_texts, references
from pytest_ftevals.metrics.per_case import PerCase
from pytest_ftevals.metrics.wording import any_of, quoted


def rate(task: Task, case: Case, response: Response) -> Score:  # noqa: ARG001 - PerCase's shape
    """Return the best F1 over the expected texts, from 0 to 1."""
    right = references(case)
    value = max(token_f1(response.text, text) for text in right)
    if value == 1:
        return Score(value=value)
    reason = f"{quoted(normalized(response.text))} where {any_of(right)} was expected"
    return Score(value=value, reason=reason)


def token_f1(text: str, expected: str) -> float:
    """Return the harmonic mean of precision and recall over words, from 0 to 1.

    0 where no word is shared, two empty texts included, as in the script.
    """
    said, wanted = normalized(text).split(), normalized(expected).split()
    shared = sum((Counter(said) & Counter(wanted)).values())
    if shared == 0:
        return 0.0
    precision, recall = shared / len(said), shared / len(wanted)
    return 2 * precision * recall / (precision + recall)


TOKEN_F1 = PerCase(
    name="token_f1", binary=False, needs=partial(expected_texts, "token_f1"), rate=rate
)
