"""Newcombe's interval of the difference of two proportions measured on the same cases."""

import math
from typing import NamedTuple

from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.stats.wilson import wilson


class PairedCounts(NamedTuple):
    """Cases by what base and candidate made of them."""

    both: int
    """Right in both."""
    candidate_only: int
    base_only: int
    neither: int


def newcombe(counts: PairedCounts, level: float) -> Interval:
    """Return the interval of candidate's minus base's proportion, within [-1, 1].

    R. G. Newcombe 1998, "Improved confidence intervals for the difference between binomial
    proportions based on paired data", Statistics in Medicine 17, 2635-2650, method 10: the Wilson
    intervals of the two proportions, squared and added, less what the correlation of the pairs
    takes away. It has some width even where base and candidate agree on every case.
    """
    n = sum(counts)
    candidate, base = counts.both + counts.candidate_only, counts.both + counts.base_only
    difference = (candidate - base) / n
    of_candidate, of_base = wilson(candidate, n, level), wilson(base, n, level)
    phi = correlation(counts)
    below = _added(candidate / n - of_candidate.low, of_base.high - base / n, phi)
    above = _added(of_candidate.high - candidate / n, base / n - of_base.low, phi)
    return Interval(
        low=max(-1.0, difference - below),
        high=min(1.0, difference + above),
        level=level,
        method="newcombe",
    )


def correlation(counts: PairedCounts) -> float:
    """Return the phi coefficient of the pairs, a positive one corrected for continuity.

    The correction is method 10's: ad - bc is lowered by n/2, not below 0. Without variation on
    one side phi is 0.
    """
    both, candidate_only, base_only, neither = counts
    margins = (
        (both + candidate_only)
        * (base_only + neither)
        * (both + base_only)
        * (candidate_only + neither)
    )
    if margins == 0:
        return 0.0
    product = float(both * neither - candidate_only * base_only)
    if product > 0:
        product = max(product - sum(counts) / 2, 0.0)
    return product / math.sqrt(margins)


def _added(one: float, other: float, phi: float) -> float:
    # Rounding can leave a tiny negative square where the two reaches cancel.
    return math.sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))
