"""One-sided p-values from one-sided bounds."""

import math
from statistics import NormalDist
from typing import Literal

from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.stats.wilson import z_quantile

Side = Literal["below", "above"]


def p_beyond(value: float, bounds: Interval, bound: float, side: Side) -> float:
    """Return the one-sided p-value of "the true value lies on this `side` of `bound`, or on it".

    Small where the estimate `value` and its one-sided `bounds` speak against that; 1 minus their
    one-sided confidence exactly where a bound touches `bound`. Elsewhere the distance of `bound`
    is measured by how far the bounds reach on its side, as a normal score: D. G. Altman & J. M.
    Bland 2011, "How to obtain the P value from a confidence interval", BMJ 343, d2304. The
    p-values of both sides add up to 1.
    """
    z = _normal_score(value, bounds, bound)
    return NormalDist().cdf(z if side == "below" else -z)


def _normal_score(value: float, bounds: Interval, bound: float) -> float:
    """Return how many standard errors `bound` lies above `value`."""
    distance = bound - value
    if distance == 0:
        return 0.0
    reach = bounds.high - value if distance > 0 else value - bounds.low
    if reach == 0:  # at the end of what is possible
        return math.copysign(math.inf, distance)
    return z_quantile(bounds.level) * distance / reach
