"""Means over slices: what they weigh, their variance, and how often their bounds are wrong."""

import math
from collections.abc import Sequence
from statistics import variance

import numpy as np
import pytest

from benchmarks.simulations import macros
from pytest_ftevals.stats.estimate import RATE, UNBOUNDED
from pytest_ftevals.stats.macro import effective, macro_gain, macro_value, spread
from pytest_ftevals.stats.student_t import t_quantile
from pytest_ftevals.stats.tango import tango
from pytest_ftevals.stats.wilson import wilson

CHANGE = (-1.0, 1.0)


def own_clusters(slices: Sequence[Sequence[float]]) -> list[list[int]]:
    """Return a cluster of its own for every case."""
    numbers = iter(range(sum(map(len, slices))))
    return [[next(numbers) for _ in part] for part in slices]


def test_effective_cases() -> None:
    """As many as there are where slices are of one size; a small slice costs most of the rest."""
    assert effective([[0] * 10, [0] * 10, [0] * 10]) == pytest.approx(30)
    assert effective([[0] * 2, [0] * 1000]) == pytest.approx(4 / (1 / 2 + 1 / 1000))


def test_the_variance_is_that_of_a_stratified_mean() -> None:
    """A k-th squared of the sum of the slices' own variances; Satterthwaite's degrees."""
    slices = [[0.1, 0.4, 0.7, 0.2], [0.9, 0.5, 0.4], [0.3, 0.3, 0.5, 0.6, 0.9]]
    found = spread(slices, own_clusters(slices))
    assert found is not None
    parts = [variance(part) / len(part) / 9 for part in slices]
    assert found.variance == pytest.approx(sum(parts))
    degrees = sum(parts) ** 2 / sum(
        own**2 / (len(part) - 1) for own, part in zip(parts, slices, strict=True)
    )
    assert found.freedom == math.floor(degrees)


def test_real_scores_have_students_interval() -> None:
    """Of slices with the same spread: nothing widens it."""
    slices = [[0.0, 2.0, 4.0], [10.0, 12.0, 14.0]]
    found = macro_value(slices, 0.95, binary=False, limits=UNBOUNDED)
    reach = t_quantile(0.95, 4) * math.sqrt(4 / 3 / 4 * 2)
    assert (found.low, found.high) == pytest.approx((7 - reach, 7 + reach))
    assert found.method == "macro t"


def test_large_differences_between_slices_are_no_noise() -> None:
    """All cases together spread far; within each slice they do not."""
    slices = [[0.10, 0.12, 0.11, 0.09] * 5, [0.90, 0.91, 0.89, 0.92] * 5]
    found = macro_value(slices, 0.95, binary=False, limits=RATE)
    assert found.high - found.low < 0.02


def test_equal_slices_of_rates_have_about_wilsons_interval() -> None:
    """Never narrower than that of all cases together."""
    slices = [[1.0] * 70 + [0.0] * 30] * 4
    found, whole = macro_value(slices, 0.95, binary=True, limits=RATE), wilson(280, 400, 0.95)
    assert found.low <= whole.low + 1e-12
    assert found.high >= whole.high - 1e-12
    assert found.high - found.low == pytest.approx(whole.high - whole.low, rel=0.03)


def test_rare_changes_have_about_tangos_interval() -> None:
    """One loss among 40 slices of five: the slices' own spread is an accident."""
    base = [[1.0] * 5 for _ in range(40)]
    candidate = [[0.0, 1, 1, 1, 1], *([[1.0] * 5] * 39)]
    found = macro_gain(base, candidate, 0.9, binary=True, limits=CHANGE)
    assert found.low <= tango(0, 1, 200, 0.9).low + 1e-9
    assert found.high >= tango(0, 1, 200, 0.9).high - 1e-9
    unchanged = macro_gain(base, base, 0.9, binary=True, limits=CHANGE)
    assert (unchanged.low, unchanged.high) == pytest.approx((-0.01487, 0.01487), abs=1e-4)


def test_scores_without_spread_leave_room_for_unseen_ones() -> None:
    """Real scores that are all alike within each slice."""
    found = macro_value([[0.5, 0.5], [1.0, 1.0]], 0.95, binary=False, limits=RATE)
    assert found.method == "unanimous"
    assert found.low < 0.75 < found.high


def test_a_single_case_has_the_variance_of_the_others() -> None:
    """A slice of one case tells nothing of its own."""
    slices = [[0.0, 2.0], [1.0, 3.0], [5.0]]
    found = spread(slices, own_clusters(slices))
    assert found is not None
    assert found.variance == pytest.approx((2 / 2 + 2 / 2 + 2) / 9)
    assert spread([[1.0], [2.0]], [[0], [1]]) is None


def test_clusters_in_several_slices_count_once() -> None:
    """Passages whose questions lie in both slices: what they add to both adds up."""
    one, other = [0.0, 1.0, 0.0, 1.0], [0.0, 1.0, 0.0, 1.0]
    apart = spread([one, other], [[0, 1, 2, 3], [4, 5, 6, 7]])
    same = spread([one, other], [[0, 1, 2, 3], [0, 1, 2, 3]])
    against = spread([one, other], [[0, 1, 2, 3], [1, 0, 3, 2]])
    assert apart is not None
    assert same is not None
    assert against is not None
    assert same.variance == pytest.approx(2 * apart.variance)
    assert against.variance == pytest.approx(0)


def test_clusters_within_slices_widen_the_interval() -> None:
    """Ten questions on each of five passages are not fifty cases."""
    rng = np.random.default_rng(4)
    slices = [[float(right) for right in rng.random(5) < 0.6 for _ in range(10)] for _ in range(4)]
    clusters = [[10 * part + case // 10 for case in range(50)] for part in range(4)]
    plain = macro_value(slices, 0.95, binary=True, limits=RATE)
    found = macro_value(slices, 0.95, binary=True, limits=RATE, clusters=clusters)
    assert found.high - found.low > 2 * (plain.high - plain.low)


@pytest.mark.parametrize(
    ("about", "most"),
    [
        ("10 slices of 100", 0.06),
        ("57 slices of 5", 0.07),
        ("20 and 400, only the small one changes", 0.07),
    ],
)
def test_bounds_are_rarely_wrong(about: str, most: float) -> None:
    """5% nominal; give or take two standard errors of 300 data sets."""
    (design,) = (one for one in macros.DESIGNS if one.about == about)
    found = macros.simulated(design, 300)
    assert found.most <= most + 2 * math.sqrt(most * (1 - most) / 300)
    assert found.most > 0
