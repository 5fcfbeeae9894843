"""The interval of a recipe that was trained several times, with other seeds.

Two things are random then: which cases are asked, and which seed a model was trained with. The mean
over S seeds is estimated on n cases; the interval of its per-case means covers the first source
only, as resampling the same cases does (E. Miller 2024, "Adding error bars to evals", arXiv
2411.00640, section 3.1 on resampling: the mean of K answers to a question has the variance of the
questions plus a K-th of that of the answers). What other seeds would give is told by the spread of
the seeds' own values alone: Student's t with S - 1 degrees of freedom ("Student" 1908, Biometrika
6, 1-25), which is 12.7 standard errors for two seeds and 4.3 for three.

The reaches of both are joined by squaring and adding, on each side of the estimate (R. G. Newcombe
1998, Statistics in Medicine 17, 873-890; G. Y. Zou & A. Donner 2008, Statistics in Medicine 27,
1693-1702, who recover variances from the limits of independent estimates). How a seed does on the
very cases that were drawn is in both, so that the interval is rather too wide than too narrow.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import stdev

from pytest_ftevals.core.comparison import Estimate, Interval
from pytest_ftevals.stats.student_t import t_quantile

Limits = tuple[float, float]
"""The lowest and the highest value that is possible."""


def with_seeds(estimate: Estimate, sides: Sequence[Sequence[float]], limits: Limits) -> Estimate:
    """Return an estimate whose intervals cover the noise of the seeds besides that of the cases.

    Each of `sides` holds the values of one recipe's seeds, in the estimate's unit; a side of one
    value, a model that was trained once, adds nothing.
    """

    def wider(interval: Interval) -> Interval:
        reaches = [reach(values, interval.level) for values in sides if len(values) > 1]
        low = math.hypot(estimate.value - interval.low, *reaches)
        high = math.hypot(interval.high - estimate.value, *reaches)
        return replace(
            interval,
            low=max(limits[0], estimate.value - low),
            high=min(limits[1], estimate.value + high),
            method=f"{interval.method}, seeds" if reaches else interval.method,
        )

    return estimate.with_each(wider)


def reach(values: Sequence[float], level: float) -> float:
    """Return how far Student's interval of the mean of two or more seeds reaches to each side."""
    return t_quantile(level, len(values) - 1) * stdev(values) / math.sqrt(len(values))
