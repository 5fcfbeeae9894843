"""Length ratio: how near a reply's length is to the expected text's.

From 0 (empty, or endless) to 1 (as long), higher is better: the shorter length over the longer one,
in words between white space. Of r times the expected length it is r or 1/r, whichever is at most 1,
so that too long and too short cost alike; the reason says which it was. Misleading about content:
any text of the right length scores 1. In languages without spaces between words every reply is one
word.
"""

from functools import partial

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.needs import expected_texts, references
from pytest_ftevals.metrics.per_case import PerCase


def rate(task: Task, case: Case, response: Response) -> Score:  # noqa: ARG001 - PerCase's shape
    """Return the shorter length over the longer one, against the nearest of the right texts."""
    answered = len(response.text.split())
    wanted = [len(text.split()) for text in references(case)]
    value, length = max((ratio(answered, one), one) for one in wanted)
    reason = f"{answered} words where {length} were expected" if value < 1 else ""
    return Score(value=value, reason=reason)


def ratio(one: int, other: int) -> float:
    """Return the smaller number over the larger one; 1 for two zeros."""
    return min(one, other) / max(one, other) if one or other else 1.0


LENGTH_RATIO = PerCase(
    name="length_ratio",
    binary=False,
    needs=partial(expected_texts, "length_ratio"),
    rate=rate,
)
