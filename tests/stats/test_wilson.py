"""Wilson's interval of one proportion."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from pytest_ftevals.stats.wilson import wilson


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # Newcombe 1998, "Two-sided confidence intervals for the single proportion: comparison of
        # seven methods", Statistics in Medicine 17, 857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_examples(successes: int, n: int, low: float, high: float) -> None:
    """The limits are those of Newcombe's table, to its four decimals."""
    interval = wilson(successes, n, 0.95)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


@given(n=st.integers(1, 2000), share=st.floats(0, 1), level=st.sampled_from([0.8, 0.9, 0.95]))
def test_equals_scipy(n: int, share: float, level: float) -> None:
    """The limits equal scipy's, which are computed another way."""
    from scipy.stats import binomtest

    successes = round(share * n)
    wanted = binomtest(successes, n).proportion_ci(level, method="wilson")
    interval = wilson(successes, n, level)
    assert (interval.low, interval.high) == pytest.approx((wanted.low, wanted.high), abs=1e-9)


@given(n=st.integers(1, 20_000), share=st.floats(0, 1))
def test_shape(n: int, share: float) -> None:
    """It contains the estimate, stays within 0 .. 1, is never empty, and mirrors."""
    successes = round(share * n)
    interval = wilson(successes, n, 0.95)
    assert 0 <= interval.low <= successes / n <= interval.high <= 1
    assert interval.low < interval.high
    mirror = wilson(n - successes, n, 0.95)
    assert (1 - mirror.high, 1 - mirror.low) == pytest.approx((interval.low, interval.high))
