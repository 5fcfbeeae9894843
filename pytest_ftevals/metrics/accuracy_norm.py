"""Accuracy by length-normalised likelihood: lm-evaluation-harness's ``acc_norm``.

From 0 to 1, higher is better. Each option's log-probability is divided by its length in
characters, and the largest quotient is the choice (Gao et al., lm-evaluation-harness 0.4,
``lm_eval/api/task.py``). Misleading where options differ in length for a reason: dividing favours
long ones as much as the plain sum favours short ones. With letters it is accuracy itself.
"""

import math
from functools import partial

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.likelihoods import right_options, unscorable
from pytest_ftevals.metrics.needs import scored_options
from pytest_ftevals.metrics.per_case import PerCase
from pytest_ftevals.metrics.wording import quoted


def rate(task: Task, case: Case, response: Response) -> Score:  # noqa: ARG001 - PerCase's shape
    """Return 1 where the option with the largest log-probability a character is right, else 0."""
    if (unscored := unscorable(case, response)) is not None:
        return unscored
    sizes = [characters(case, index) for index in range(len(case.continuations))]
    pairs = zip(response.choices, sizes, strict=True)
    quotients = [choice.logprob / size for choice, size in pairs]
    # The first of equal ones, as everywhere.
    chosen = max(range(len(quotients)), key=quotients.__getitem__)
    right = right_options(case)
    if chosen in right:
        return Score(value=1.0)
    best = max(right, key=quotients.__getitem__)
    return Score(value=0.0, reason=f"{_at(case, chosen, quotients)} {_at(case, best, quotients)}")


def characters(case: Case, index: int) -> int:
    """Return the length of an option as it is scored, the space before it left out."""
    scored = case.continuations[index]
    text = case.options[index] if index < len(case.options) else scored.strip()
    return len(text if scored in {text, f" {text}"} else scored.strip())


def _at(case: Case, index: int, quotients: list[float]) -> str:
    right = index in right_options(case)
    text, quotient = quoted(case.continuations[index].strip()), quotients[index]
    spelled = f"{quotient:.3g}" if math.isfinite(quotient) else "none"
    return f"where {text} is right ({spelled})" if right else f"chose {text} ({spelled} a letter)"


ACCURACY_NORM = PerCase(
    name="accuracy_norm",
    binary=True,
    needs=partial(scored_options, "accuracy_norm"),
    rate=rate,
)
