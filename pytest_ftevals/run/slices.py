"""The slices of a column: the paired scores of each, and what is estimated from them."""

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_ftevals.core.comparison import Estimate, Gap, Macro
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Metric, Task
from pytest_ftevals.run.compare import (
    Scores,
    cases_of,
    clusters_of,
    nothing_scored,
    scored_on_both,
    seed_of,
)
from pytest_ftevals.run.estimates import Estimates, estimates, numbers
from pytest_ftevals.run.groups import OverSeeds
from pytest_ftevals.stats.estimate import POINTS
from pytest_ftevals.stats.mover import Correlations, correlations
from pytest_ftevals.store.scores import ScoreStore

Values = Sequence[Sequence[float]]
"""Per slice, of its cases or of its seeds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The paired scores of one slice."""

    name: str
    before: Sequence[Score]
    after: Sequence[Score]
    clusters: Sequence[int] | None
    """Of the cases, numbered over the whole task."""

    @property
    def n(self) -> int:
        """The number of paired, scored cases."""
        return len(self.before)

    @property
    def changes(self) -> list[float]:
        """Candidate minus base, case by case."""
        pairs = zip(numbers(self.before), numbers(self.after), strict=True)
        return [new - old for old, new in pairs]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A metric on both sides of a task, slice by slice."""

    task: Task
    metric: Metric
    """That of single models."""
    over: OverSeeds | None
    """The metric over seeds, where a side has several."""
    parts: tuple[Part, ...]
    levels: tuple[float, ...]
    kept: ScoreStore | None

    @property
    def found(self) -> Metric:
        """The metric that the sides' values are of."""
        return self.over or self.metric

    @property
    def binary(self) -> bool:
        """Whether every case's score is 0 or 1."""
        return self.metric.binary and self.task.samples == 1 and self.over is None

    @property
    def scale(self) -> int:
        """What a change of 1 is called: 100 points, or 1 of the metric's own unit."""
        return POINTS if self.metric.points else 1

    @property
    def sign(self) -> int:
        """The metric's direction."""
        return 1 if self.metric.higher_is_better else -1

    def estimated(self, levels: tuple[float, ...]) -> list[Estimates]:
        """Return each slice's estimates from its cases alone, whatever the noise of seeds."""
        return [
            estimates(
                self.found,
                part.before,
                part.after,
                binary=self.binary,
                levels=levels,
                seed=seed_of(self.task, self.metric.name, part.name),
                clusters=part.clusters,
                kept=self.kept,
            )
            for part in self.parts
        ]

    def correlations(self, values: Values) -> Correlations | None:
        """Return how the slices' means of these values hang together; None without clusters."""
        clusters = [part.clusters for part in self.parts if part.clusters is not None]
        return correlations(values, clusters) if clusters else None

    def seeds(self) -> tuple[Values, Values]:
        """Return the values of each side's seeds, per slice; none where all are single models."""
        if self.over is None:
            return (), ()
        values = self.over.values
        return (
            [values(part.before) for part in self.parts],
            [values(part.after) for part in self.parts],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregated:
    """What the slices of a column come to together."""

    n: int
    base: Estimate
    value: Estimate
    gain: Estimate
    seed_sd: float | None
    gap: Gap | None = None
    macro: Macro | None = None


def parts_of(
    task: Task, found: Metric, base: Scores, scores: Scores, column: str, fewest: int = 1
) -> tuple[Part, ...]:
    """Return the slices of a column, sorted, each with the cases that both sides scored.

    A slice without a case that the metric is about is none of its slices. Raises FtevalsError where
    one has `fewest` such cases or more and fewer are scored: what is left would speak of other
    slices.
    """
    about = cases_of(task, found)
    ordered = scored_on_both(base, scores, [one.id for one in about])
    paired = set(ordered)
    numbered = clusters_of(task, paired)
    clusters = None if numbered is None else dict(zip(ordered, numbered, strict=True))
    groups: dict[str, list[str]] = {}
    for case in about:
        groups.setdefault(case.slices[column], []).append(case.id)
    parts = []
    for group, own in sorted(groups.items()):
        name, cases = f"{column}={group}", [one for one in own if one in paired]
        if len(cases) < fewest <= len(own):
            raise nothing_scored(task, found, base, scores, own, name)
        part = Part(
            name=name,
            before=[base[one] for one in cases],
            after=[scores[one] for one in cases],
            clusters=None if clusters is None else [clusters[one] for one in cases],
        )
        parts.append(part)
    return tuple(parts)
