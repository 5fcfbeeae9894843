"""The BCa bootstrap interval of a mean: percentiles, corrected for bias and for skewness."""

import math
from collections.abc import Sequence
from statistics import NormalDist, fmean
from typing import TYPE_CHECKING

from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.stats.bootstrap import end_at, expanded_reach

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROUNDING = 1e-12
"""Means of resamples that equal the mean differ from it in the last bits."""


def bca(values: Sequence[float], means: "NDArray[np.float64]", level: float) -> Interval:
    """Return the interval of the mean of two or more values that are not all equal.

    `means` are the means of resamples of `values`. B. Efron 1987, "Better bootstrap confidence
    intervals", JASA 82, 171-185; T. J. DiCiccio & B. Efron 1996, "Bootstrap confidence
    intervals", Statistical Science 11, 189-228. Both ends are taken a little further out, as
    `expanded_reach` says: on few cases plain BCa is too narrow. How far out an end may lie:
    `end_at`; where no end is far enough out, the interval has none on that side.
    """
    low, high = bca_scores(values, means, expanded_reach(len(values), level))
    return Interval(
        low=end_at(means, low) if math.isfinite(low) else low,
        high=end_at(means, high) if math.isfinite(high) else high,
        level=level,
        method="bca",
    )


def bca_scores(
    values: Sequence[float], means: "NDArray[np.float64]", reach: float
) -> tuple[float, float]:
    """Return the normal scores of the quantiles of `means` that end an interval.

    Of `reach` normal standard errors to each side; infinite where no quantile is far enough out.
    """
    mean = fmean(values)
    bias = NormalDist().inv_cdf(_share_below(mean, means))
    acceleration = skewness(values) / (6 * math.sqrt(len(values)))

    def score(end: float) -> float:
        shifted = bias + end
        rest = 1 - acceleration * shifted
        # Beyond the turning point of Efron's transformation.
        return bias + shifted / rest if rest > 0 else math.copysign(math.inf, shifted)

    return score(-reach), score(reach)


def skewness(values: Sequence[float]) -> float:
    """Return the standardized third moment of values that are not all equal."""
    mean = fmean(values)
    squares = math.fsum((value - mean) ** 2 for value in values) / len(values)
    cubes = math.fsum((value - mean) ** 3 for value in values) / len(values)
    return cubes / math.pow(squares, 1.5)


def _share_below(mean: float, means: "NDArray[np.float64]") -> float:
    """Return the share of `means` below `mean`, those that equal it counted half."""
    near = ROUNDING * max(1.0, abs(mean))
    below, above = int((means < mean - near).sum()), int((means > mean + near).sum())
    return (below + (len(means) - below - above) / 2) / len(means)
