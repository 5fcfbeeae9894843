"""Wilson's score interval of one proportion."""

import math
from statistics import NormalDist

from pytest_ftevals.core.comparison import Interval


def wilson(successes: float, n: float, level: float) -> Interval:
    """Return the interval of a proportion of `successes` among `n` >= 1, within [0, 1].

    E. B. Wilson 1927, "Probable inference, the law of succession, and statistical inference",
    JASA 22, 209-212. Never empty and never of zero width: 10 of 10 gives 0.72 .. 1 at 95%.
    """
    z = z_quantile(level)
    p = successes / n
    center = (p + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # At 0 and n the limit is p itself; rounding must not move it inwards.
    return Interval(
        low=max(0.0, min(p, center - reach)),
        high=min(1.0, max(p, center + reach)),
        level=level,
        method="wilson",
    )


def z_quantile(level: float) -> float:
    """Return z such that a standard normal lies within -z .. z with probability `level`."""
    return NormalDist().inv_cdf((1 + level) / 2)
