"""The interval of a sample without any spread: one case, or cases that are all alike."""

from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.stats.wilson import wilson


def unanimous(value: float, n: int, level: float, limits: tuple[float, float]) -> Interval:
    """Return the interval of a mean of `n` >= 1 equal numbers that lie within `limits`.

    A sample without spread says nothing of how far an unseen case may lie off, only how rare such
    cases are: their share is at most one minus Wilson's lower limit of `n` out of `n`. In the
    worst case all of them lie at a limit. So 10 equal differences of 0 in -100 .. 100 give
    -27.8 .. 27.8 at 95%, and 1,000 give -0.4 .. 0.4. An unbounded side stays unbounded.
    """
    unseen = 1 - wilson(n, n, level).low
    low, high = limits
    return Interval(
        low=value + unseen * (low - value),
        high=value + unseen * (high - value),
        level=level,
        method="unanimous",
    )
