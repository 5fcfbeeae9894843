"""The mean over the slices of a column, for both sides, and the gain."""

from collections.abc import Callable, Sequence
from statistics import fmean, stdev

from pytest_ftevals.core.comparison import Estimate, Interval, Macro
from pytest_ftevals.core.score import Score
from pytest_ftevals.run.estimates import Estimates, numbers
from pytest_ftevals.run.slices import Aggregated, Compared, Values
from pytest_ftevals.stats.estimate import POINTS, RATE, UNBOUNDED, Limits
from pytest_ftevals.stats.macro import macro_gain, macro_value
from pytest_ftevals.stats.mover import Correlations, mean_of
from pytest_ftevals.stats.seeds import with_seeds


def macro_of(compared: Compared) -> Aggregated:
    """Return the mean of the slices' values, each counting the same whatever its size."""
    found = _of_means(compared) if compared.metric.is_mean else _of_values(compared)
    before, after = (_seeds(side) for side in compared.seeds())
    base, value, gain = _with_seeds(compared, found, before, after) if before else found
    sizes = [part.n for part in compared.parts]
    return Aggregated(
        n=sum(sizes),
        base=base,
        value=value,
        gain=gain,
        seed_sd=compared.scale * stdev(after) if len(after) > 1 else None,
        macro=Macro(slices=len(sizes), fewest=min(sizes), most=max(sizes)),
    )


def _with_seeds(
    compared: Compared, found: Estimates, before: Sequence[float], after: Sequence[float]
) -> Estimates:
    """Return estimates that know the noise of seeds, whose own means over slices are given."""
    base, value, gain = found
    scale, points = compared.scale, compared.metric.points
    limits = RATE if points else UNBOUNDED
    changes = [[scale * one for one in side] for side in (before, after)]
    return (
        with_seeds(base, [before], limits),
        with_seeds(value, [after], limits),
        with_seeds(gain, changes, (-POINTS, POINTS) if points else UNBOUNDED),
    )


def _of_means(compared: Compared) -> Estimates:
    """Return the estimates where a slice's value is the mean of its cases' scores."""
    parts, binary = compared.parts, compared.binary
    before, after = ([numbers(side) for side in sides] for sides in _sides(compared))
    clusters = [part.clusters for part in parts if part.clusters is not None] or None
    rate = compared.metric.points

    def estimated(value: float, interval: Callable[[float], Interval]) -> Estimate:
        return Estimate.of(value, [interval(level) for level in compared.levels])

    def of_side(side: Values) -> Estimate:
        limits: Limits = RATE if rate else UNBOUNDED
        return estimated(
            fmean(map(fmean, side)),
            lambda level: macro_value(side, level, binary=binary, limits=limits, clusters=clusters),
        )

    limits: Limits = (-1.0, 1.0) if rate else UNBOUNDED
    gain = estimated(
        fmean(map(fmean, after)) - fmean(map(fmean, before)),
        lambda level: macro_gain(
            before, after, level, binary=binary, limits=limits, clusters=clusters
        ),
    )
    return of_side(before), of_side(after), gain.scaled(compared.sign * compared.scale)


def _of_values(compared: Compared) -> Estimates:
    """Return the estimates where a slice's value is no mean, from the slices' own."""
    each = compared.estimated(compared.levels)
    before, after = ([numbers(side) for side in sides] for sides in _sides(compared))
    changes = [part.changes for part in compared.parts]
    base, value, gain = (
        mean_of([one[index] for one in each], _positive(compared.correlations(values)))
        for index, values in enumerate((before, after, changes))
    )
    return base, value, gain


def _positive(correlations: Correlations | None) -> Correlations | None:
    """Return correlations that widen the interval of a mean; the others may be an accident."""
    return (
        None if correlations is None else [[max(0.0, one) for one in row] for row in correlations]
    )


def _sides(compared: Compared) -> tuple[Sequence[Sequence[Score]], Sequence[Sequence[Score]]]:
    return [part.before for part in compared.parts], [part.after for part in compared.parts]


def _seeds(side: Values) -> list[float]:
    """Return the mean over slices of each seed; none without seeds."""
    return [fmean(values) for values in zip(*side, strict=True)]
