"""Early stop: a threshold walks the cases of a task, block by block, until they decide it.

Every walk begins at the first block, whatever is answered already, so that its end depends on the
threshold and the answers alone: not on the order of tests, other processes or a warm store.
"""

import random
from collections.abc import Callable, Sequence
from itertools import pairwise

from pytest_ftevals.core.canonical import digest
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.comparison import Comparison, Estimate
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.threshold import Operator, Quantity
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.metrics.registry import metric_of
from pytest_ftevals.planning.plan import Need
from pytest_ftevals.run.scores import TaskScores, levels_of
from pytest_ftevals.run.tested import Walked
from pytest_ftevals.stats.estimate import POINTS, RATE, Limits
from pytest_ftevals.stats.sequential import WALK_SHARE, blocks, decide_early, sequential_interval
from pytest_ftevals.verdicts.bound import check_reach
from pytest_ftevals.verdicts.result import EarlyStop

_CHANGE: Limits = (-1.0, 1.0)
_Stated = tuple[str, Quantity, Operator, float]
"""(metric, quantity, operator, bound)."""
_ERROR = "the walk met a case that could not be scored"

Answer = Callable[[tuple[Case, ...]], None]
"""Answer the cases of a block, base and candidate."""


def walk_order(task: Task) -> tuple[Case, ...]:
    """Return a task's cases in the order in which walks take them: random, slices mixed evenly.

    The cases of each combination of slices lie spread over the whole order at random places, as
    many in each part as fits their number. Seeded by the task's name and data.
    """
    draw = random.Random(digest([task.name, task.data_hash]))  # noqa: S311 - an order, no secret
    strata: dict[tuple[tuple[str, str], ...], list[Case]] = {}
    for case in task.cases:
        strata.setdefault(tuple(sorted(case.slices.items())), []).append(case)
    places: list[tuple[float, int, Case]] = []
    for cases in strata.values():
        draw.shuffle(cases)
        for rank, case in enumerate(cases):
            places.append(((rank + draw.random()) / len(cases), len(places), case))
    return tuple(case for _, _, case in sorted(places))


def stops_early(task: Task, name: str) -> bool:
    """Return whether thresholds on a metric of a task can be decided on a part of its cases.

    Only means over independent cases that lie between known limits can, and of metrics that are
    about every case: a walk takes them all.
    """
    found = metric_of(task, name)
    return found.is_mean and found.points and found.only is None and task.cluster is None


class Walk:
    """A candidate and the base on the first cases of one task."""

    def __init__(
        self, scores: TaskScores, candidate: str, answer: Answer, *, confidence: float, family: int
    ) -> None:
        """Ask through `answer`; a `family` of thresholds shares the error of refuting."""
        self._scores = scores
        self._candidate = candidate
        self._answer = answer
        self._error = 1 - confidence
        self._family = family
        self._order = walk_order(scores.task)
        self._asked = 0
        """Cases that were asked for."""
        self._pairs: dict[str, list[tuple[float, float]]] = {}
        """Metric -> the scores of base and candidate on the cases that walks have seen."""
        self._decided: dict[_Stated, Comparison] = {}

    def decide(self, name: str, kind: Quantity, op: Operator, bound: float) -> Comparison:
        """Return the comparison that decides a threshold on the metric `name`.

        On the first cases that do, else on all of them: where the walk came to its end, or met one
        that could not be scored on both sides. Its bounds are at what was left of the error.
        """
        stated = (name, kind, op, bound)
        if stated not in self._decided:
            self._decided[stated] = self._walked(name, kind, op, bound)
        return self._decided[stated]

    @property
    def walked(self) -> Walked:
        """How far thresholds came, on any metric."""
        task = str(self._scores.task.path)
        return Walked(task=task, candidate=self._candidate, n=self._asked)

    def _walked(self, name: str, kind: Quantity, op: Operator, bound: float) -> Comparison:
        total = len(self._order)
        limits = RATE if kind == "value" else _CHANGE
        spent = WALK_SHARE * self._error
        for start, end in pairwise((0, *blocks(total)[:-1])):
            pairs = self._seen(name, start, end)
            if pairs is None:
                break
            decided = decide_early(
                _quantity(self._scores.task, name, pairs, kind),
                total=total,
                limits=limits,
                op=op,
                bound=bound if kind == "value" else bound / POINTS,
                alpha_proven=spent,
                alpha_refuted=spent / self._family,
            )
            if decided is not None:
                levels = levels_of(1 - spent, self._family)
                first = self._order[: decided.n]
                return compare_first(self._scores, self._candidate, name, first, levels)
        left = levels_of(1 - (self._error - spent), self._family)
        return self._scores.compare(self._candidate, name, None, levels=left)

    def _seen(self, name: str, start: int, end: int) -> list[tuple[float, float]] | None:
        """Return the scores of the first `end` cases, of which `start` were asked for before."""
        known = self._pairs.setdefault(name, [])
        if len(known) < end:
            block = self._order[start:end]
            self._asked = max(self._asked, end)
            self._answer(block)
            more = paired(self._scores, self._candidate, name, block)
            if more is None:
                return None
            known += more
        return known[:end]


class Walks:
    """All walks of a process: one for each candidate and task, which remembers what it saw."""

    def __init__(self, answer: Callable[[Need], None]) -> None:
        """Ask through `answer`."""
        self._answer = answer
        self._walks: dict[tuple[str, str], Walk] = {}

    @property
    def walked(self) -> tuple[Walked, ...]:
        """How far each walk came."""
        return tuple(walk.walked for walk in self._walks.values())

    def stop(
        self, scores: TaskScores, candidate: str, *, confidence: float, family: int
    ) -> EarlyStop:
        """Return what decides thresholds on a task, on as few cases as that takes."""
        task = scores.task

        def answer(cases: tuple[Case, ...]) -> None:
            self._answer(Need(task=task, cases=cases, variants=(BASE, candidate)))

        def decide(name: str, kind: Quantity, op: Operator, bound: float) -> Comparison | None:
            if not stops_early(task, name):
                return None
            check_reach(name if kind == "value" else kind, kind, bound)
            key = (task.name, candidate)
            if key not in self._walks:
                self._walks[key] = Walk(
                    scores, candidate, answer, confidence=confidence, family=family
                )
            return self._walks[key].decide(name, kind, op, bound)

        return decide


def paired(
    scores: TaskScores, candidate: str, name: str, cases: Sequence[Case]
) -> list[tuple[float, float]] | None:
    """Return each case's scores of base and candidate; None where one could not be scored."""
    found = []
    answers = [(case, sample) for case in cases for sample in range(scores.task.samples)]
    for variant in (BASE, candidate):
        scores.score_all(variant, name, answers)
    for case in cases:
        old, new = (scores.score(variant, name, case).value for variant in (BASE, candidate))
        if old is None or new is None:
            return None
        found.append((old, new))
    return found


def compare_first(
    scores: TaskScores,
    candidate: str,
    name: str,
    cases: Sequence[Case],
    levels: tuple[float, ...],
) -> Comparison:
    """Return the comparison on the first `cases` of the walk, with sequential intervals.

    `levels` are those of `levels_of`. Raises ValueError where one of them could not be scored.
    """
    task, n = scores.task, len(cases)
    pairs = paired(scores, candidate, name, cases)
    if pairs is None:
        raise ValueError(_ERROR)
    found, total = metric_of(task, name), len(task.cases)
    gains = _quantity(task, name, pairs, "gain")

    def estimated(values: Sequence[float], limits: Limits) -> Estimate:
        shown, held, *shared = (
            sequential_interval(values, total=total, limits=limits, level=level) for level in levels
        )
        return Estimate(
            value=sum(values) / n,
            interval=shown,
            bounds=held,
            shared=shared[0] if shared else None,
        )

    return Comparison(
        task=task.name,
        metric=name,
        candidate=candidate,
        slice=None,
        n=n,
        total=total,
        base=estimated([old for old, _ in pairs], RATE),
        value=estimated([new for _, new in pairs], RATE),
        gain=estimated(gains, _CHANGE).scaled(POINTS),
        points=True,
        higher_is_better=found.higher_is_better,
        wins=sum(one > 0 for one in gains),
        losses=sum(one < 0 for one in gains),
        ties=sum(one == 0 for one in gains),
    )


def _quantity(
    task: Task, name: str, pairs: Sequence[tuple[float, float]], kind: Quantity
) -> list[float]:
    """Return per case what a threshold speaks of, in the metric's own unit."""
    if kind == "value":
        return [new for _, new in pairs]
    sign = 1 if metric_of(task, name).higher_is_better else -1
    sign = sign if kind == "gain" else -sign
    return [sign * (new - old) for old, new in pairs]
