"""Seeds of one recipe as a group: their scores put together, and what a group may not hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.ranked import ByRank, Ranked
from pytest_ftevals.core.record import VariantRow
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score, averaged
from pytest_ftevals.core.task import Metric, Only, RestsOn, Task
from pytest_ftevals.run.estimates import Estimates
from pytest_ftevals.run.models import Models
from pytest_ftevals.stats.estimate import POINTS, RATE, UNBOUNDED
from pytest_ftevals.stats.seeds import with_seeds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Groups = Mapping[str, tuple[str, ...]]
"""A group's name -> the names of its seeds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverSeeds:
    """A metric of models that were trained several times: the mean of the seeds' values.

    A case's score holds all answers of all seeds, `samples` of each seed, in the seeds' order.
    Scores of a single model are those of one seed.
    """

    metric: Metric
    samples: int
    """How often a seed was asked every case."""
    binary: bool = False
    """The mean over seeds is any number from 0 to 1."""

    @property
    def name(self) -> str:
        """The metric's name, and that it is none of a single model."""
        return f"{self.metric.name} over seeds, {self.samples} samples each"

    @property
    def higher_is_better(self) -> bool:
        """The metric's direction."""
        return self.metric.higher_is_better

    @property
    def points(self) -> bool:
        """Whether values lie between 0 and 1."""
        return self.metric.points

    @property
    def is_mean(self) -> bool:
        """Whether a seed's value is the mean of its cases' scores."""
        return self.metric.is_mean

    @property
    def only(self) -> Only:
        """Which cases the metric is about."""
        return self.metric.only

    @property
    def rests_on(self) -> RestsOn:
        """Which groups of cases a seed's value rests on."""
        return self.metric.rests_on

    @property
    def score_libraries(self) -> tuple[str, ...]:
        """The distributions that scores are computed with."""
        return self.metric.score_libraries

    @property
    def value_libraries(self) -> tuple[str, ...]:
        """The distributions that values are computed with."""
        return self.metric.value_libraries

    @property
    def settings(self) -> JSON:
        """What else scores depend on."""
        return self.metric.settings

    def check(self, task: Task) -> None:
        """Raise FtevalsError where the metric itself does."""
        self.metric.check(task)

    def score(self, task: Task, case: Case, response: Response) -> Score:
        """Return one answer's score."""
        return self.metric.score(task, case, response)

    def values(self, scores: Sequence[Score]) -> list[float]:
        """Return the value of each seed."""
        return [self.metric.value(own) for own in self._seeds(scores)]

    def value(self, scores: Sequence[Score]) -> float:
        """Return the mean of the seeds' values."""
        return fmean(self.values(scores))

    def ranked(self, scores: Sequence[Score]) -> Ranked | None:
        """Return what the seeds' values are the quantiles of; None where they are none."""
        if not isinstance(self.metric, ByRank):
            return None
        found = [self.metric.ranked(own) for own in self._seeds(scores)]
        known = [one for one in found if one is not None]
        seeds = tuple(numbers for one in known for numbers in one.seeds)
        return Ranked(share=known[0].share, seeds=seeds) if known else None

    def resampled(
        self, scores: Sequence[Score], counts: "NDArray[np.int64]"
    ) -> "NDArray[np.float64] | None":
        """Return the mean over seeds of each replicate, all seeds on the same draw of cases."""
        import numpy as np

        drawn = [self.metric.resampled(own, counts) for own in self._seeds(scores)]
        known = [one for one in drawn if one is not None]
        return None if len(known) < len(drawn) else np.mean(known, axis=0, dtype=np.float64)

    def _seeds(self, scores: Sequence[Score]) -> list[list[Score]]:
        answers = [score.samples or (score,) for score in scores]
        starts = range(0, len(answers[0]), self.samples)
        return [[averaged(one[at : at + self.samples]) for one in answers] for at in starts]


def together(seeds: Mapping[str, Mapping[str, Score]]) -> dict[str, Score]:
    """Return every case's mean score over seeds, from each seed's scores by case.

    None, with the first reason, where one seed's answer could not be scored: the mean of the others
    would be that of another recipe.
    """
    cases = next(iter(seeds.values()))
    return {case: _mean({seed: scores[case] for seed, scores in seeds.items()}) for case in cases}


def _mean(scores: Mapping[str, Score]) -> Score:
    for seed, one in scores.items():
        if one.value is None:
            return Score(value=None, reason=f"{seed}: {one.reason}")
    return Score(
        value=fmean(one.value for one in scores.values() if one.value is not None),
        samples=tuple(answer for one in scores.values() for answer in one.samples or (one,)),
    )


def widened(
    cases: Estimates, over: OverSeeds, before: Sequence[Score], after: Sequence[Score]
) -> tuple[Estimates, float | None]:
    """Return estimates of reference, candidate and gain that know the noise of seeds too.

    `cases` know that of the cases alone. With them comes the standard deviation over the
    candidate's seeds, of value and gain alike, in the unit of the gain; None for a single model.
    """
    base, value, gain = cases
    old, new = over.values(before), over.values(after)
    limits = RATE if over.points else UNBOUNDED
    scale, span = (POINTS, (-100.0, 100.0)) if over.points else (1, UNBOUNDED)
    changes = [[scale * one for one in side] for side in (old, new)]
    return (
        with_seeds(base, [old], limits),
        with_seeds(value, [new], limits),
        with_seeds(gain, changes, span),
    ), stdev(changes[1]) if len(new) > 1 else None


def with_real_seeds(models: Models, groups: Groups) -> Models:
    """Return models whose groups hold each training run once, and models of one kind.

    Raises FtevalsError for others.
    """
    for group, seeds in groups.items():
        found = [models.variants[seed] for seed in seeds]
        for index, one in enumerate(found):
            same = next((x for x in found[:index] if x.fingerprint == one.fingerprint), None)
            if same is not None:
                raise FtevalsError(
                    f"{one.name} ({one.source}) has the very weights of {same.name} "
                    f"({same.source}): that is no other seed, and would hide their spread",
                    where=f"--ftevals-candidate {group}",
                    fix="Give the folder of each training run once.",
                )
        if len({one.kind for one in found}) > 1:
            raise FtevalsError(
                "holds adapters and full models; seeds of one recipe are all of one kind",
                where=f"--ftevals-candidate {group}",
                fix="Make a group of each, or name them as candidates of their own.",
            )
    return models


def kinds_of(variants: Sequence[VariantRow]) -> dict[str, str]:
    """Return what every candidate is, ``adapter`` or ``full``, a group as one."""
    return {one.group or one.name: one.kind for one in variants if one.kind != "base"}


def full_beside(name: str, kinds: Mapping[str, str]) -> tuple[str, ...]:
    """Return the full fine-tunes that an adapter, or a group of them, is compared with."""
    if kinds.get(name) != "adapter":
        return ()
    return tuple(one for one, kind in kinds.items() if kind == "full")


def sizes_of(variants: Sequence[VariantRow]) -> dict[str, int]:
    """Return the bytes of every candidate's weights, of a group the largest seed's."""
    sizes: dict[str, int] = {}
    for one in variants:
        if one.kind != "base":
            name = one.group or one.name
            sizes[name] = max(one.size, sizes.get(name, 0))
    return sizes
