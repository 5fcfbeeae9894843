"""The interval of a sample without any spread: one case, or cases that are all alike."""

import math
from collections.abc import Sequence
from dataclasses import replace

from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.stats.wilson import wilson


def unanimous(value: float, n: int, level: float, limits: tuple[float, float]) -> Interval:
    """Return the interval of a mean of `n` >= 1 equal numbers that lie within `limits`.

    A sample without spread says nothing of how far an unseen case may lie off, only how rare such
    cases are: their share is at most one minus Wilson's lower limit of `n` out of `n`. In the
    worst case all of them lie at a limit. So 10 equal differences of 0 in -100 .. 100 give
    -27.8 .. 27.8 at 95%, and 1,000 give -0.4 .. 0.4. An unbounded side stays unbounded.
    """
    share = unseen(n, level)
    low, high = limits
    return Interval(
        low=value + share * (low - value),
        high=value + share * (high - value),
        level=level,
        method="unanimous",
    )


def unseen(n: int, level: float) -> float:
    """Return the largest share of cases that `n` >= 1 cases can well be without."""
    return 1 - wilson(n, n, level).low


def with_room(
    found: Interval,
    value: float,
    alike: Sequence[tuple[float, int]],
    weight: float,
    limits: tuple[float, float],
) -> Interval:
    """Return the interval of a value that rests on groups of cases, some without spread.

    `found` knows the spread of the others. `alike` are, for each group without spread, the number
    that all of its cases have and how many they are; every group counts with `weight`. A few unseen
    cases do the most harm in the smallest group: that one's room is added, as independent distances
    are (G. Y. Zou & A. Donner 2008, see `mover`).
    """
    low, high = limits
    shares = [(number, weight * unseen(n, found.level)) for number, n in alike]
    below = max((share * (number - low) for number, share in shares), default=0.0)
    above = max((share * (high - number) for number, share in shares), default=0.0)
    return replace(
        found,
        low=value - math.hypot(max(0.0, value - found.low), below),
        high=value + math.hypot(max(0.0, found.high - value), above),
    )
