"""The gap between the best and the worst of several slices, and how much it has grown.

Slices are told by estimates with intervals of their own, which know how many cases each has. A gap
is the largest of all differences between two slices, so

- an upper bound is the largest upper bound of any difference, each at the level itself: whichever
  pair is furthest apart in truth, its own bound is among them (R. L. Berger 1982, "Multiparameter
  hypothesis testing and acceptance sampling", Technometrics 24, 295-300: to show that all are
  small, each must be shown to be);
- a lower bound is the largest lower bound of any difference, with the error shared by all ordered
  pairs (Bonferroni): what looks largest was picked from so many.

Differences have the limits of `mover`. The gap of noisy slices is biased upwards: slices that are
equal in truth differ by chance; `by_chance` says by how much.

How much a gap has grown is bounded in two ways, of which the narrower interval is taken:

- by how slices have moved, measured on the same cases. Whichever are highest and lowest with the
  candidate in truth, the gap has grown by at most as much as these two have moved apart; so the
  upper bound is the largest of theirs, over all slices that could be either. The lower bound is
  the same of the slices that could be highest or lowest with the base. Sharp where base and
  candidate mostly agree and slices keep their order;
- by both gaps: the candidate's upper bound minus the base's lower one, and the other way round. It
  holds however both depend on each other.

``python -m benchmarks.simulations.gaps`` says how often these bounds are wrong.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from statistics import NormalDist

from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.stats.mover import Correlations, above, below
from pytest_ftevals.stats.seeds import reach

STEPS = 400
FURTHEST = 8.0
"""Standard errors beyond which a normal density is nothing."""
Limit = Callable[[float, Interval, float, Interval, float], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sliced:
    """One quantity on each of two or more slices."""

    values: Sequence[float]
    intervals: Sequence[Interval]
    """At one level."""
    correlations: Correlations | None = None
    """Of the values, where clusters lie in several slices."""
    seeds: Sequence[Sequence[Sequence[float]]] = ()
    """Per recipe that was trained several times and per slice: the value of each seed."""


def simultaneous(level: float, slices: int) -> float:
    """Return the level at which all differences of two or more slices hold together."""
    return 1 - (1 - level) / (slices * (slices - 1))


def gap_interval(own: Sliced, corrected: Sequence[Interval], most: float) -> Interval:
    """Return the interval of the gap, 0 or more and at most `most`.

    `corrected` are the slices' intervals at the level of `simultaneous`.
    """
    shared = Sliced(
        values=own.values,
        intervals=corrected,
        correlations=own.correlations,
        seeds=own.seeds,
    )
    pairs = list(permutations(range(len(own.values)), 2))
    low = max(_limit(shared, below, -1, pair) for pair in pairs)
    high = max(_limit(own, above, 1, pair) for pair in pairs)
    level = own.intervals[0].level
    return Interval(low=max(0.0, low), high=min(most, high), level=level, method="mover")


def growth_interval(
    base: Sliced, candidate: Sliced, change: Sliced, gaps: tuple[Interval, Interval], most: float
) -> Interval:
    """Return the interval of the candidate's gap minus the base's, within `most` of 0.

    `change` is the candidate's value minus the base's on each slice, measured on the same cases;
    `gaps` are the intervals of both gaps, the base's first.
    """
    before, after = gaps
    moved = (
        min(_limit(change, below, -1, pair) for pair in _extremes(base)),
        max(_limit(change, above, 1, pair) for pair in _extremes(candidate)),
    )
    apart = (after.low - before.high, after.high - before.low)
    low, high = moved if moved[1] - moved[0] < apart[1] - apart[0] else apart
    level = change.intervals[0].level
    return Interval(low=max(-most, low), high=min(most, high), level=level, method="mover")


def _extremes(own: Sliced) -> Iterator[tuple[int, int]]:
    """Yield the pairs of slices that could be the highest and the lowest, in that order."""
    slices = range(len(own.values))
    least = max(one.low for one in own.intervals)
    most = min(one.high for one in own.intervals)
    highest = [i for i in slices if own.intervals[i].high >= least]
    lowest = [i for i in slices if own.intervals[i].low <= most]
    return ((i, j) for i in highest for j in lowest if i != j)


def _limit(own: Sliced, limit: Limit, side: int, pair: tuple[int, int]) -> float:
    """Return a limit of the first minus the second of a pair; `side` is 1 above, -1 below."""
    i, j = pair
    # Slices that lean the same way would narrow the interval; where few clusters tell so, that is
    # an accident as often as not.
    correlation = 0.0 if own.correlations is None else min(0.0, own.correlations[i][j])
    values, intervals = own.values, own.intervals
    found = limit(values[i], intervals[i], values[j], intervals[j], correlation)
    apart = [
        [high - low for high, low in zip(recipe[i], recipe[j], strict=True)]
        for recipe in own.seeds
        if len(recipe[i]) > 1
    ]
    difference = values[i] - values[j]
    reaches = [reach(seeds, intervals[i].level) for seeds in apart]
    return difference + side * math.hypot(abs(found - difference), *reaches)


def by_chance(errors: Sequence[float]) -> float:
    """Return the mean gap of slices that are equal in truth, measured with these standard errors.

    The mean range of independent normal numbers: L. H. C. Tippett 1925, "On the extreme individuals
    and the range of samples taken from a normal population", Biometrika 17, 364-387. Infinite where
    an error is.
    """
    largest = max(errors)
    if not 0 < largest < math.inf:
        return largest
    step, normal = FURTHEST * largest / STEPS, NormalDist()

    def outside(distance: float) -> float:
        """Return the probability that the highest lies above a distance, twice."""
        within = (normal.cdf(distance / error) if error else 1.0 for error in errors)
        beyond = (normal.cdf(-distance / error) if error else 0.0 for error in errors)
        return 2 * (1 - math.prod(within) - math.prod(beyond))

    # The mean of the highest minus the lowest, by Simpson's rule; both sides of 0 are alike.
    ends = outside(0.0) + outside(FURTHEST * largest)
    odd = math.fsum(outside(step * at) for at in range(1, STEPS, 2))
    even = math.fsum(outside(step * at) for at in range(2, STEPS, 2))
    return step / 3 * (ends + 4 * odd + 2 * even)
