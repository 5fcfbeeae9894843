"""One-sided p-values from one-sided bounds."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.stats.tail import p_beyond

REACHES = st.floats(0.01, 50)


def bounds(low: float, high: float, confidence: float = 0.95) -> Interval:
    """Return one-sided bounds at a confidence as the interval they are ends of."""
    return Interval(low=low, high=high, level=2 * confidence - 1, method="t")


@given(value=st.floats(-50, 50), below=REACHES, above=REACHES, confidence=st.floats(0.55, 0.999))
def test_touching_bounds_give_one_minus_confidence(
    value: float, below: float, above: float, confidence: float
) -> None:
    """A p-value of at most 1 - confidence says what the bounds say."""
    held = bounds(value - below, value + above, confidence)
    assert p_beyond(value, held, held.high, "above") == pytest.approx(1 - confidence)
    assert p_beyond(value, held, held.low, "below") == pytest.approx(1 - confidence)


@given(value=st.floats(-50, 50), below=REACHES, above=REACHES, bound=st.floats(-100, 100))
def test_both_sides_add_up(value: float, below: float, above: float, bound: float) -> None:
    """Either side's p-value is one minus the other's, and small for the far side."""
    held = bounds(value - below, value + above)
    low, high = (p_beyond(value, held, bound, side) for side in ("below", "above"))
    assert low + high == pytest.approx(1)
    assert (low <= 0.5) == (bound <= value) or low == pytest.approx(0.5)
    assert (high <= 0.05 + 1e-12) == (held.high <= bound + 1e-12) or high == pytest.approx(0.05)


@given(value=st.floats(-5, 5), reach=REACHES, bounds_at=st.lists(st.floats(-9, 9), min_size=2))
def test_further_is_smaller(value: float, reach: float, bounds_at: list[float]) -> None:
    """The further a bound lies above, the less likely the true value lies above it."""
    held = bounds(value - reach, value + reach)
    p_values = [p_beyond(value, held, one, "above") for one in sorted(bounds_at)]
    assert p_values == sorted(p_values, reverse=True)


def test_equals_the_normal_test() -> None:
    """With symmetric bounds it is the p-value of a z test."""
    from scipy.stats import norm

    held = bounds(2 - norm.ppf(0.95) * 1.5, 2 + norm.ppf(0.95) * 1.5)
    for bound in (-3.0, 0.0, 2.0, 4.5):
        assert p_beyond(2, held, bound, "below") == pytest.approx(norm.cdf((bound - 2) / 1.5))


def test_at_the_end_of_what_is_possible() -> None:
    """A bound that cannot be passed is not passed; one that is reached says nothing."""
    held = bounds(70, 100)
    assert p_beyond(100, held, 101, "above") == 0
    assert p_beyond(100, held, 100, "above") == 0.5
