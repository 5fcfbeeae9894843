"""Responses -> scores -> comparisons, per task; pure but for what it remembers."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_ftevals.core.canonical import digest
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.comparison import Comparison, Estimate
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.metrics.protocol import Metric
from pytest_ftevals.metrics.registry import metric
from pytest_ftevals.stats.bootstrap import resample_counts
from pytest_ftevals.stats.estimate import RATE, UNBOUNDED, estimate_gain, estimate_value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Replicates = NDArray[np.float64]

Respond = Callable[[str, Case], Response]
"""(variant, case) -> its response."""
Scores = Mapping[str, Score]
"""Case id -> score."""

SHOWN_LEVEL = 0.95


def slices_of(task: Task) -> tuple[str, ...]:
    """Return every slice of a task as ``name=group``, sorted."""
    return tuple(
        sorted({f"{name}={group}" for case in task.cases for name, group in case.slices.items()})
    )


class TaskScores:
    """The scores and comparisons of one task, computed once each."""

    def __init__(self, task: Task, respond: Respond, *, confidence: float) -> None:
        """Hold where responses come from; `confidence` is one-sided, of the evidence."""
        self.task = task
        self._respond = respond
        self.levels = (SHOWN_LEVEL, 2 * confidence - 1)
        """Two-sided levels: of what reports show, and of what thresholds are held against."""
        self._scores: dict[tuple[str, str, str], Score] = {}
        self._whole: dict[tuple[str, str], Scores] = {}
        self._comparisons: dict[tuple[str, str, str | None], Comparison] = {}

    @cached_property
    def slices(self) -> tuple[str, ...]:
        """Every slice of the task as ``name=group``, sorted."""
        return slices_of(self.task)

    def score(self, variant: str, name: str, case: Case) -> Score:
        """Return one case's score of a variant on the metric called `name`."""
        key = (variant, name, case.id)
        if key not in self._scores:
            response = self._respond(variant, case)
            self._scores[key] = metric(name).score(self.task, case, response)
        return self._scores[key]

    def scores(self, variant: str, name: str) -> Scores:
        """Return every case's score of a variant on the metric called `name`."""
        key = (variant, name)
        if key not in self._whole:
            self._whole[key] = {
                case.id: self.score(variant, name, case) for case in self.task.cases
            }
        return self._whole[key]

    def compare(self, candidate: str, name: str, where: str | None) -> Comparison:
        """Return base and candidate paired on the metric `name`, on the slice `where` or all.

        Raises FtevalsError where not one case could be scored on both sides.
        """
        key = (candidate, name, where)
        if key not in self._comparisons:
            self._comparisons[key] = compare_scores(
                self.task,
                metric(name),
                candidate,
                self.scores(BASE, name),
                self.scores(candidate, name),
                where=where,
                levels=self.levels,
            )
        return self._comparisons[key]


def compare_scores(
    task: Task,
    found: Metric,
    candidate: str,
    base: Scores,
    scores: Scores,
    *,
    where: str | None,
    levels: tuple[float, float],
) -> Comparison:
    """Pair two variants' scores case by case; cases that one side lacks are left out by name.

    Raises FtevalsError where no pair is left.
    """
    ids = [case.id for case in task.cases if in_slice(case, where)]
    paired = [one for one in ids if _scored(base.get(one)) and _scored(scores.get(one))]
    if not paired:
        asked = [side[one] for side in (base, scores) for one in ids if one in side]
        reasons = [one.reason for one in asked if one.value is None]
        raise FtevalsError(
            f"no case of task {task.name!r} could be scored with {found.name}"
            + (f" on {where}" if where else ""),
            where=str(task.path),
            fix=f"The first reason: {reasons[0]}" if reasons else "",
        )
    kept = set(paired)
    before, after = [base[one] for one in paired], [scores[one] for one in paired]
    old, new = _numbers(before), _numbers(after)
    estimates = _estimates(found, before, after, levels, _seed(task, found.name, where))
    sign = 1 if found.higher_is_better else -1
    wins = sum(sign * (b - a) > 0 for a, b in zip(old, new, strict=True))
    losses = sum(sign * (b - a) < 0 for a, b in zip(old, new, strict=True))
    return Comparison(
        task=task.name,
        metric=found.name,
        candidate=candidate,
        slice=where,
        n=len(paired),
        base=estimates[0],
        value=estimates[1],
        gain=estimates[2],
        points=found.points,
        higher_is_better=found.higher_is_better,
        wins=wins,
        losses=losses,
        ties=len(paired) - wins - losses,
        excluded=tuple(one for one in ids if one not in kept),
    )


def _estimates(
    found: Metric,
    before: Sequence[Score],
    after: Sequence[Score],
    levels: tuple[float, float],
    seed: int,
) -> tuple[Estimate, Estimate, Estimate]:
    """Return base, candidate and gain, resampled together where the metric is no mean."""
    old, new = _numbers(before), _numbers(after)
    old_value, new_value = found.value(before), found.value(after)
    drawn = _replicates(found, before, after, seed)
    base, value = (
        estimate_value(
            numbers,
            binary=found.binary,
            levels=levels,
            replicates=None if drawn is None else drawn[index],
            value=number,
            limits=RATE if found.points else UNBOUNDED,
        )
        for index, (numbers, number) in enumerate([(old, old_value), (new, new_value)])
    )
    gain = estimate_gain(
        old,
        new,
        binary=found.binary,
        levels=levels,
        replicates=None if drawn is None else drawn[1] - drawn[0],
        value=new_value - old_value,
        sign=1 if found.higher_is_better else -1,
        scale=100 if found.points else 1,
    )
    return base, value, gain


def _replicates(
    found: Metric, before: Sequence[Score], after: Sequence[Score], seed: int
) -> "tuple[Replicates, Replicates] | None":
    """Return both variants' values in the same bootstrap replicates; None for a plain mean."""
    import numpy as np

    if found.resampled(before, np.empty((0, len(before)), dtype=np.int64)) is None:
        return None  # asked without drawing anything: most metrics are means
    parts: list[tuple[Replicates, Replicates]] = []
    for counts in resample_counts(len(before), seed=seed):
        old, new = found.resampled(before, counts), found.resampled(after, counts)
        if old is None or new is None:
            return None
        parts.append((old, new))
    return np.concatenate([old for old, _ in parts]), np.concatenate([new for _, new in parts])


def _seed(task: Task, name: str, where: str | None) -> int:
    """Return the seed of a row's resampling: the same wherever and whenever it is computed."""
    return int(digest([task.name, task.data_hash, name, where])[:8], 16)


def in_slice(case: Case, where: str | None) -> bool:
    """Return whether a case is in the slice ``name=group``; None is the whole task."""
    if where is None:
        return True
    name, _, group = where.partition("=")
    return case.slices.get(name) == group


def _scored(score: Score | None) -> bool:
    return score is not None and score.value is not None


def _numbers(scores: Sequence[Score]) -> list[float]:
    return [score.value for score in scores if score.value is not None]
