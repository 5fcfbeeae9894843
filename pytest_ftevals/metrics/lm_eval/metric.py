"""A metric of lm-eval on one of its tasks, groups or tags."""

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.plain import plain, revived
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Only, RestsOn, Task
from pytest_ftevals.metrics.lm_eval.replicates import Aggregate, aggregated, known, resampled
from pytest_ftevals.metrics.lm_eval.scorer import Scorer
from pytest_ftevals.metrics.per_case import scored, unanswered
from pytest_ftevals.metrics.wording import short

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MEANS = frozenset({"mean", "nanmean"})
CLASSES = frozenset({"f1_score", "matthews_corrcoef"})
"""lm-eval's aggregations of (right class, answered class)."""
FAILING = 0.05
"""The largest share of bootstrap replicates that may have no value, which are then left out."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class LmEvalMetric:
    """What lm-eval prints in one line of its table."""

    name: str
    """``METRIC,FILTER``, as the keys of lm-eval's results: ``acc,none``."""
    scorer: Scorer
    aggregates: Mapping[str, Aggregate]
    """Subtask -> lm-eval's aggregation, of the subtasks that have the metric."""
    by_size: bool = True
    """Whether a group's value weighs its tasks by their documents, or each the same."""
    binary: bool = False
    higher_is_better: bool = True
    points: bool = True
    is_mean: bool = True
    only: Only = None
    rests_on: RestsOn = None
    settings: JSON = None
    score_libraries: tuple[str, ...] = ()
    """None, so that scores are never stored: a task's own code may change under them."""
    value_libraries: tuple[str, ...] = ("lm_eval", "scikit-learn", "sacrebleu")

    def check(self, task: Task) -> None:
        """Nothing is lacking: lm-eval's task brought the metric."""

    def score(self, task: Task, case: Case, response: Response) -> Score:  # noqa: ARG002 - Metric
        """Return lm-eval's number for one answer; None, with the reason, where it has none."""
        found = unanswered(response) or self._rated(case, response)
        if found.value is None:
            self.scorer.left_out(self.name, case, found.reason)
        return found

    def _rated(self, case: Case, response: Response) -> Score:
        key, _, pipeline = self.name.rpartition(",")
        subtask = self.scorer.subtask(case)
        if subtask not in self.aggregates:
            return Score(value=None, reason=f"lm-eval's task {subtask} has no {key}")
        try:
            found = self.scorer.results(case, pipeline, response)
            if key not in found:
                return Score(value=None, reason=f"lm-eval's task gives this case no {key}")
            return self._scored(subtask, found[key])
        except Exception as error:  # noqa: BLE001 - a task's own code may raise anything
            return Score(value=None, reason=f"lm-eval's task failed: {_shown(error)}")

    def value(self, scores: Sequence[Score]) -> float:
        """Return lm-eval's value (all scored, at least one).

        Raises FtevalsError where its aggregation fails or gives no number, where some number of a
        rate lies outside 0 to 1, and where a group lacks one of the tasks that it weighs alike.
        """
        self._check_rate(self.scorer.beyond(self.name))
        if self.is_mean:
            return math.fsum(map(scored, scores)) / len(scores)
        values, sizes = [], []
        found = _by_subtask(scores)
        self._check_complete(found.keys())
        for subtask, items in found.items():
            values.append(self._valued(subtask, items))
            sizes.append(len(items) if self.by_size else 1)
        weighted = (value * size for value, size in zip(values, sizes, strict=True))
        total = math.fsum(weighted) / sum(sizes)
        self._check_rate(None if self._is_in_range(total) else total)
        return total

    def resampled(
        self, scores: Sequence[Score], counts: "NDArray[np.int64]"
    ) -> "NDArray[np.float64] | None":
        """Return the value of each replicate; `counts` has shape (replicates, n).

        NaN where the aggregation has none of what was drawn; raises FtevalsError where that are
        more than `FAILING` of them. A task that a group weighs like others keeps its value where
        none of its documents was drawn.
        """
        if self.is_mean:
            return None
        import numpy as np

        total = np.zeros(len(counts))
        weights = np.zeros(len(counts))
        columns = _columns(scores)
        for subtask, items in _by_subtask(scores).items():
            drawn = counts[:, columns[subtask]]
            sizes = drawn.sum(axis=1)
            present = sizes > 0
            value = self._valued(subtask, items)
            values = np.full(len(counts), value)
            with self.scorer.around():
                values[present] = resampled(self.aggregates[subtask], items, drawn[present], value)
            weight = sizes if self.by_size else np.ones(len(counts))
            total += values * weight
            weights += weight
        found: NDArray[np.float64] = total / weights
        self._check_replicates(float(np.isnan(found).mean()))
        return found

    def _scored(self, subtask: str, item: Any) -> Score:
        aggregate = self.aggregates[subtask]
        written = plain(item)
        is_number = isinstance(written, bool | int | float)
        expected = predicted = None
        if known(aggregate) in CLASSES:
            right, answered = item
            value = float(right == answered)
            expected, predicted = str(right), str(answered)
        else:
            mean = known(aggregate) in MEANS and is_number
            value = float(item) if mean else self._aggregated(subtask, [item])
        if math.isnan(value):
            return Score(value=None, reason="lm-eval's score is not a number")
        if not self._is_in_range(value):
            self.scorer.went_beyond(self.name, value)
            return Score(
                value=None,
                reason=f"lm-eval's score is {value:g}, no rate between 0 and 1: {self._advice()}",
            )
        if math.isinf(value):
            return Score(value=None, reason="lm-eval's score is infinite")
        parts: list[JSON] | None = None if self.is_mean else [subtask, written]
        return Score(value=value, parts=parts, expected=expected, predicted=predicted)

    def _aggregated(self, subtask: str, items: list[Any]) -> float:
        try:
            with self.scorer.around():
                return aggregated(self.aggregates[subtask], items)
        except Exception as error:
            raise FtevalsError(
                f"lm-eval's aggregation of {self.name} failed: {_shown(error)}", where=subtask
            ) from error

    def _valued(self, subtask: str, items: list[Any]) -> float:
        value = self._aggregated(subtask, items)
        if not math.isfinite(value):
            raise FtevalsError(
                f"lm-eval's aggregation of {self.name} gives {value}, which is no value",
                where=subtask,
            )
        return value

    def _is_in_range(self, value: float) -> bool:
        return not self.points or -_ROUNDING <= value <= 1 + _ROUNDING

    def _check_rate(self, beyond: float | None) -> None:
        """Refuse all of a metric's numbers where one shows them to be no rates.

        Others of the same scale may lie between 0 and 1, and would be taken for what they are not.
        """
        if beyond is not None:
            raise FtevalsError(
                f"{self.name} is taken for a rate between 0 and 1, and lm-eval gives {beyond:g}",
                fix=f"If it has a unit of its own, {self._advice()}.",
            )

    def _advice(self) -> str:
        return f"name the metric in load_task(..., own_unit=[{self.name!r}])"

    def _check_complete(self, present: AbstractSet[str]) -> None:
        """Refuse a group's value without one of the tasks that it weighs alike.

        A slice has some of them alone. Where no case of a task was scored at all, its slices
        cannot be told from a group that lost it, and are refused with it.
        """
        missing = [] if self.by_size else [one for one in self.aggregates if one not in present]
        if not missing:
            return
        reasons = {one: self.scorer.why_empty(self.name, one) for one in missing}
        empty = next((one for one in missing if reasons[one] is not None), missing[0])
        if reasons[empty] is not None or not self.scorer.is_slice(present):
            raise FtevalsError(
                f"{self.name} weighs its tasks alike, and no case of one could be scored",
                where=empty,
                fix=f"The first reason: {reasons[empty]}" if reasons[empty] else "",
            )

    def _check_replicates(self, failing: float) -> None:
        if failing > FAILING:
            raise FtevalsError(
                f"lm-eval's aggregation of {self.name} has no value in {failing:.0%} of the "
                f"bootstrap resamples of its documents, of which {FAILING:.0%} may have none",
                fix="Give it more documents, or let the aggregation return a number for documents "
                "that are alike.",
            )


def _by_subtask(scores: Sequence[Score]) -> dict[str, list[Any]]:
    """Return lm-eval's items by task, in the order of cases."""
    found: dict[str, list[Any]] = {}
    for score in scores:
        subtask, item = score.parts or ["", None]
        found.setdefault(str(subtask), []).append(revived(item))
    return found


def _columns(scores: Sequence[Score]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, score in enumerate(scores):
        found.setdefault(str((score.parts or [""])[0]), []).append(number)
    return found


def _shown(error: BaseException) -> str:
    """Return an error's kind and its first line that says something."""
    lines = [line.strip() for line in str(error).splitlines()]
    told = next((line for line in lines if any(map(str.isalnum, line))), "")
    told = "".join(char if char.isprintable() else " " for char in told)
    return short(f"{type(error).__name__}: {told}" if told else type(error).__name__)
