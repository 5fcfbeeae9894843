"""The gap between the best and the worst slice of a column, for both sides, and its change."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import stdev

from pytest_ftevals.core.comparison import Estimate, Gap, SliceValue
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.run.estimates import numbers
from pytest_ftevals.run.slices import Aggregated, Compared, Values
from pytest_ftevals.stats.estimate import RATE, UNBOUNDED
from pytest_ftevals.stats.gap import (
    Sliced,
    by_chance,
    gap_interval,
    growth_interval,
    simultaneous,
)
from pytest_ftevals.stats.mover import Correlations
from pytest_ftevals.stats.wilson import z_quantile

FEWEST = 2
"""Cases of a slice that a gap counts: the value of a single one is nearly all noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One quantity on every slice: of the base, of the candidate, or the change between them."""

    estimates: Sequence[Estimate]
    corrected: Sequence[Estimate]
    """At the levels that hold for all pairs of slices together."""
    correlations: Correlations | None
    seeds: Sequence[Values]

    @property
    def values(self) -> list[float]:
        """Return the values, slice by slice."""
        return [one.value for one in self.estimates]

    @property
    def gap(self) -> float:
        """Return the highest value minus the lowest."""
        return max(self.values) - min(self.values)

    def at(self, level: int) -> Sliced:
        """Return the slices with the intervals of the run's level of that number."""
        return Sliced(
            values=self.values,
            intervals=[one.intervals[level] for one in self.estimates],
            correlations=self.correlations,
            seeds=self.seeds,
        )

    def estimate(self, most: float) -> Estimate:
        """Return the gap with its intervals; it is at most `most`."""
        found = [
            gap_interval(self.at(level), [one.intervals[level] for one in self.corrected], most)
            for level in range(len(self.estimates[0].intervals))
        ]
        return Estimate.of(self.gap, found)


def gap_of(compared: Compared, column: str) -> Aggregated:
    """Return the best slice's value minus the worst one's, and how much smaller it has become.

    Slices of fewer than two cases are left out. Raises FtevalsError where fewer than two slices
    have more.
    """
    kept = [part for part in compared.parts if part.n >= FEWEST]
    if len(kept) < 2:  # noqa: PLR2004 - a gap lies between two
        raise FtevalsError(
            f"{column!r} makes fewer than two slices of {FEWEST} or more cases in task "
            f"{compared.task.name!r}, and a gap lies between two",
            where=str(compared.task.path),
            fix="Add cases, or take a column that has several groups.",
        )
    left_out = tuple(part.name for part in compared.parts if part.n < FEWEST)
    compared = replace(compared, parts=tuple(kept))
    base, value, change = _sides(compared)
    most = (RATE if compared.metric.points else UNBOUNDED)[1]
    before, after = base.estimate(most), value.estimate(most)
    growth = [
        growth_interval(base.at(level), value.at(level), change.at(level), gaps, most)
        for level, gaps in enumerate(zip(before.intervals, after.intervals, strict=True))
    ]
    own = [max(seeds) - min(seeds) for seeds in zip(*compared.seeds()[1], strict=True)]
    return Aggregated(
        n=sum(part.n for part in kept),
        base=before,
        value=after,
        gain=Estimate.of(value.gap - base.gap, growth).scaled(-compared.scale),
        seed_sd=compared.scale * stdev(own) if len(own) > 1 else None,
        gap=_described(compared, base, value, left_out),
    )


def _sides(compared: Compared) -> tuple[_Side, _Side, _Side]:
    """Return the base, the candidate, and the candidate minus the base."""
    count, parts = len(compared.parts), compared.parts
    levels = tuple(simultaneous(level, count) for level in compared.levels)
    plain, corrected = compared.estimated(compared.levels), compared.estimated(levels)
    before, after = compared.seeds()
    raw = compared.sign / compared.scale
    return (
        _Side(
            estimates=[base for base, _, _ in plain],
            corrected=[base for base, _, _ in corrected],
            correlations=compared.correlations([numbers(part.before) for part in parts]),
            seeds=[before] if before else (),
        ),
        _Side(
            estimates=[value for _, value, _ in plain],
            corrected=[value for _, value, _ in corrected],
            correlations=compared.correlations([numbers(part.after) for part in parts]),
            seeds=[after] if after else (),
        ),
        _Side(
            estimates=[gain.scaled(raw) for _, _, gain in plain],
            corrected=(),
            correlations=compared.correlations([part.changes for part in parts]),
            seeds=[before, after] if before else (),
        ),
    )


def _described(compared: Compared, base: _Side, value: _Side, left_out: tuple[str, ...]) -> Gap:
    """Return which slices are the best and the worst, and what chance alone would show."""
    bounds = [one.bounds for one in value.estimates]
    errors = [(one.high - one.low) / 2 / z_quantile(one.level) for one in bounds]
    reference_best, reference_worst = _ends(compared, base)
    best, worst = _ends(compared, value)
    return Gap(
        slices=len(compared.parts),
        best=best,
        worst=worst,
        reference_best=reference_best,
        reference_worst=reference_worst,
        by_chance=by_chance(errors),
        left_out=left_out,
    )


def _ends(compared: Compared, side: _Side) -> tuple[SliceValue, SliceValue]:
    """Return the best and the worst slice in the metric's direction; of equals the first."""
    found = [
        SliceValue(name=part.name, n=part.n, value=value)
        for part, value in zip(compared.parts, side.values, strict=True)
    ]
    best = max(found, key=lambda one: compared.sign * one.value)
    # Where all are equal another one is the worst, so that two are named.
    others = [one for one in found if one is not best]
    return best, min(others, key=lambda one: compared.sign * one.value)
