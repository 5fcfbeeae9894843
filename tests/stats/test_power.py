"""The smallest drop that so many cases would have shown, and the cases that a margin needs."""

import math

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.stats.means import student
from pytest_ftevals.stats.power import cases_needed, detectable
from pytest_ftevals.stats.tango import tango

LEVEL = 0.90
"""One-sided bounds at 95%."""


def bounds(reach: float, level: float = LEVEL) -> Interval:
    """Return bounds around 0."""
    return Interval(low=-reach, high=reach, level=level, method="t")


def test_example_by_hand() -> None:
    """A standard error of 1 at 95%: 1.645 for the bound and 0.842 for the power."""
    assert detectable(bounds(1.6448536)) == pytest.approx(2.486475, abs=1e-6)
    assert cases_needed(100, bounds(1.6448536), 2.486475 / 2) == 400


@given(
    n=st.integers(2, 100_000),
    reach=st.floats(1e-3, 100),
    margin=st.floats(1e-3, 100),
    level=st.floats(0.1, 0.99),
)
def test_so_many_cases_or_fewer_exactly_where_detectable(
    n: int, reach: float, margin: float, level: float
) -> None:
    """So many cases are enough where the smallest drop it shows is the margin or less."""
    held = bounds(reach, level)
    assert (cases_needed(n, held, margin) <= n) == (detectable(held) <= margin)
    assert cases_needed(n, held, detectable(held)) <= n


@given(changed=st.integers(1, 40), n=st.integers(80, 400), times=st.integers(2, 9))
def test_more_cases_show_smaller_drops(changed: int, n: int, times: int) -> None:
    """At the same share of changes."""
    few = detectable(tango(changed, changed, n, LEVEL))
    assert detectable(tango(times * changed, times * changed, times * n, LEVEL)) < few


@given(margin=st.floats(0.01, 5), factor=st.floats(1.01, 4))
def test_smaller_margins_need_more(margin: float, factor: float) -> None:
    """With the square of the ratio."""
    held = bounds(1.0)
    wide, narrow = (cases_needed(1_000, held, one) for one in (margin * factor, margin))
    assert narrow >= wide
    assert narrow == pytest.approx(wide * factor**2, rel=0.05, abs=factor**2)


def test_it_is_the_power_of_simulated_samples() -> None:
    """A drop of that size is shown in 80% of samples, give or take 3% for 4,000 of them."""
    rng = np.random.default_rng(7)
    n, spread = 400, 0.3
    drop = detectable(bounds(1.6448536 * spread / math.sqrt(n)))
    samples = rng.normal(drop, spread, size=(4_000, n))
    shown = [student(sample.tolist(), LEVEL).low > 0 for sample in samples]
    assert np.mean(shown) == pytest.approx(0.80, abs=0.03)


@pytest.mark.parametrize("margin", [0.0, -1.0])
def test_no_margin_needs_infinitely_many(margin: float) -> None:
    """`gain > 0` has no margin to resolve."""
    with pytest.raises(ValueError, match="cannot be resolved"):
        cases_needed(100, bounds(1.0), margin)


def test_unbounded_bounds_tell_nothing() -> None:
    """One case of a metric without limits."""
    assert detectable(bounds(math.inf)) == math.inf
    with pytest.raises(ValueError, match="no number of cases"):
        cases_needed(1, bounds(math.inf), 1.0)
