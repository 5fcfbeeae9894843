"""Intervals of what is made of several estimates, from the interval of each.

The distance of a sum's limit from the sum is the root of the squared distances of the parts'
limits, on the side that moves it that way. R. G. Newcombe 1998, "Interval estimation for the
difference between independent proportions", Statistics in Medicine 17, 873-890 (method 10, on
Wilson's intervals); G. Y. Zou & A. Donner 2008, "Construction of confidence limits about effect
measures: a general approach", Statistics in Medicine 27, 1693-1702, who recover variances from any
limits. The parts may have any method of their own, and lean as their limits do.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean

from pytest_ftevals.core.comparison import Estimate, Interval

Correlations = Sequence[Sequence[float]]
"""Of each pair of estimates, from -1 to 1."""


def above(one: float, own: Interval, other: float, its: Interval, correlation: float = 0) -> float:
    """Return the upper limit of `one` minus `other`; infinite where a limit of theirs is."""
    return one - other + _joined(own.high - one, other - its.low, correlation)


def below(one: float, own: Interval, other: float, its: Interval, correlation: float = 0) -> float:
    """Return the lower limit of `one` minus `other`; infinite where a limit of theirs is."""
    return one - other - _joined(one - own.low, its.high - other, correlation)


def _joined(reach: float, its: float, correlation: float) -> float:
    squares = reach * reach + its * its
    if math.isinf(squares):  # less another infinity would be no number
        return math.inf
    return math.sqrt(squares - 2 * correlation * reach * its)


def mean_of(estimates: Sequence[Estimate], correlations: Correlations | None) -> Estimate:
    """Return the mean of one or more estimates with its intervals.

    `correlations` are those of the estimates where they are not independent.
    """
    count = len(estimates)
    value = fmean(one.value for one in estimates)

    def joined(reaches: Sequence[float]) -> float:
        squares = math.fsum(reach * reach for reach in reaches)
        if correlations is not None:
            squares += math.fsum(
                row[j] * reaches[i] * reaches[j]
                for i, row in enumerate(correlations)
                for j in range(count)
                if i != j and row[j]
            )
        return math.sqrt(squares) / count

    def interval(own: Sequence[Interval]) -> Interval:
        low = joined([one.value - at.low for one, at in zip(estimates, own, strict=True)])
        high = joined([at.high - one.value for one, at in zip(estimates, own, strict=True)])
        return Interval(low=value - low, high=value + high, level=own[0].level, method="mover")

    levels = zip(*(one.intervals for one in estimates), strict=True)
    return Estimate.of(value, [interval(own) for own in levels])


def correlations(
    values: Sequence[Sequence[float]], clusters: Sequence[Sequence[int]]
) -> list[list[float]]:
    """Return how the means of several samples hang together, since clusters lie in more than one.

    `clusters` has the number of each value's cluster, over all samples; samples without a common
    cluster, or without any spread, are independent. From what each cluster adds to the means, as
    the cluster-robust covariance does: A. C. Cameron & D. L. Miller 2015, Journal of Human
    Resources 50, 317-372.
    """
    added: list[dict[int, float]] = []
    for sample, numbers in zip(values, clusters, strict=True):
        mean, sums = fmean(sample), defaultdict[int, float](float)
        for value, cluster in zip(sample, numbers, strict=True):
            sums[cluster] += value - mean
        added.append(sums)
    lengths = [math.hypot(*sums.values()) for sums in added]

    def correlation(i: int, j: int) -> float:
        if i == j or not lengths[i] * lengths[j]:
            return float(i == j)
        product = math.fsum(added[i][one] * added[j][one] for one in added[i].keys() & added[j])
        return max(-1.0, min(1.0, product / lengths[i] / lengths[j]))

    return [[correlation(i, j) for j in range(len(added))] for i in range(len(added))]
