"""Whether a case passed."""

import math
from typing import Protocol

from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task


class Scale(Protocol):
    """What passing depends on of a metric."""

    @property
    def binary(self) -> bool:
        """Whether every case's score is 0 or 1."""

    @property
    def higher_is_better(self) -> bool:
        """Whether a larger score is a better one."""


def passed(task: Task, metric: Scale, score: Score) -> bool | None:
    """Return whether a case passed by its score on the task's first metric.

    0/1 metrics: the better of the two. Others: at least the task's ``pass_at`` (at most, where
    lower is better). None where that says nothing: no ``pass_at``, or an unscored case, such
    as one whose score is NaN.
    """
    if score.value is None or math.isnan(score.value):
        return None
    if metric.binary:
        return score.value == (1 if metric.higher_is_better else 0)
    if task.pass_at is None:
        return None
    if metric.higher_is_better:
        return score.value >= task.pass_at
    return score.value <= task.pass_at
