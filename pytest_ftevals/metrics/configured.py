"""A metric as a task file configures it: under a name of its own, reading a part of each reply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Metric, Only, RestsOn, Task
from pytest_ftevals.metrics.needs import replies
from pytest_ftevals.metrics.options import Options
from pytest_ftevals.metrics.patterns import LIBRARY, Pattern, Take, TooSlowError
from pytest_ftevals.metrics.per_case import unanswered
from pytest_ftevals.metrics.wording import quoted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GENERIC = ("extract", "take")
"""The options of every metric over reply texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """Which part of a reply is read."""

    pattern: Pattern
    take: Take = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """A metric by another name, that may read a part of each reply."""

    name: str
    inner: Metric
    extract: Extract | None = None
    options: Mapping[str, JSON]
    """All options as the task file has them."""
    stored: bool = True
    """Whether everything its scores depend on is known; not of a user's function."""

    @property
    def higher_is_better(self) -> bool:
        """As the metric within."""
        return self.inner.higher_is_better

    @property
    def points(self) -> bool:
        """As the metric within."""
        return self.inner.points

    @property
    def binary(self) -> bool:
        """As the metric within."""
        return self.inner.binary

    @property
    def is_mean(self) -> bool:
        """As the metric within."""
        return self.inner.is_mean

    @property
    def only(self) -> Only:
        """As the metric within."""
        return self.inner.only

    @property
    def rests_on(self) -> RestsOn:
        """As the metric within."""
        return self.inner.rests_on

    @property
    def score_libraries(self) -> tuple[str, ...]:
        """Those of the metric within, and what matches patterns."""
        own = (LIBRARY,) if self.extract is not None and self.stored else ()
        return tuple(dict.fromkeys((*self.inner.score_libraries, *own)))

    @property
    def value_libraries(self) -> tuple[str, ...]:
        """As the metric within."""
        return self.inner.value_libraries

    @property
    def settings(self) -> JSON:
        """The metric within by its own name and settings, and the options."""
        return [self.inner.name, self.inner.settings, dict(self.options)]

    def check(self, task: Task) -> None:
        """Raise FtevalsError where the metric within does, and where there are no replies."""
        if self.extract is not None:
            replies(self.name, task)
        self.inner.check(task)

    def score(self, task: Task, case: Case, response: Response) -> Score:
        """Return the score of the part that is read; where there is none, see `_missed`.

        None where the pattern takes too long.
        """
        if self.extract is None:
            return self.inner.score(task, case, response)
        if (unscored := unanswered(response)) is not None:
            return unscored
        try:
            part = self.extract.pattern.found(response.text, self.extract.take)
        except TooSlowError as error:
            return Score(value=None, reason=str(error))
        score = self.inner.score(task, case, replace(response, text=part or ""))
        return score if part is not None else self._missed(score)

    def _missed(self, empty: Score) -> Score:
        """Return the score of a reply without the part, from that of an empty one.

        0 where that is the worst there is; elsewhere (lower is better, or a range of its own) that
        of the empty one, which 0 may well be better than. What cannot be scored stays so.
        """
        if empty.value is None:
            return empty
        pattern = "" if self.extract is None else quoted(self.extract.pattern.source)
        zero_is_worst = self.higher_is_better and (self.points or self.binary)
        value = 0.0 if zero_is_worst else empty.value
        reason = f"nothing in the reply matches {pattern}"
        return replace(empty, value=value, reason=reason, predicted=None)

    def value(self, scores: Sequence[Score]) -> float:
        """Return the task's value, as the metric within."""
        return self.inner.value(scores)

    def resampled(
        self, scores: Sequence[Score], counts: "NDArray[np.int64]"
    ) -> "NDArray[np.float64] | None":
        """Return the value of each replicate, as the metric within."""
        return self.inner.resampled(scores, counts)


def extract_of(options: Options) -> Extract | None:
    """Return which part the options `extract` and `take` say; None without them.

    Raises FtevalsError for a wrong pattern, and for `take` alone.
    """
    take: Take = "last" if options.word("take", ("first", "last")) == "last" else "first"
    pattern = options.pattern("extract")
    if pattern is None:
        if "take" in options.values:
            fix = "`take: last` takes the last match of `extract: PATTERN`."
            raise options.error("has `take` without `extract`", fix)
        return None
    return Extract(pattern=pattern, take=take)
