"""The interval of a mean of real numbers."""

import math
from collections.abc import Sequence
from statistics import fmean

from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.stats.bca import bca
from pytest_ftevals.stats.bootstrap import resampled_means
from pytest_ftevals.stats.student_t import t_quantile

LARGE = 200
"""From so many cases on the mean of bounded scores is near enough to normal for Student's t."""
SEED = 0
"""Always the same, so that equal scores give equal intervals everywhere."""


def mean_interval(values: Sequence[float], level: float) -> Interval:
    """Return the interval of the mean of two or more values that are not all equal.

    Student's t from `LARGE` values on, the BCa bootstrap below. Of paired differences it is the
    paired interval.
    """
    if len(values) >= LARGE:
        return student(values, level)
    import numpy as np

    means = resampled_means(np.asarray(values, dtype=np.float64), seed=SEED)
    return bca(values, means, level)


def student(values: Sequence[float], level: float) -> Interval:
    """Return Student's interval of the mean of two or more values.

    "Student" (W. S. Gosset) 1908, "The probable error of a mean", Biometrika 6, 1-25.
    """
    n, mean = len(values), fmean(values)
    variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
    reach = t_quantile(level, n - 1) * math.sqrt(variance / n)
    return Interval(low=mean - reach, high=mean + reach, level=level, method="t")
