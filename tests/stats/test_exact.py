"""The exact McNemar test."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from pytest_ftevals.stats.exact import mcnemar_p


@given(wins=st.integers(0, 80), losses=st.integers(0, 80))
def test_equals_scipy(wins: int, losses: int) -> None:
    """The p-value is scipy's binomial test of wins among the cases that differ."""
    from scipy.stats import binomtest

    wanted = binomtest(wins, wins + losses).pvalue if wins + losses else 1.0
    assert mcnemar_p(wins, losses) == pytest.approx(wanted, rel=1e-9)


def test_large_counts_do_not_underflow() -> None:
    """Thousands of differing cases give a p-value, not 0 / 0."""
    assert mcnemar_p(5_000, 5_000) == 1
    assert 0 < mcnemar_p(4_800, 5_200) < 1e-3
    assert mcnemar_p(0, 14_000) == 0
