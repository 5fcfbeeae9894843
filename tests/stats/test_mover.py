"""Limits of sums and differences from the limits of their parts."""

import math

import pytest

from pytest_ftevals.core.comparison import Estimate, Interval
from pytest_ftevals.stats.mover import above, below, correlations, mean_of


def interval(low: float, high: float) -> Interval:
    """Return an interval at 95%."""
    return Interval(low=low, high=high, level=0.95, method="t")


def test_differences() -> None:
    """Each limit is moved by the sides that move it that way."""
    one, other = interval(0.5, 0.63), interval(0.2, 0.34)
    assert above(0.6, one, 0.3, other) == pytest.approx(0.3 + math.hypot(0.03, 0.1))
    assert below(0.6, one, 0.3, other) == pytest.approx(0.3 - math.hypot(0.1, 0.04))
    assert above(0.6, one, 0.3, other, -1) == pytest.approx(0.3 + 0.13)
    assert below(0.6, one, 0.3, other, 1) == pytest.approx(0.3 - 0.06)
    unknown = interval(-math.inf, math.inf)
    for correlation in (0, 0.5):
        assert above(0.6, unknown, 0.3, other, correlation) == math.inf
        assert above(0.6, unknown, 0.3, unknown, correlation) == math.inf


def test_means() -> None:
    """Of independent estimates by the root of squares, of others by their covariance too."""
    each = [
        Estimate(value=0.5, interval=interval(0.4, 0.6), bounds=interval(0.45, 0.55)),
        Estimate(value=0.7, interval=interval(0.4, 0.8), bounds=interval(0.6, 0.75)),
    ]
    found = mean_of(each, None)
    assert found.value == pytest.approx(0.6)
    assert found.interval.low == pytest.approx(0.6 - math.hypot(0.1, 0.3) / 2)
    assert found.interval.high == pytest.approx(0.6 + math.hypot(0.1, 0.1) / 2)
    assert found.bounds.low == pytest.approx(0.6 - math.hypot(0.05, 0.1) / 2)
    assert (found.shared, found.interval.method) == (None, "mover")
    together = mean_of(each, [[1, 1], [1, 1]])
    assert together.interval.low == pytest.approx(0.6 - 0.4 / 2)
    shared = [
        Estimate(value=1, interval=one.interval, bounds=one.bounds, shared=interval(0, 2))
        for one in each
    ]
    assert mean_of(shared, None).shared == Interval(
        low=1 - math.sqrt(2) / 2, high=1 + math.sqrt(2) / 2, level=0.95, method="mover"
    )


def test_correlations() -> None:
    """Of what common clusters add to both means; samples without any are independent."""
    up = [0.0, 1.0, 0.0, 1.0]
    found = correlations([up, up, up], [[0, 1, 2, 3], [1, 0, 3, 2], [4, 5, 6, 7]])
    assert found == [[1, -1, 0], [-1, 1, 0], [0, 0, 1]]
    assert correlations([up, [1.0, 1.0]], [[0, 1, 2, 3], [0, 1]]) == [[1, 0], [0, 1]]
    half = correlations([up, up], [[0, 1, 2, 3], [0, 1, 8, 9]])
    assert half[0][1] == half[1][0] == pytest.approx(0.5)
