"""The mean over slices of their means, each slice counting the same whatever its size.

Its variance is that of a stratified sample, from the spread of the cases within each slice (W. G.
Cochran 1977, Sampling techniques, 3rd edition, chapter 5), with Student's t and the degrees of
freedom of Satterthwaite (1946, "An approximate distribution of estimates of variance components",
Biometrics Bulletin 2, 110-114). Where cases come in clusters, from leaving out one cluster at a
time, as in `clusters`, whichever slices it lies in.

Where most slices are small and hardly a case differs, that spread tells too little. So the variance
is never taken for less than if all slices had the same within; and the interval of 0/1 scores is
never narrower than that of the cases taken together, each counted with its weight, as if they were
as many as `effective` says.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.stats.clusters import whole_freedom
from pytest_ftevals.stats.student_t import t_quantile
from pytest_ftevals.stats.tango import tango
from pytest_ftevals.stats.unanimous import unanimous
from pytest_ftevals.stats.wilson import wilson

ROUNDING = 1e-12
Slices = Sequence[Sequence[float]]
"""The scores of each slice, or their differences."""
Limits = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The variance of a mean over slices, and its degrees of freedom."""

    variance: float
    freedom: int


def macro_value(
    slices: Slices,
    level: float,
    *,
    binary: bool,
    limits: Limits,
    clusters: Sequence[Sequence[int]] | None = None,
) -> Interval:
    """Return the interval of the mean over slices of one variant's scores, each slice not empty.

    `binary`: whether every score is 0 or 1; `clusters`: the number of each score's cluster.
    """
    own = _stratified(slices, level, limits, clusters)
    if not binary:
        return own
    cases = effective(slices)
    return _wider(own, wilson(_mean(slices) * cases, cases, level), limits)


def macro_gain(
    base: Slices,
    candidate: Slices,
    level: float,
    *,
    binary: bool,
    limits: Limits,
    clusters: Sequence[Sequence[int]] | None = None,
) -> Interval:
    """Return the interval of the mean over slices of candidate minus base, on the same cases."""
    changes = [
        [new - old for old, new in zip(before, after, strict=True)]
        for before, after in zip(base, candidate, strict=True)
    ]
    own = _stratified(changes, level, limits, clusters)
    if not binary:
        return own
    cases = effective(changes)
    won = _mean([[one > 0 for one in part] for part in changes]) * cases
    lost = _mean([[one < 0 for one in part] for part in changes]) * cases
    return _wider(own, tango(won, lost, cases, level), limits)


def effective(slices: Slices) -> float:
    """Return how many cases of equal weight tell as much as these, which weigh by their slices.

    All of them where slices are of one size, else fewer. L. Kish 1965, Survey sampling, section
    11.2C.
    """
    return len(slices) ** 2 / math.fsum(1 / len(part) for part in slices)


def spread(slices: Slices, clusters: Sequence[Sequence[int]]) -> Spread | None:
    """Return the variance of the mean over slices, with the degrees of freedom.

    A slice of a single cluster has the variance that a cluster has in the other slices. None where
    no slice has two.
    """
    added: dict[int, float] = defaultdict(float)
    own: list[tuple[float, int]] = []
    alone = 0
    for part, numbers in zip(slices, clusters, strict=True):
        mean, sizes = fmean(part), Counter(numbers)
        if len(sizes) == 1:
            alone += 1
            continue
        above: dict[int, float] = defaultdict(float)
        for value, cluster in zip(part, numbers, strict=True):
            above[cluster] += value - mean
        shrunk = math.sqrt((len(sizes) - 1) / len(sizes)) / len(slices)
        left_out = {one: shrunk * above[one] / (len(part) - sizes[one]) for one in sizes}
        for one, moved in left_out.items():
            added[one] += moved
        squares = math.fsum(moved * moved for moved in left_out.values())
        own.append((squares, whole_freedom(list(sizes.values()))))
    if not own:
        return None
    variance = math.fsum(moved * moved for moved in added.values())
    each = fmean(part * (degrees + 1) for part, degrees in own)
    parts = math.fsum(part * part / degrees for part, degrees in own)
    total = math.fsum(part for part, _ in own)
    # Rounding must not cost a whole degree where all slices are of one size.
    freedom = math.floor(round(total * total / parts, 6)) if parts else len(added) - 1
    return Spread(variance=variance + alone * each, freedom=max(1, freedom))


def _stratified(
    slices: Slices, level: float, limits: Limits, clusters: Sequence[Sequence[int]] | None
) -> Interval:
    """Return Student's interval of the mean over slices, whatever the scores are."""
    mean, cases = _mean(slices), effective(slices)
    found = spread(slices, _each_its_own(slices) if clusters is None else clusters)
    together = _variance(slices) / cases
    if found is None or max(found.variance, together) <= ROUNDING * max(1.0, abs(mean)):
        groups = cases if clusters is None else len({one for part in clusters for one in part})
        return unanimous(mean, max(1, math.floor(groups)), level, limits)
    error = math.sqrt(max(found.variance, together))
    reach = t_quantile(level, found.freedom) * error
    return Interval(
        low=max(limits[0], mean - reach),
        high=min(limits[1], mean + reach),
        level=level,
        method="macro t",
    )


def _wider(one: Interval, other: Interval, limits: Limits) -> Interval:
    return Interval(
        low=max(limits[0], min(one.low, other.low)),
        high=min(limits[1], max(one.high, other.high)),
        level=one.level,
        method=f"macro {other.method}",
    )


def _mean(slices: Sequence[Sequence[float]]) -> float:
    return fmean(fmean(part) for part in slices)


def _variance(slices: Slices) -> float:
    """Return the variance of a case within its slice, the same for all slices."""
    means = [fmean(part) for part in slices]
    squares = math.fsum(
        (value - mean) ** 2 for part, mean in zip(slices, means, strict=True) for value in part
    )
    return squares / max(1, sum(len(part) - 1 for part in slices))


def _each_its_own(slices: Slices) -> list[list[int]]:
    """Return a cluster for every case."""
    numbers = iter(range(sum(map(len, slices))))
    return [[next(numbers) for _ in part] for part in slices]
