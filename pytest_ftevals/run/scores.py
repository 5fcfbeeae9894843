"""Responses -> scores -> comparisons, per task; pure but for what it remembers and stores."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cached_property

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.comparison import ROBUSTNESS, VARIATION, Comparison
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score, averaged
from pytest_ftevals.core.subgroup import read_subgroups
from pytest_ftevals.core.suggest import did_you_mean
from pytest_ftevals.core.task import Metric, Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.metrics.per_case import unanswered
from pytest_ftevals.metrics.registry import metric_of
from pytest_ftevals.run.against import Against
from pytest_ftevals.run.compare import Scores, compare_scores
from pytest_ftevals.run.groups import Groups, together
from pytest_ftevals.run.robustness import (
    compare_robustness,
    kinds_of,
    paired_scores,
    robustness_of,
)
from pytest_ftevals.run.score_keys import score_key, scoring_digest
from pytest_ftevals.run.subgroups import compare_subgroups
from pytest_ftevals.store.scores import ScoreStore

Respond = Callable[[str, Case, int], Response]
"""(variant, case, sample) -> its response."""
_Answer = tuple[str, str, str, int]
"""(variant, metric, case id, sample)."""

_Compared = tuple[str, str, str | None, str, tuple[float, ...]]
"""(candidate, metric, slice, reference, levels)."""

SHOWN_LEVEL = 0.95


def levels_of(confidence: float, family: int) -> tuple[float, ...]:
    """Return two-sided levels: of what reports show, and of what thresholds are held against.

    `confidence` is one-sided, of the evidence; a `family` of several thresholds adds a third, at
    which each is refuted with a `family`-th of the error (Bonferroni).
    """
    levels = (SHOWN_LEVEL, 2 * confidence - 1)
    return levels if family == 1 else (*levels, 1 - 2 * (1 - confidence) / family)


def slices_of(task: Task) -> tuple[str, ...]:
    """Return every slice of a task as ``name=group``, sorted."""
    return tuple(
        sorted({f"{name}={group}" for case in task.cases for name, group in case.slices.items()})
    )


class TaskScores:
    """The scores and comparisons of one task, computed once each."""

    def __init__(
        self,
        task: Task,
        respond: Respond,
        *,
        levels: tuple[float, ...],
        kept: ScoreStore | None = None,
        groups: Groups | None = None,
        against: Against | None = None,
    ) -> None:
        """Hold where responses come from, the `levels` of their estimates, and who are seeds.

        What takes a library to compute is looked up in `kept` first, and stored there.
        """
        self.task = task
        self.kept = kept
        self._respond = respond
        self.levels = levels
        self._groups = groups or {}
        self.against = against
        """The saved run that candidates are compared with besides the base."""
        self._samples: dict[_Answer, Score] = {}
        self._whole: dict[tuple[str, str], Scores] = {}
        self._comparisons: dict[_Compared, Comparison] = {}

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

    def seeds(self, name: str) -> tuple[str, ...]:
        """Return the variants that answer for a candidate: a group's seeds, else itself."""
        return self._groups.get(name, (name,))

    def scores(self, variant: str, name: str) -> Scores:
        """Return every case's score of a variant on the metric called `name`.

        Of a group it is the mean over its seeds.
        """
        key = (variant, name)
        if key not in self._whole and variant in self._groups:
            each = {one: self.scores(one, name) for one in self.seeds(variant)}
            self._whole[key] = together(each)
        elif key not in self._whole:
            cases, numbered = self.task.cases, range(self.task.samples)
            self.score_all(variant, name, [(case, one) for case in cases for one in numbered])
            self._whole[key] = {case.id: self.score(variant, name, case) for case in cases}
        return self._whole[key]

    def score_all(self, variant: str, name: str, answers: Iterable[tuple[Case, int]]) -> None:
        """Score samples of cases together: their stored scores are read at once."""
        found = metric_of(self.task, name)
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
                # Without a number it may have one in the next run: what was too slow, for one.
                if key is not None and score.value is not None:
                    stored[key], new[key] = score, score.to_json()
            self._samples[one] = score
        if self.kept and new:
            self.kept.put(new)

    def compare(
        self,
        candidate: str,
        name: str,
        where: str | None,
        *,
        reference: str = BASE,
        levels: tuple[float, ...] | None = None,
    ) -> Comparison:
        """Return a candidate paired with the base, another variant or the saved run.

        On the slice `where`, over all slices of a column (``gap(gender)``), or on all cases; at
        the run's levels, or at others. Raises FtevalsError where not one case could be scored on
        both sides, and where the saved run does not fit.
        """
        if name == ROBUSTNESS:
            return self.robustness(candidate, where, reference=reference)
        key = (candidate, name, where, reference, levels or self.levels)
        if key not in self._comparisons:
            compare: Callable[..., Comparison] = (
                compare_scores if read_subgroups(where) is None else compare_subgroups
            )
            self._comparisons[key] = compare(
                self.task,
                metric_of(self.task, name),
                candidate,
                self._reference(reference, name),
                self.scores(candidate, name),
                where=where,
                reference=reference,
                levels=levels or self.levels,
                kept=self.kept,
                seeds=(len(self.seeds(reference)), len(self.seeds(candidate))),
            )
        return self._comparisons[key]

    def robustness(self, candidate: str, where: str | None, *, reference: str = BASE) -> Comparison:
        """Return how robust a candidate is, beside how robust the base is.

        On one kind of variation, ``variation=typos``, or on all. Raises FtevalsError for a task
        without variations, a first metric that has no such ratio, a group of seeds, and another
        reference than the base.
        """
        if reference != BASE:
            raise FtevalsError(
                f"robustness is measured beside the base's, not against {reference}",
                where=str(self.task.path),
                fix="Take it from compare(TASK) itself: compare(TASK).robustness >= 0.9",
            )
        key = (candidate, ROBUSTNESS, where, BASE, self.levels)
        if key not in self._comparisons:
            found = robustness_of(metric_of(self.task, self.task.metrics[0]))
            self._check_robustness(found, candidate, where)
            kind = None if where is None else where.partition("=")[2]
            base, own = (self._robustness(one, kind) for one in (BASE, candidate))
            self._comparisons[key] = compare_robustness(
                self.task,
                found,
                candidate,
                base,
                own,
                where=where,
                levels=self.levels,
                kept=self.kept,
            )
        return self._comparisons[key]

    def _robustness(self, variant: str, kind: str | None) -> Scores:
        name = self.task.metrics[0]
        asked = [(case, one) for case in self.task.varied for one in range(self.task.samples)]
        self.score_all(variant, name, asked)
        varied = {case.id: self.score(variant, name, case) for case in self.task.varied}
        return paired_scores(self.task, self.scores(variant, name), varied, kind)

    def _check_robustness(self, found: Metric, candidate: str, where: str | None) -> None:
        kinds = [f"{VARIATION}={kind}" for kind in kinds_of(self.task)]
        if where is not None and where not in kinds and kinds:
            raise FtevalsError(
                f"task {self.task.name!r} has no variation {where!r}",
                where=str(self.task.path),
                fix=f"{did_you_mean(where, kinds)}Variations: {', '.join(kinds)}.",
            )
        if not self.task.varied:
            raise FtevalsError(
                f"task {self.task.name!r} has no variations to be robust against",
                where=str(self.task.path),
                fix="Add `variations: {vary: COLUMN}` to the task file.",
            )
        found.check(self.task)
        if candidate in self._groups:
            raise FtevalsError(
                f"{candidate!r} is a group of seeds, and robustness is of one model",
                where=str(self.task.path),
                fix=f"Name a seed of it as a candidate: {', '.join(self.seeds(candidate))}.",
            )

    def _reference(self, reference: str, name: str) -> Scores:
        if self.against is not None and reference == self.against.name:
            return self.against.scores(self.task, name)
        return self.scores(reference, name)


def _readable(stored: Mapping[str, JSON]) -> dict[str, Score]:
    """Return stored scores; what is none, or has no value, counts as missing."""
    found = {}
    for key, data in stored.items():
        with suppress(TypeError, ValueError):
            found[key] = Score.from_json(data)
    return {key: score for key, score in found.items() if score.value is not None}
