"""Responses -> scores -> comparisons, per task; pure but for what it remembers and stores."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cached_property

from pytest_ftevals.core.canonical import JSON, digest
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.comparison import Comparison
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score, averaged
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.metrics.per_case import unanswered
from pytest_ftevals.metrics.protocol import Metric
from pytest_ftevals.metrics.registry import metric
from pytest_ftevals.run.estimates import estimates, numbers
from pytest_ftevals.run.score_keys import score_key, scoring_digest
from pytest_ftevals.store.scores import ScoreStore

Respond = Callable[[str, Case, int], Response]
"""(variant, case, sample) -> its response."""
Scores = Mapping[str, Score]
"""Case id -> score."""
_Answer = tuple[str, str, str, int]
"""(variant, metric, case id, sample)."""

SHOWN_LEVEL = 0.95


def slices_of(task: Task) -> tuple[str, ...]:
    """Return every slice of a task as ``name=group``, sorted."""
    return tuple(
        sorted({f"{name}={group}" for case in task.cases for name, group in case.slices.items()})
    )


class TaskScores:
    """The scores and comparisons of one task, computed once each."""

    def __init__(
        self, task: Task, respond: Respond, *, confidence: float, kept: ScoreStore | None = None
    ) -> None:
        """Hold where responses come from; `confidence` is one-sided, of the evidence.

        What takes a library to compute is looked up in `kept` first, and stored there.
        """
        self.task = task
        self.kept = kept
        self._respond = respond
        self.levels = (SHOWN_LEVEL, 2 * confidence - 1)
        """Two-sided levels: of what reports show, and of what thresholds are held against."""
        self._samples: dict[_Answer, Score] = {}
        self._whole: dict[tuple[str, str], Scores] = {}
        self._comparisons: dict[tuple[str, str, str | None], Comparison] = {}

    @cached_property
    def slices(self) -> tuple[str, ...]:
        """Every slice of the task as ``name=group``, sorted."""
        return slices_of(self.task)

    def sample(self, variant: str, name: str, case: Case, sample: int) -> Score:
        """Return the score of one sample of a case on the metric called `name`."""
        key = (variant, name, case.id, sample)
        if key not in self._samples:
            self.score_all(variant, name, [(case, sample)])
        return self._samples[key]

    def score(self, variant: str, name: str, case: Case) -> Score:
        """Return one case's score of a variant: the mean over its samples."""
        numbered = range(self.task.samples)
        return averaged([self.sample(variant, name, case, number) for number in numbered])

    def scores(self, variant: str, name: str) -> Scores:
        """Return every case's score of a variant on the metric called `name`."""
        key = (variant, name)
        if key not in self._whole:
            cases, numbered = self.task.cases, range(self.task.samples)
            self.score_all(variant, name, [(case, one) for case in cases for one in numbered])
            self._whole[key] = {case.id: self.score(variant, name, case) for case in cases}
        return self._whole[key]

    def score_all(self, variant: str, name: str, answers: Iterable[tuple[Case, int]]) -> None:
        """Score samples of cases together: their stored scores are read at once."""
        found = metric(name)
        responses = {
            (variant, name, case.id, sample): (case, self._respond(variant, case, sample))
            for case, sample in answers
            if (variant, name, case.id, sample) not in self._samples
        }
        keys: dict[_Answer, str] = {}
        if self.kept is not None and found.score_libraries:
            scoring = scoring_digest(self.task, found)
            keys = {
                one: score_key(scoring, case, response)
                for one, (case, response) in responses.items()
                if unanswered(response) is None
            }
        stored = _readable(self.kept.get(keys.values())) if self.kept and keys else {}
        new: dict[str, JSON] = {}
        for one, (case, response) in responses.items():
            key = keys.get(one)
            score = None if key is None else stored.get(key)
            if score is None:
                score = found.score(self.task, case, response)
                if key is not None:
                    stored[key], new[key] = score, score.to_json()
            self._samples[one] = score
        if self.kept and new:
            self.kept.put(new)

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
                kept=self.kept,
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
    kept: ScoreStore | None = None,
) -> Comparison:
    """Pair two variants' scores case by case; cases that one side lacks are left out by name.

    Estimates that take a library are looked up in `kept` first. Raises FtevalsError where no pair
    is left.
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
    pairs = set(paired)
    before, after = [base[one] for one in paired], [scores[one] for one in paired]
    old, new = numbers(before), numbers(after)
    base_value, value, gain = estimates(
        found,
        before,
        after,
        # The mean over several samples is any number from 0 to 1.
        binary=found.binary and task.samples == 1,
        levels=levels,
        seed=_seed(task, found.name, where),
        kept=kept,
    )
    sign = 1 if found.higher_is_better else -1
    wins = sum(sign * (b - a) > 0 for a, b in zip(old, new, strict=True))
    losses = sum(sign * (b - a) < 0 for a, b in zip(old, new, strict=True))
    return Comparison(
        task=task.name,
        metric=found.name,
        candidate=candidate,
        slice=where,
        n=len(paired),
        base=base_value,
        value=value,
        gain=gain,
        points=found.points,
        higher_is_better=found.higher_is_better,
        wins=wins,
        losses=losses,
        ties=len(paired) - wins - losses,
        excluded=tuple(one for one in ids if one not in pairs),
    )


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


def _readable(stored: Mapping[str, JSON]) -> dict[str, Score]:
    """Return stored scores; what is none counts as missing."""
    found = {}
    for key, data in stored.items():
        with suppress(TypeError, ValueError):
            found[key] = Score.from_json(data)
    return found
