"""The score interval of a paired difference of proportions."""

import math
from collections.abc import Callable

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import assume, given, settings

from pytest_ftevals.stats.tango import likeliest_losses, score, tango, unskewed
from pytest_ftevals.stats.wilson import z_quantile

Counts = tuple[int, int, int]
"""Wins, losses, all pairs."""


def _counts(changed: int, wins: int, same: int) -> Counts:
    wins = min(wins, changed)
    return wins, changed - wins, changed + same


COUNTS = st.builds(_counts, st.integers(0, 80), st.integers(0, 80), st.integers(0, 800)).filter(
    lambda counts: counts[2] > 0
)
LEVELS = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99, 0.999])


def test_equals_ratesci() -> None:
    """The limits are those that R prints, to its six decimals.

    ratesci 1.1.0, scorepairci(x = c(1, 1, 7, 12)), on the airway reactivity data of Fagerland,
    Lydersen & Laake 2014, Statistics in Medicine 33, 2850-2875, table II.
    """
    interval = tango(1, 7, 21, 0.95)
    assert (interval.low, interval.high) == pytest.approx((-0.528113, -0.018422), abs=5.1e-7)


@pytest.mark.parametrize(
    ("counts", "level", "low", "high", "decimals"),
    [
        # ratesci 1.1.0, skew = FALSE, bcf = FALSE; Fagerland, Lydersen & Laake 2014, table V.
        ((1, 7, 21), 0.95, -0.517232, -0.026003, 6),
        # Tango 1998, the examples of crossover and of equivalence.
        ((9, 3, 32), 0.95, -0.027, 0.390, 3),
        ((0, 1, 44), 0.90, -0.096, 0.037, 3),
        # Agresti & Min 2005, Statistics in Medicine 24, 729-740.
        ((16, 8, 86), 0.95, -0.020, 0.207, 3),
        # Fagerland, Lydersen & Laake 2017, Statistical analysis of contingency tables, chapter 8.
        ((6, 16, 161), 0.95, -0.1240, -0.0054, 4),
    ],
)
def test_without_corrections_it_is_tangos(
    counts: Counts, level: float, low: float, high: float, decimals: int
) -> None:
    """Tango's statistic, built of our likeliest shares, has the limits that are published."""
    wins, losses, n = counts
    z = z_quantile(level)

    def plain(difference: float) -> float:
        if difference < 0:
            variance = 2 * likeliest_losses(losses, wins, n, -difference) - difference
        else:
            variance = 2 * likeliest_losses(wins, losses, n, difference) + difference
        return ((wins - losses) / n - difference) / math.sqrt((variance - difference**2) / n)

    estimate = (wins - losses) / n
    found = (
        _root(lambda d: plain(d) - z, -0.999, estimate),
        _root(lambda d: plain(d) + z, estimate, 0.999),
    )
    assert found == pytest.approx((low, high), abs=0.51 * 10**-decimals)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(function, low, high, xtol=1e-12))


@settings(max_examples=60, deadline=None)
@given(counts=COUNTS, level=LEVELS)
def test_equals_moments_of_the_likeliest_table(counts: Counts, level: float) -> None:
    """At its limits the definition holds, computed the long way over the likeliest shares.

    The likeliest shares by a search, the moments as sums over the three outcomes of a pair.
    """
    wins, losses, n = counts
    assume(wins + losses > 0)
    interval, z = tango(wins, losses, n, level), z_quantile(level)
    for limit, wanted in ((interval.low, z), (interval.high, -z)):
        if abs(limit) < 0.999 and abs(limit - (wins - losses) / n) > 1e-6:
            assert _long_way(wins, losses, n, limit) == pytest.approx(wanted, abs=2e-5)


def _long_way(wins: int, losses: int, n: int, difference: float) -> float:
    from scipy.optimize import minimize_scalar

    def unlikely(lost: float) -> float:
        shares = np.array([lost + difference, lost, 1 - 2 * lost - difference])
        counts = np.array([wins, losses, n - wins - losses])
        return -float(np.sum(counts[counts > 0] * np.log(np.maximum(shares, 1e-300)[counts > 0])))

    bounds = (max(0.0, -difference), (1 - difference) / 2)
    lost = float(minimize_scalar(unlikely, bounds=bounds, options={"xatol": 1e-13}).x)
    shares = np.array([lost + difference, lost, 1 - 2 * lost - difference])
    off = np.array([1, -1, 0]) - difference
    variance = float(np.sum(shares * off**2)) / (n - 1)
    bend = float(np.sum(shares * off**3)) / n**2 / (6 * math.pow(variance, 1.5))
    plain = ((wins - losses) / n - difference) / math.sqrt(variance)
    return (-1 + math.sqrt(max(0.0, 1 + 4 * bend * (plain + bend)))) / (2 * bend)


@given(score=st.floats(-5, 5), skewness=st.floats(-1.5, 1.5))
def test_unskewed_solves_its_equation(score: float, skewness: float) -> None:
    """Wherever a normal score solves the expansion it is found; elsewhere it is the turning."""
    z = unskewed(score, skewness)
    if 1 + 2 / 3 * skewness * (score + skewness / 6) >= 0:
        assert z + (z * z - 1) * skewness / 6 == pytest.approx(score, abs=1e-9)
    else:
        assert 1 + z * skewness / 3 == pytest.approx(0, abs=1e-9)


@given(counts=COUNTS, level=LEVELS)
def test_it_agrees_with_mcnemars_test(counts: Counts, level: float) -> None:
    """0 lies outside where the squared statistic, times (n - 1) / n, is above its quantile."""
    wins, losses, n = counts
    interval = tango(wins, losses, n, level)
    statistic = (wins - losses) ** 2 / max(1, wins + losses) * (n - 1) / n
    quantile = z_quantile(level) ** 2
    if abs(statistic - quantile) > 1e-6:
        assert (interval.low > 0 or interval.high < 0) == (statistic > quantile)


@given(counts=COUNTS, level=LEVELS)
def test_shape(counts: Counts, level: float) -> None:
    """It contains the difference, has some width, and stays within -1 .. 1."""
    wins, losses, n = counts
    interval = tango(wins, losses, n, level)
    assert -1 <= interval.low <= (wins - losses) / n + 1e-12
    assert (wins - losses) / n - 1e-12 <= interval.high <= 1
    assert interval.high - interval.low > 1e-4


@given(counts=COUNTS, level=LEVELS)
def test_swapping_the_sides_mirrors_it(counts: Counts, level: float) -> None:
    """Base and candidate exchanged give the negative interval."""
    wins, losses, n = counts
    interval, mirror = tango(wins, losses, n, level), tango(losses, wins, n, level)
    assert (-mirror.high, -mirror.low) == pytest.approx((interval.low, interval.high), abs=1e-12)


@given(counts=COUNTS)
def test_lower_levels_are_narrower(counts: Counts) -> None:
    """Each level's interval lies inside that of the next higher one."""
    inner = tango(*counts, 0.5)
    for level in (0.8, 0.9, 0.95, 0.99, 0.9999):
        outer = tango(*counts, level)
        assert outer.low <= inner.low + 1e-12
        assert inner.high <= outer.high + 1e-12
        inner = outer


@given(counts=COUNTS)
def test_the_score_falls_with_the_difference(counts: Counts) -> None:
    """On either side of the estimate the limits are the only crossings of usual quantiles."""
    wins, losses, n = counts
    estimate = (wins - losses) / n
    for sign, end in ((1, -1.0), (-1, 1.0)):
        inside = np.linspace(estimate, end, 301)[1:-1]
        scores = [sign * score(wins, losses, n, float(one)) for one in inside]
        for z in (1.28, 1.645, 1.96, 2.58):
            beyond = [one > z for one in scores]
            assert beyond == sorted(beyond)


@pytest.mark.parametrize(("n", "bound"), [(1, 0.95), (10, 0.2589), (100, 0.0295), (1000, 0.0030)])
def test_no_change_is_held_to_the_rule_of_three(n: int, bound: float) -> None:
    """About 3 / n, and exactly what n equal pairs would hide with a chance of 5%."""
    interval = tango(0, 0, n, 0.90)
    assert (interval.low, interval.high) == pytest.approx((-bound, bound), abs=5e-5)
    assert (1 - interval.high) ** n == pytest.approx(0.05)


@pytest.mark.parametrize("n", [10, 60, 400])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
def test_one_change_is_never_surer_than_none(n: int, level: float) -> None:
    """A loss lowers both ends."""
    none, lost = tango(0, 0, n, level), tango(0, 1, n, level)
    assert lost.low < none.low
    assert lost.high < none.high
