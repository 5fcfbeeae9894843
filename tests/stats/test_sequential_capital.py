"""The capital of betting against a mean: fair by exact counting, not by simulation."""

import itertools
import math

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from pytest_ftevals.stats.sequential_capital import (
    AIM,
    BOLDEST,
    GAMBLERS,
    final_log_capital,
    history,
    is_above,
    log_capital,
)

POPULATIONS = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=2, max_size=7)


@settings(max_examples=60, deadline=None)
@given(population=POPULATIONS)
def test_no_gain_on_average_over_all_orders(population: list[float]) -> None:
    """Drawn without replacement, the mean capital over all orders is at most 1 at every step."""
    orders = np.array(sorted(set(itertools.permutations(range(len(population))))))
    seen = history(np.array(population)[orders])
    capital = np.exp(log_capital(seen, math.fsum(population) / len(population), len(population)))
    assert (capital.mean(axis=0) <= 1 + 1e-9).all()


@settings(max_examples=30, deadline=None)
@given(chance=st.floats(0.01, 0.6), won=st.floats(0.01, 0.39), total=st.integers(7, 60))
def test_no_gain_on_average_over_all_samples(chance: float, won: float, total: int) -> None:
    """Drawn from a distribution, the expected capital is at most 1 at every step."""
    values, chances = np.array([0.0, 0.5, 1.0]), np.array([chance, 1 - chance - won, won])
    samples = np.array(list(itertools.product(range(3), repeat=7)))
    capital = np.exp(log_capital(history(values[samples]), float(values @ chances), total))
    assert (chances[samples].prod(axis=1) @ capital <= 1 + 1e-9).all()


def test_without_replacement_bets_know_what_is_left() -> None:
    """After low values the rest must be higher, and no gain is seen in that."""
    seen = history(np.array([0.0, 0.0, 1.0, 1.0]))
    fair = np.exp(log_capital(seen, 0.5, 4))
    assert fair[-1] <= 1, "the claim is true of these four"
    endless = np.exp(log_capital(seen, 0.5, 1_000_000))
    assert endless[-1] > fair[-1]


def test_the_first_bet_by_hand() -> None:
    """Nothing is known before the first value: a deviation of 1/2 is assumed."""
    wanted = 0.0
    for cases, share in GAMBLERS:
        bet = min(math.sqrt(AIM / cases) / 0.5, BOLDEST / 0.4)
        wanted += share * (1 + bet * (1.0 - 0.4))
    capital = np.exp(log_capital(history(np.array([1.0])), 0.4, 100))
    assert capital[0] == pytest.approx(wanted)
    assert math.fsum(share for _, share in GAMBLERS) == pytest.approx(1)


def test_deviations_by_hand() -> None:
    """Before the third value of 1, 0, ...: means 3/4 and 1/2, squares 1/16 and 1/4."""
    seen = history(np.array([1.0, 0.0, 1.0]))
    assert seen.sums.tolist() == [0, 1, 1]
    variances = [0.25, (0.25 + 1 / 16) / 2, (0.25 + 1 / 16 + 1 / 4) / 3]
    assert seen.deviations == pytest.approx(np.sqrt(variances))


@given(
    values=st.lists(st.floats(0, 1), min_size=1, max_size=80),
    means=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    more=st.integers(0, 100),
)
def test_capital_falls_with_the_mean(
    values: list[float], means: tuple[float, float], more: int
) -> None:
    """The more the claim allows, the less is won against it; it is never ruined, nor undefined."""
    low, high = sorted(means)
    seen, total = history(np.array(values)), len(values) + more
    against_low, against_high = log_capital(seen, low, total), log_capital(seen, high, total)
    assert (against_high <= against_low + 1e-9).all()
    assert np.isfinite(against_high).all()
    assert np.isinf(log_capital(seen, -0.01, total)).all()
    assert final_log_capital(seen, high, total) == pytest.approx(against_high[-1], abs=1e-9)
    assert final_log_capital(seen, -0.01, total) == math.inf


def test_runs_side_by_side_are_runs_alone() -> None:
    """The last axis holds the values; the others are runs that know nothing of each other."""
    runs = np.random.default_rng(0).random((3, 5, 40))
    together = log_capital(history(runs), 0.45, 100)
    for row, column in itertools.product(range(3), range(5)):
        alone = log_capital(history(runs[row, column]), 0.45, 100)
        assert together[row, column] == pytest.approx(alone, abs=1e-12)


def test_later_values_change_nothing() -> None:
    """What is shown after a value is the same whatever follows it."""
    values = np.random.default_rng(1).random(500)
    whole = log_capital(history(values), 0.4, 1_000)
    for n in (1, 2, 77, 499):
        assert log_capital(history(values[:n]), 0.4, 1_000)[-1] == whole[n - 1]


def test_above_needs_the_capital_and_the_mean() -> None:
    """Ties show that a mean is above 0.485; after many losses they no longer do."""
    seen = history(np.array([0.5] * 500 + [0.0] * 100))
    shown = is_above(seen, 0.485, 14_042, 0.05)
    means = (seen.sums + seen.shares) / np.arange(1, 601)
    assert shown[499]
    assert not shown[:20].any()
    assert not shown[means <= 0.485].any()
    assert not is_above(seen, 0.485, 14_042, 1e-300).any()
