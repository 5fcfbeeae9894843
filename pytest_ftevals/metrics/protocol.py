"""What a metric is: (case, response) -> score, and scores -> a task's value."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task

if TYPE_CHECKING:  # numpy is imported where a metric resamples, never with the package
    import numpy as np
    from numpy.typing import NDArray


class Metric(Protocol):
    """One metric. Higher is better, and values lie between 0 and 1, unless it says otherwise."""

    @property
    def name(self) -> str:
        """The name that task files and tests use."""

    @property
    def higher_is_better(self) -> bool:
        """Whether a larger value is a better one."""

    @property
    def points(self) -> bool:
        """Whether values lie between 0 and 1, so that differences are percentage points."""

    @property
    def binary(self) -> bool:
        """Whether every answer's score is 0 or 1."""

    @property
    def is_mean(self) -> bool:
        """Whether the value is the mean of the cases' scores."""

    @property
    def score_libraries(self) -> tuple[str, ...]:
        """The distributions that `score` computes with; where there are any, scores are stored."""

    @property
    def value_libraries(self) -> tuple[str, ...]:
        """The distributions that `value` and `resampled` compute with."""

    def check(self, task: Task) -> None:
        """Raise FtevalsError where the task lacks what the metric needs (a schema, a kind)."""

    def score(self, task: Task, case: Case, response: Response) -> Score:
        """Return one answer's score; never raises for what a model answered.

        It may depend on what a score's key holds and on nothing else: the task's kind and schema,
        the case's expectation and continuations, the response.
        """

    def value(self, scores: Sequence[Score]) -> float:
        """Return the task's value from its cases' scores (all scored, at least one).

        A case's score may be the mean of several samples' scores, which it then carries.
        """

    def resampled(
        self, scores: Sequence[Score], counts: "NDArray[np.int64]"
    ) -> "NDArray[np.float64] | None":
        """Return the value of each bootstrap replicate, or None where the value is the mean.

        `counts` has shape (replicates, n): how often each case was drawn.
        """
