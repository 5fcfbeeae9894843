"""The two functions that put values and gains into numbers with error bars."""

import math
import warnings
from collections.abc import Sequence
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from pytest_ftevals.core.comparison import Estimate
from pytest_ftevals.stats.estimate import UNBOUNDED, estimate_gain, estimate_value

LEVELS = (0.95, 0.90)
BITS = st.lists(st.integers(0, 1), min_size=1, max_size=60)
REALS = st.lists(st.floats(0, 1), min_size=1, max_size=60)


def value_of(values: Sequence[float], **options: Any) -> Estimate:
    """Return the estimate of a mean of scores."""
    options.setdefault("binary", False)
    options.setdefault("replicates", None)
    mean = math.fsum(values) / len(values)
    return estimate_value(values, levels=LEVELS, value=mean, **options)


def gain_of(base: Sequence[float], candidate: Sequence[float], **options: Any) -> Estimate:
    """Return the estimate of a mean difference of scores."""
    options.setdefault("binary", False)
    options.setdefault("replicates", None)
    gain = (math.fsum(candidate) - math.fsum(base)) / len(base)
    return estimate_gain(base, candidate, levels=LEVELS, value=gain, **options)


def check_shape(estimate: Estimate, low: float, high: float) -> None:
    """Assert what holds for every estimate whose value lies within limits."""
    shown, held = estimate.interval, estimate.bounds
    assert (shown.level, held.level) == LEVELS
    assert low - 1e-9 <= shown.low <= held.low <= estimate.value
    assert estimate.value <= held.high <= shown.high <= high + 1e-9
    assert shown.low < shown.high
    assert held.low < held.high


@pytest.mark.parametrize(
    ("values", "options", "method"),
    [
        ([0, 1, 1], {"binary": True}, "wilson"),
        ([1, 1, 1], {"binary": True}, "wilson"),
        ([0.2, 0.4, 0.9], {}, "bca"),
        ([0.2, 0.4] * 99 + [0.9], {}, "bca"),
        ([0.2, 0.4] * 100, {}, "t"),
        ([0.5], {}, "unanimous"),
        ([0.5] * 300, {}, "unanimous"),
        ([0, 1, 1], {"binary": True, "replicates": np.array([0.2, 0.5, 0.8])}, "bootstrap"),
        ([1, 1, 1], {"binary": True, "replicates": np.ones(9)}, "unanimous"),
    ],
)
def test_methods_of_values(values: list[float], options: dict[str, Any], method: str) -> None:
    """The method follows from the kind of scores and their number."""
    estimate = value_of(values, **options)
    assert (estimate.interval.method, estimate.bounds.method) == (method, method)


@pytest.mark.parametrize(
    ("base", "candidate", "options", "method"),
    [
        ([0, 1], [1, 1], {"binary": True}, "tango"),
        ([0, 1], [0, 1], {"binary": True}, "tango"),
        ([0.1, 0.2], [0.3, 0.7], {}, "bca"),
        ([0.1, 0.2] * 100, [0.3, 0.7] * 100, {}, "t"),
        ([0.1, 0.2] * 100, [0.1, 0.2] * 100, {}, "unanimous"),
        ([0, 1], [1, 1], {"binary": True, "replicates": np.array([0.1, 0.4])}, "bootstrap"),
        ([0, 1], [0, 1], {"binary": True, "replicates": np.zeros(9)}, "unanimous"),
    ],
)
def test_methods_of_gains(
    base: list[float], candidate: list[float], options: dict[str, Any], method: str
) -> None:
    """A gain's method follows from the kind of scores and the number of pairs."""
    assert gain_of(base, candidate, **options).interval.method == method


@settings(max_examples=60)
@given(values=BITS)
def test_shape_of_rates(values: list[float]) -> None:
    """Rates: the estimate inside, within 0 .. 1, the lower level inside the higher."""
    check_shape(value_of(values, binary=True), 0, 1)


@settings(max_examples=60, deadline=None)
@given(values=REALS)
def test_shape_of_means(values: list[float]) -> None:
    """Means of real scores: the same."""
    check_shape(value_of(values), 0, 1)


@settings(max_examples=60, deadline=None)
@given(pairs=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=60))
def test_shape_of_gains(pairs: list[tuple[float, float]]) -> None:
    """Gains in points: the same within -100 .. 100; swapping base and candidate mirrors them."""
    base, candidate = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    check_mirrored(gain_of(base, candidate), gain_of(candidate, base))


@settings(max_examples=60)
@given(pairs=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=60))
def test_shape_of_binary_gains(pairs: list[tuple[int, int]]) -> None:
    """Gains of 0/1 scores: the same."""
    base, candidate = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    options = {"binary": True}
    check_mirrored(gain_of(base, candidate, **options), gain_of(candidate, base, **options))


def check_mirrored(gain: Estimate, swapped: Estimate) -> None:
    """Assert the shape of a gain, and that the other way round it is the negative."""
    check_shape(gain, -100, 100)
    assert swapped.value == pytest.approx(-gain.value, abs=1e-9)
    for one, other in ((gain.interval, swapped.interval), (gain.bounds, swapped.bounds)):
        assert (-other.high, -other.low) == pytest.approx((one.low, one.high), abs=1e-9)


def test_lower_is_better_turns_the_sign() -> None:
    """With sign -1 the gain is what the metric fell by, interval included."""
    up = gain_of([0, 0, 1, 1], [1, 1, 1, 1], binary=True)
    down = gain_of([0, 0, 1, 1], [1, 1, 1, 1], binary=True, sign=-1)
    assert (up.value, down.value) == (50, -50)
    assert (-down.interval.high, -down.interval.low) == (up.interval.low, up.interval.high)


def test_own_unit_has_no_limits() -> None:
    """A metric of its own unit (perplexity) is neither scaled nor clipped."""
    gain = gain_of([10, 12, 14], [18, 25, 30], sign=-1, scale=1)
    assert gain.value == pytest.approx(-12.3333, abs=1e-3)
    assert gain.interval.low < -12 < -11 < gain.interval.high
    assert value_of([10, 12, 14], limits=UNBOUNDED).interval.high > 12


def test_no_spread_and_no_limits_says_nothing() -> None:
    """One case of an unbounded metric has an infinite interval rather than a made-up one."""
    interval = value_of([7.0], limits=UNBOUNDED).interval
    assert (interval.low, interval.high) == (-math.inf, math.inf)


@pytest.mark.parametrize(
    ("n", "reach"), [(1, 79.3), (10, 27.8), (100, 3.7), (1000, 0.4), (14_000, 0.0)]
)
def test_no_difference_is_no_proof(n: int, reach: float) -> None:
    """Cases that all score alike leave room for unseen ones: the documented widths."""
    interval = gain_of([0.5] * n, [0.5] * n).interval
    assert (round(interval.low, 1), round(interval.high, 1)) == (-reach, reach)
    assert interval.low < 0 < interval.high


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("binary", [True, False])
def test_few_cases_decide_nothing(n: int, binary: bool) -> None:
    """On one, two or five right answers no NaN, no warning, and a wide interval."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value, gain = value_of([1] * n, binary=binary), gain_of([0] * n, [1] * n, binary=binary)
    assert value.interval.low < 0.6
    assert gain.interval.low < 60
    assert (value.interval.high, gain.interval.high) == pytest.approx((1, 100))


def test_the_estimate_is_always_inside() -> None:
    """Percentiles that miss the estimate (F1 on few cases) are stretched to it."""
    estimate = estimate_value(
        [1, 0], binary=True, levels=LEVELS, replicates=np.array([0.1, 0.2, 0.3]), value=0.9
    )
    assert (estimate.interval.high, estimate.value) == (0.9, 0.9)


def test_equal_scores_give_equal_intervals() -> None:
    """Nothing is random: the same scores give the same numbers every time."""
    values = np.random.default_rng(0).uniform(size=80).tolist()
    assert value_of(values) == value_of(values)


@pytest.mark.parametrize(
    ("base", "candidate", "binary", "message"),
    [
        ([], [], True, "no scores"),
        ([0.5], [math.nan], False, "not a finite number"),
        ([0.5], [0.5, 0.5], False, "zip"),
        ([0.5], [0.5], True, "binary scores are 0 or 1"),
    ],
)
def test_nonsense_is_refused(
    base: list[float], candidate: list[float], binary: bool, message: str
) -> None:
    """No scores, NaN, unpaired lists and fractions among 0/1 scores are errors, not numbers."""
    with pytest.raises(ValueError, match=message):
        estimate_gain(base, candidate, binary=binary, levels=LEVELS, replicates=None, value=0.0)
    if binary:
        with pytest.raises(ValueError, match=message):
            estimate_value(base, binary=True, levels=LEVELS, replicates=None, value=0.0)


@pytest.mark.parametrize("n", [15, 60, 250])
def test_coverage_of_means(n: int) -> None:
    """Real scores: the 90% interval of a paired gain covers the truth in 86% of runs or more."""
    rng = np.random.default_rng(1)
    covered, runs = 0, 150
    for _ in range(runs):
        base = rng.beta(2, 2, size=n)
        candidate = np.clip(base + rng.normal(0.02, 0.1, size=n), 0, 1)
        bounds = gain_of(base.tolist(), candidate.tolist()).bounds
        covered += bounds.low <= TRUE_GAIN <= bounds.high
    assert covered / runs >= 0.86


TRUE_GAIN = 1.95
"""Of the candidates above, in points: 2 less what clipping takes (from 5 million draws)."""
