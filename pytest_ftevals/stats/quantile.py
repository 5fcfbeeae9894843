"""The interval of a quantile: two of the sample's own numbers, whatever their distribution.

How many of n independent numbers lie at or below the quantile of a share p is binomial, so that
ranks give bounds whose confidence is known: H. A. David & H. N. Nagaraja 2003, "Order Statistics",
3rd ed., section 7.1; W. Q. Meeker, G. J. Hahn & L. A. Escobar 2017, "Statistical Intervals", 2nd
ed., section 5.2. A sample that is too small has no such bound: where p**n is above the error, its
largest number is none from above. No sample bounds a maximum.
"""

import math
from collections.abc import Sequence
from statistics import fmean

from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.core.ranked import Numbers, Ranked
from pytest_ftevals.stats.clusters import whole_freedom


def quantile_interval(
    ranked: Ranked, level: float, clusters: Sequence[int] | None = None
) -> Interval:
    """Return the interval of a nearest-rank quantile; an end that no rank bounds is infinite.

    Several answers to one case are not independent: they count as one, and so do the cases of a
    cluster (`clusters` holds each case's number). Of several seeds' quantiles it is the mean of
    the bounds, each at its part of the error (Bonferroni's inequality).
    """
    error = (1 - level) / 2 / len(ranked.seeds)
    ends = [_ends(numbers, ranked.share, error, clusters) for numbers in ranked.seeds]
    return Interval(
        low=fmean(low for low, _ in ends),
        high=fmean(high for _, high in ends),
        level=level,
        method="order statistics",
    )


def _ends(
    numbers: Numbers, share: float, error: float, clusters: Sequence[int] | None
) -> tuple[float, float]:
    """Return the lower and the upper bound of a quantile, each missed with at most `error`."""
    names = range(len(numbers)) if clusters is None else clusters
    sizes: dict[int, int] = {}
    for name, own in zip(names, numbers, strict=True):
        sizes[name] = sizes.get(name, 0) + len(own)
    independent = 1 if len(sizes) == 1 else whole_freedom([*sizes.values()]) + 1
    ordered = sorted(number for own in numbers for number in own)
    middle = math.ceil(share * len(ordered))
    each = len(ordered) / independent
    below, above = _ranks(independent, share, error)
    low, high = -math.inf, math.inf
    if below:
        low = ordered[min(middle, math.floor((below - 1) * each) + 1) - 1]
    if above <= independent:
        high = ordered[max(middle, math.ceil(above * each)) - 1]
    return low, high


def _ranks(n: int, share: float, error: float) -> tuple[int, int]:
    """Return the ranks of the bounds among n numbers; 0 and n + 1 where there is none."""
    if share == 1:  # nothing lies above: the largest is a bound from below, none from above
        return n, n + 1
    low, under = 0, 0.0
    for k in range(n + 1):
        if under <= error:
            low = k
        under += _binomial(k, n, share)
        if under >= 1 - error:
            return low, k + 1
    return low, n + 1


def _binomial(k: int, n: int, share: float) -> float:
    """Return the probability of k among n."""
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(ways + k * math.log(share) + (n - k) * math.log1p(-share))
