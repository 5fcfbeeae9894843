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


@pytest.mark.parametrize("changed", [1, 7, 24, 60, 199, 700])
def test_equals_scipy_to_twelve_digits(changed: int) -> None:
    """On a grid from even to one-sided, to the last digits that scipy's own sums carry."""
    from scipy.stats import binomtest

    for wins in range(0, changed + 1, max(1, changed // 9)):
        wanted = binomtest(wins, changed).pvalue
        assert mcnemar_p(wins, changed - wins) == pytest.approx(wanted, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("wins", "losses", "p"),
    [
        # statsmodels 0.15.0, contingency_tables.mcnemar(exact=True).
        (1, 7, 0.0703125),
        (12, 2, 0.012939453125),
        (16, 8, 0.15158963203430176),
        (40, 20, 0.01348929373119186),
        (86, 150, 3.7159361395713866e-05),
        (1000, 1100, 0.03072070786424249),
        (4800, 5200, 6.593515598672343e-05),
    ],
)
def test_equals_statsmodels(wins: int, losses: int, p: float) -> None:
    """The p-values are those that statsmodels computes."""
    assert mcnemar_p(wins, losses) == pytest.approx(p, rel=1e-9)
