"""Gaps between slices: known limits, what widens them, and how often they are wrong."""

import math
import re
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from benchmarks.simulations import gaps
from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.stats.gap import (
    Sliced,
    by_chance,
    gap_interval,
    growth_interval,
    simultaneous,
)
from pytest_ftevals.stats.student_t import t_quantile
from pytest_ftevals.stats.wilson import wilson


def slices(
    counts: Sequence[tuple[int, int]], level: float = 0.95
) -> tuple[Sliced, Sequence[Interval]]:
    """Return slices of (right, all) cases, and their intervals at the shared level."""
    shared = simultaneous(level, len(counts))
    own = Sliced(
        values=[right / n for right, n in counts],
        intervals=[wilson(right, n, level) for right, n in counts],
    )
    return own, [wilson(right, n, shared) for right, n in counts]


def normal(values: Sequence[float], errors: Sequence[float], z: float = 1.645) -> Sliced:
    """Return slices with normal intervals."""
    ends = [
        Interval(low=value - z * error, high=value + z * error, level=0.9, method="t")
        for value, error in zip(values, errors, strict=True)
    ]
    return Sliced(values=values, intervals=ends)


def test_two_slices_have_newcombes_upper_limit() -> None:
    """56 of 70 against 48 of 80: 0.0524 .. 0.3339 is the published interval of method 10."""
    own, _ = slices([(56, 70), (48, 80)])
    found = gap_interval(own, own.intervals, 1)
    assert found.low == pytest.approx(0.0524, abs=5e-5)
    assert found.high == pytest.approx(0.3339, abs=5e-5)
    assert (found.level, found.method) == (0.95, "mover")


def test_the_lower_end_is_shared_by_all_pairs() -> None:
    """Two slices make two ordered pairs, five make twenty."""
    assert simultaneous(0.95, 2) == pytest.approx(0.975)
    assert simultaneous(0.90, 5) == pytest.approx(1 - 0.1 / 20)
    own, corrected = slices([(56, 70), (48, 80)])
    plain, found = gap_interval(own, own.intervals, 1), gap_interval(own, corrected, 1)
    assert found.high == plain.high
    assert 0 < found.low < plain.low


def test_a_small_slice_makes_the_interval_wide() -> None:
    """The same rates: what cannot be told of the smallest slice is told of no gap."""
    large = gap_interval(*slices([(800, 1000), (750, 1000), (780, 1000)]), 1)
    small = gap_interval(*slices([(800, 1000), (750, 1000), (4, 5)]), 1)
    assert large.high < 0.09
    assert small.high > 0.4


def test_limits_are_kept() -> None:
    """A gap is never negative, and of rates never above 1."""
    found = gap_interval(*slices([(1, 2), (1, 2)]), 1)
    assert found.low == 0
    assert found.high <= 1
    wide = Sliced(
        values=[0.5, 0.5],
        intervals=[Interval(low=-math.inf, high=math.inf, level=0.95, method="unanimous")] * 2,
        correlations=[[1, 0], [0, 1]],
    )
    assert gap_interval(wide, wide.intervals, math.inf).high == math.inf


def test_the_order_of_slices_does_not_matter() -> None:
    """Nor which of them is the better one."""
    counts = [(50, 60), (30, 60), (9, 20)]
    found = {gap_interval(*slices([*order]), 1) for order in permutations(counts)}
    assert len(found) == 1


def test_slices_that_lean_apart_together_widen_it() -> None:
    """Clusters right in one slice and wrong in the other: twice the variance of independence."""
    own, corrected = slices([(50, 100), (50, 100)])
    apart, alike = (
        Sliced(values=own.values, intervals=own.intervals, correlations=[[1, rho], [rho, 1]])
        for rho in (-1.0, 1.0)
    )
    plain = gap_interval(own, corrected, 1)
    assert gap_interval(apart, corrected, 1).high == pytest.approx(math.sqrt(2) * plain.high)
    assert gap_interval(alike, corrected, 1) == plain


def test_the_noise_of_seeds_widens_it() -> None:
    """By Student's interval of the difference between both slices over the seeds."""
    own, corrected = slices([(90, 100), (80, 100)])
    steady = Sliced(
        values=own.values,
        intervals=own.intervals,
        # Seeds differ, slices within a seed always alike.
        seeds=[[[0.88, 0.90, 0.92], [0.78, 0.80, 0.82]]],
    )
    plain = gap_interval(own, corrected, 1)
    found = gap_interval(steady, corrected, 1)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high))
    noisy = Sliced(
        values=own.values,
        intervals=own.intervals,
        seeds=[[[0.88, 0.90, 0.92], [0.82, 0.80, 0.78]]],
    )
    spread = t_quantile(0.95, 2) * 0.04 / math.sqrt(3)
    assert gap_interval(noisy, corrected, 1).high == pytest.approx(
        0.1 + math.hypot(plain.high - 0.1, spread)
    )


def test_growth_where_slices_keep_their_order_is_paired() -> None:
    """Between the two slices that are clearly the best and the worst on both sides."""
    base, candidate = normal([0.5, 0.9], [0.02, 0.02]), normal([0.45, 0.9], [0.02, 0.02])
    change = normal([-0.05, 0.0], [0.006, 0.008])
    wide = Interval(low=0, high=1, level=0.9, method="mover")
    found = growth_interval(base, candidate, change, (wide, wide), 1)
    assert (found.low, found.high) == pytest.approx((0.05 - 0.01645, 0.05 + 0.01645))


def test_growth_where_slices_may_have_swapped() -> None:
    """Then how far each has moved tells little, and both gaps tell more."""
    base, candidate = normal([0.7, 0.7], [0.02, 0.02]), normal([0.9, 0.5], [0.02, 0.02])
    change = normal([0.2, -0.2], [0.02, 0.02])
    before = Interval(low=0, high=0.05, level=0.9, method="mover")
    after = Interval(low=0.35, high=0.45, level=0.9, method="mover")
    found = growth_interval(base, candidate, change, (before, after), 1)
    assert (found.low, found.high) == pytest.approx((0.30, 0.45))


def test_growth_looks_at_all_slices_that_could_be_extreme() -> None:
    """The one that moved most may be the worst in truth, though it was not the worst measured."""
    base = normal([0.9, 0.50, 0.51], [0.01, 0.02, 0.02])
    change = normal([0.0, 0.0, -0.01], [0.001, 0.001, 0.001])
    candidate = normal([0.9, 0.495, 0.5], [0.01, 0.02, 0.02])
    wide = Interval(low=0, high=1, level=0.9, method="mover")
    found = growth_interval(base, candidate, change, (wide, wide), 1)
    assert found.high == pytest.approx(0.01 + 1.645 * math.hypot(0.001, 0.001))


@pytest.mark.parametrize(
    ("count", "ranges"), [(2, 1.1284), (3, 1.6926), (5, 2.3259), (10, 3.0775), (50, 4.4981)]
)
def test_by_chance_is_the_mean_range(count: int, ranges: float) -> None:
    """Tippett's table of the mean range of normal samples."""
    assert by_chance([0.05] * count) == pytest.approx(0.05 * ranges, rel=2e-4)


def test_by_chance_with_sizes_of_their_own() -> None:
    """Against drawing them."""
    errors = [0.1, 0.05, 0.02, 0.0]
    drawn = np.random.default_rng(1).standard_normal((200_000, 4)) * errors
    expected = float(np.ptp(drawn, axis=1).mean())
    assert by_chance(errors) == pytest.approx(expected, rel=0.01)
    assert by_chance([0.0, 0.0]) == 0
    assert by_chance([0.1, math.inf]) == math.inf


def test_the_pages_table() -> None:
    """docs/subgroups.md: what groups of equal truth show, and what can be proven of them."""
    page = (Path(__file__).parents[2] / "docs" / "subgroups.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\d,]+) \|" + r" ([\d.]+) \|" * 4 + "$", page, re.MULTILINE)
    assert len(rows) == 6
    for number, *shown in rows:
        n = int(number.replace(",", ""))
        chance = [by_chance([math.sqrt(0.8 * 0.2 / n)] * count) for count in (2, 5, 10)]
        own, corrected = slices([(round(0.8 * n), n)] * 2, level=0.9)
        proven = gap_interval(own, corrected, 1).high
        assert [f"{100 * one:.1f}" for one in (*chance, proven)] == shown


@pytest.mark.parametrize("about", ["2 equal", "2, one ahead", "5, one falls"])
def test_bounds_are_rarely_wrong(about: str) -> None:
    """5% nominal, at most 7% and two standard errors of 400 data sets."""
    (design,) = (one for one in gaps.DESIGNS if one.about == about)
    found = gaps.simulated(design, 400)
    assert found.most <= 0.07 + 2 * math.sqrt(0.07 * 0.93 / 400)
    # Chance drives equal slices apart.
    assert found.bias >= 0
    if design.gap == 0:
        assert found.bias > 0.03
