"""Holm's adjustment of several p-values."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from pytest_ftevals.stats.holm import holm

PROBABILITIES = st.lists(st.floats(0, 1), max_size=30)


def test_example_by_hand() -> None:
    """0.005 * 4, 0.01 * 3, 0.03 * 2, 0.04 * 1, each at least the one before."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_equals_statsmodels() -> None:
    """The values are those of statsmodels 0.15.0, multitest.multipletests(method="holm").

    The p-values are from Benjamini & Hochberg 1995, JRSS B 57, 289-300, section 4.1.
    """
    raw = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240]
    raw += [0.4262, 0.5719, 0.6528, 0.7590, 1.0000]
    wanted = [0.0015, 0.0056, 0.0247, 0.1140, 0.2211, 0.2780, 0.2780, 0.2780, 0.3213] + 6 * [1.0]
    assert holm(raw) == pytest.approx(wanted, rel=1e-12)


@given(raw=PROBABILITIES)
def test_between_raw_and_bonferroni(raw: list[float]) -> None:
    """At least the p-value itself, at most as many times it as there are, at most 1."""
    for p, adjusted in zip(raw, holm(raw), strict=True):
        assert p <= adjusted <= min(1.0, len(raw) * p) + 1e-15


@given(raw=PROBABILITIES)
def test_order_is_kept(raw: list[float]) -> None:
    """A smaller p-value is never adjusted above a larger one; equal ones stay equal."""
    pairs = sorted(zip(raw, holm(raw), strict=True))
    adjusted = [one for _, one in pairs]
    assert adjusted == sorted(adjusted)


@given(raw=st.lists(st.floats(0, 1), min_size=1, max_size=12), alpha=st.floats(0.01, 0.2))
def test_rejects_what_the_stepwise_procedure_does(raw: list[float], alpha: float) -> None:
    """Holm's own words: step by step from the smallest, until one is above alpha / (rest)."""
    rejected = 0
    for p in sorted(raw):
        if p * (len(raw) - rejected) > alpha:
            break
        rejected += 1
    assert sum(one <= alpha for one in holm(raw)) == rejected


def test_what_is_no_probability_is_refused() -> None:
    """A p-value above 1 is a mistake upstream."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.2, 1.2])
    assert holm([]) == []
