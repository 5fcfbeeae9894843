"""Newcombe's interval of a paired difference of proportions."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from pytest_ftevals.stats.newcombe import PairedCounts, correlation, newcombe

COUNTS = st.builds(
    PairedCounts, st.integers(0, 400), st.integers(0, 60), st.integers(0, 60), st.integers(0, 400)
).filter(lambda counts: sum(counts) > 0)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17, 2635-2650, table II, method 10.
        (PairedCounts(36, 12, 2, 0), 0.0569, 0.3404),
        # Altman, Machin, Bryant & Gardner 2000, Statistics with Confidence, chapter 6, table 6.2.
        (PairedCounts(14, 5, 0, 22), 0.011, 0.226),
        # Fagerland, Lydersen & Laake 2014, Statistics in Medicine 33, 2850-2875, airway reactivity.
        (PairedCounts(1, 1, 7, 12), -0.507, -0.026),
    ],
)
def test_published_examples(counts: PairedCounts, low: float, high: float) -> None:
    """The limits are those of the worked examples, to the decimals they print."""
    interval = newcombe(counts, 0.95)
    digits = 4 if low == 0.0569 else 3
    assert (round(interval.low, digits), round(interval.high, digits)) == (low, high)


def test_by_hand() -> None:
    """The parts of the first example: phi is not corrected where it is negative."""
    assert correlation(PairedCounts(36, 12, 2, 0)) == pytest.approx(-24 / (48 * 2 * 38 * 12) ** 0.5)
    assert correlation(PairedCounts(40, 1, 1, 40)) == pytest.approx((1599 - 41) / 41**2)
    assert correlation(PairedCounts(5, 4, 4, 4)) == 0, "4 is less than n / 2"
    assert correlation(PairedCounts(7, 0, 3, 0)) == 0, "the base never misses"


@given(counts=COUNTS, level=st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_shape(counts: PairedCounts, level: float) -> None:
    """It contains the difference, has some width, and stays within -1 .. 1."""
    interval = newcombe(counts, level)
    difference = (counts.candidate_only - counts.base_only) / sum(counts)
    assert -1 <= interval.low <= difference + 1e-12
    assert difference - 1e-12 <= interval.high <= 1
    assert interval.high - interval.low > 1e-6


@given(counts=COUNTS)
def test_swapping_the_sides_mirrors_it(counts: PairedCounts) -> None:
    """Base and candidate exchanged give the negative interval."""
    both, wins, losses, neither = counts
    interval = newcombe(counts, 0.9)
    mirror = newcombe(PairedCounts(both, losses, wins, neither), 0.9)
    assert (-mirror.high, -mirror.low) == pytest.approx((interval.low, interval.high), abs=1e-12)


@given(counts=COUNTS)
def test_lower_levels_are_narrower(counts: PairedCounts) -> None:
    """The 90% interval lies inside the 95% interval."""
    inner, outer = newcombe(counts, 0.90), newcombe(counts, 0.95)
    assert outer.low <= inner.low <= inner.high <= outer.high


@pytest.mark.parametrize(
    ("n", "shares"),
    [
        (100, (0.80, 0.05, 0.05, 0.10)),
        (100, (0.30, 0.20, 0.10, 0.40)),
        (400, (0.50, 0.02, 0.02, 0.46)),
        (400, (0.50, 0.10, 0.02, 0.38)),
        (400, (0.95, 0.01, 0.01, 0.03)),
    ],
)
def test_coverage(n: int, shares: tuple[float, float, float, float]) -> None:
    """Each one-sided 95% bound is wrong in at most 6.7% of simulated runs, documented as such."""
    draws = np.random.default_rng(20).multinomial(n, shares, size=4000)
    truth = shares[1] - shares[2]
    tables, times = np.unique(draws, axis=0, return_counts=True)
    intervals = [newcombe(PairedCounts(*map(int, table)), 0.90) for table in tables]
    above = sum(k for k, found in zip(times, intervals, strict=True) if truth < found.low)
    below = sum(k for k, found in zip(times, intervals, strict=True) if truth > found.high)
    assert max(above, below) / 4000 < 0.067
    assert (above + below) / 4000 < 0.115
