"""The shape of most metrics: a score a case, and their mean as the task's value."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Only, RestsOn, Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """A metric that rates each answer by itself; its value is the mean, or says what it is."""

    name: str
    needs: Callable[[Task], None]
    """Raises FtevalsError where a task lacks what `rate` relies on."""
    rate: Callable[[Task, Case, Response], Score]
    """Scores an answer; never called for a response that is an error."""
    binary: bool = False
    """Whether every answer's score is 0 or 1."""
    higher_is_better: bool = True
    points: bool = True
    is_mean: bool = True
    only: Only = None
    rests_on: RestsOn = None
    score_libraries: tuple[str, ...] = ()
    """The distributions that `rate` computes with."""
    value_libraries: tuple[str, ...] = ()

    def check(self, task: Task) -> None:
        """Raise FtevalsError where the task lacks what the metric needs."""
        self.needs(task)

    def score(self, task: Task, case: Case, response: Response) -> Score:
        """Return one answer's score; None where there is no answer to score."""
        return unanswered(response) or self.rate(task, case, response)

    def value(self, scores: Sequence[Score]) -> float:
        """Return the mean of the scores (all scored, at least one)."""
        return math.fsum(map(scored, scores)) / len(scores)

    def resampled(
        self, scores: Sequence[Score], counts: "NDArray[np.int64]"
    ) -> "NDArray[np.float64] | None":
        """Return None: the value is the mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PerCase(Rated):
    """A metric whose value is the mean of its cases' scores."""

    binary: bool
    settings: JSON = None
    """What else `rate` depends on: the metric's options in the task file."""


def unanswered(response: Response) -> Score | None:
    """Return the score of a response that holds no answer (None, with the reason), else None."""
    if response.error is not None or response.finish == "error":
        return Score(value=None, reason=response.error or "the engine reported an error")
    if any(math.isnan(choice.logprob) for choice in response.choices):
        return Score(value=None, reason="a log-probability is not a number")
    return None


def scored(score: Score) -> float:
    """Return a score's number; raises ValueError for a case that could not be scored."""
    if score.value is None:
        raise ValueError(f"an unscored case has no number: {score.reason}")
    return score.value
