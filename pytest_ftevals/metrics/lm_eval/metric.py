"""A metric of lm-eval on one of its tasks, groups or tags."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.plain import plain, revived
from pytest_ftevals.core.quiet import quietly
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.lm_eval.replicates import replicated
from pytest_ftevals.metrics.lm_eval.scorer import Scorer
from pytest_ftevals.metrics.per_case import scored, unanswered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Aggregate = Callable[[list[Any]], Any]
MEANS = frozenset({"mean", "nanmean"})
CLASSES = frozenset({"f1_score", "matthews_corrcoef"})
"""lm-eval's aggregations of (right class, answered class)."""
_ROUNDING = 1e-9


def known(aggregate: Aggregate) -> str:
    """Return the name of one of lm-eval's own aggregations; empty for a task's own."""
    own = getattr(aggregate, "__module__", "") == "lm_eval.api.metrics"
    return str(getattr(aggregate, "__name__", "")) if own else ""


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
    settings: JSON = None
    score_libraries: tuple[str, ...] = ()
    """None, so that scores are never stored: a task's own code may change under them."""
    value_libraries: tuple[str, ...] = ("lm_eval", "scikit-learn", "sacrebleu")

    def check(self, task: Task) -> None:
        """Nothing is lacking: lm-eval's task brought the metric."""

    def score(self, task: Task, case: Case, response: Response) -> Score:  # noqa: ARG002 - Metric
        """Return lm-eval's number for one answer; None, with the reason, where it has none."""
        if (missing := unanswered(response)) is not None:
            return missing
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

        Raises FtevalsError where its aggregation fails.
        """
        if self.is_mean:
            return math.fsum(map(scored, scores)) / len(scores)
        values, sizes = [], []
        for subtask, items in _by_subtask(scores).items():
            values.append(self._aggregated(subtask, items))
            sizes.append(len(items) if self.by_size else 1)
        weighted = (value * size for value, size in zip(values, sizes, strict=True))
        return math.fsum(weighted) / sum(sizes)

    def resampled(
        self, scores: Sequence[Score], counts: "NDArray[np.int64]"
    ) -> "NDArray[np.float64] | None":
        """Return the value of each replicate; `counts` has shape (replicates, n)."""
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
            aggregate = self.aggregates[subtask]
            with quietly():
                values = replicated(known(aggregate), aggregate, items, drawn[present])
            weight = sizes[present] if self.by_size else 1
            total[present] += values * weight
            weights[present] += weight
        found: NDArray[np.float64] = total / weights
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
        if self.points and not -_ROUNDING <= value <= 1 + _ROUNDING:
            return Score(
                value=None,
                reason=f"lm-eval's score is {value:g}, no rate between 0 and 1: name the metric in "
                f"load_task(..., own_unit=[{self.name!r}])",
            )
        parts: list[JSON] | None = None if self.is_mean else [subtask, written]
        return Score(value=value, parts=parts, expected=expected, predicted=predicted)

    def _aggregated(self, subtask: str, items: list[Any]) -> float:
        try:
            with quietly():
                return min(float(self.aggregates[subtask](items)), _LARGEST)
        except OverflowError:  # exp() of a very bad log-likelihood
            return _LARGEST
        except Exception as error:
            raise FtevalsError(
                f"lm-eval's aggregation of {self.name} failed: {_shown(error)}", where=subtask
            ) from error


_LARGEST = 1e300
"""What stands for an infinite perplexity, which no JSON number is."""


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
    return f"{type(error).__name__}: {told}" if told else type(error).__name__
