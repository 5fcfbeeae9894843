"""Power: the smallest drop that so many cases would have shown, and how many show a given one."""

import math
from statistics import NormalDist

from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.stats.wilson import z_quantile

POWER = 0.80
"""The share of samples in which a drop is to be shown; the convention since J. Cohen 1988,
Statistical power analysis for the behavioral sciences."""


def detectable(bounds: Interval) -> float:
    """Return the smallest true drop that a sample with these one-sided bounds would have shown.

    In the unit of `bounds`; shown means that the bound at their confidence lies above 0, in
    `POWER` of all samples of that size. From the reach of the bounds as the standard error: J.
    Cohen 1988, section 2.4; L. M. Friedman, C. D. Furberg & D. L. DeMets 2010, Fundamentals of
    clinical trials, chapter 8. Infinite where a bound is.
    """
    z = z_quantile(bounds.level)
    error = (bounds.high - bounds.low) / 2 / z
    return (z + NormalDist().inv_cdf(POWER)) * error


def cases_needed(n: int, bounds: Interval, margin: float) -> int:
    """Return how many cases would resolve `margin` > 0, in the unit of the bounds of `n` cases.

    The standard error falls with the square root of n. At most `n` exactly where `margin` is
    `detectable`. Raises ValueError for a margin of 0 or less, which no sample resolves, and for
    unbounded bounds, which tell nothing of the spread.
    """
    if margin <= 0:
        raise ValueError(f"a margin of {margin} cannot be resolved by any number of cases")
    smallest = detectable(bounds)
    if math.isinf(smallest):
        raise ValueError("bounds without limits tell no number of cases")
    needed = max(1, math.ceil(n * (smallest / margin) ** 2))
    # Squaring can round a ratio just above 1 to 1.
    return min(n, needed) if smallest <= margin else max(n + 1, needed)
