"""Intervals over cases that come in clusters."""

import math
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from pytest_ftevals.core.comparison import Estimate, Interval
from pytest_ftevals.stats.bootstrap import resample_counts
from pytest_ftevals.stats.clusters import (
    cluster_student,
    clustered,
    freedom,
    sums_above_mean,
    whole_freedom,
)
from pytest_ftevals.stats.estimate import RATE, estimate_gain, estimate_value
from pytest_ftevals.stats.means import student
from pytest_ftevals.stats.student_t import t_quantile

VALUES = st.lists(st.floats(0, 1), min_size=2, max_size=40).filter(lambda x: max(x) - min(x) > 0.01)
SIZES = st.lists(st.integers(1, 40), min_size=2, max_size=15)
LEVELS = (0.95, 0.90)


@given(values=VALUES, level=st.sampled_from([0.8, 0.9, 0.95]))
def test_every_case_its_own_cluster_is_students(values: list[float], level: float) -> None:
    """Then the robust standard error is the usual one."""
    found, wanted = cluster_student(values, range(len(values)), level), student(values, level)
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=1e-9)


@given(values=VALUES, times=st.integers(2, 6))
def test_copies_of_cases_add_nothing(values: list[float], times: int) -> None:
    """The same question asked several times is one cluster, and as good as one question."""
    copies = [value for value in values for _ in range(times)]
    clusters = [number for number in range(len(values)) for _ in range(times)]
    found, wanted = cluster_student(copies, clusters, 0.9), student(values, 0.9)
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=1e-9)


@given(values=VALUES, seed=st.integers(0, 99))
def test_names_and_order_do_not_matter(values: list[float], seed: int) -> None:
    """Clusters are what belongs together, whatever their numbers."""
    rng = np.random.default_rng(seed)
    clusters = [index % 4 for index in range(len(values))]
    order = rng.permutation(len(values)).tolist()
    shuffled = [values[index] for index in order]
    renamed = [7 - 3 * clusters[index] for index in order]
    wanted = sorted(sums_above_mean(values, clusters))
    assert sorted(sums_above_mean(shuffled, renamed)) == pytest.approx(wanted, abs=1e-12)


def test_equals_statsmodels() -> None:
    """For clusters of one size the limits are those of the usual sandwich and Student's t.

    statsmodels 0.15.0, OLS(values, 1).fit(cov_type="cluster", cov_kwds={"groups": clusters},
    use_t=True).conf_int(0.05).
    """
    rng = np.random.default_rng(42)
    clusters = np.repeat(np.arange(12), 4)
    values = (rng.normal(size=12)[clusters] + rng.normal(size=48)).tolist()
    interval = cluster_student(values, clusters.tolist(), 0.95)
    assert (interval.low, interval.high) == pytest.approx(
        (-0.5500982896519501, 0.5009965558200803), abs=1e-9
    )


@given(sizes=SIZES, seed=st.integers(0, 99))
def test_equals_leaving_out_one_cluster_at_a_time(sizes: list[int], seed: int) -> None:
    """The standard error is the jackknife's, computed by its definition."""
    clusters = np.repeat(np.arange(len(sizes)), sizes)
    values = np.random.default_rng(seed).normal(size=len(clusters))
    left = [values[clusters != one].mean() for one in range(len(sizes))]
    squares = sum((one - values.mean()) ** 2 for one in left)
    error = math.sqrt((len(sizes) - 1) / len(sizes) * squares)
    reach = t_quantile(0.9, whole_freedom(sizes)) * error
    interval = cluster_student(values.tolist(), clusters.tolist(), 0.9)
    assert interval.high - interval.low == pytest.approx(2 * reach, abs=1e-9)


@given(sizes=SIZES)
def test_freedom_is_satterthwaites(sizes: list[int]) -> None:
    """The squared trace over the trace of the square, with whole matrices."""
    size = np.array(sizes, dtype=float)
    above = np.eye(len(sizes)) - np.outer(size, np.ones(len(sizes))) / size.sum()
    parts = np.diag(1 / (size.sum() - size) ** 2) @ above @ np.diag(size**2) @ above.T
    wanted = np.trace(parts) ** 2 / np.trace(parts @ parts)
    assert freedom(sizes) == pytest.approx(wanted, rel=1e-6)
    assert freedom(sizes) <= len(sizes) - 1 + 1e-6


@given(count=st.integers(2, 50), size=st.integers(1, 30))
def test_clusters_of_one_size_count_fully(count: int, size: int) -> None:
    """One degree of freedom goes to the mean."""
    assert freedom([size] * count) == pytest.approx(count - 1)


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [[10] * 5, [2] * 15 + [30] * 5, [1] * 40 + [40] * 2])
def test_few_or_uneven_clusters_raise_no_false_alarms(sizes: list[int]) -> None:
    """At most 6% of 2,000 data sets, give or take two standard errors: 1.1%."""
    rng = np.random.default_rng(2)
    clusters = np.repeat(np.arange(len(sizes)), sizes)
    alarms = 0
    for _ in range(2_000):
        groups, cases = rng.normal(size=len(sizes)), rng.normal(size=len(clusters))
        values = math.sqrt(0.7) * groups[clusters] + math.sqrt(0.3) * cases
        interval = cluster_student(values.tolist(), clusters.tolist(), 0.95)
        alarms += not interval.low <= 0 <= interval.high
    assert alarms / 2_000 <= 0.06 + 0.011


def test_never_narrower_than_independent_cases() -> None:
    """One loss in 500 cases of 50 passages is not known to a tenth of the usual precision."""
    base, candidate = [1.0] * 500, [0.0] + [1.0] * 499
    clusters = [index // 10 for index in range(500)]
    alone, grouped = gain(base, candidate), gain(base, candidate, clusters=clusters)
    assert grouped.bounds.method == "cluster t"
    assert grouped.bounds.low <= alone.bounds.low < alone.bounds.high <= grouped.bounds.high


def gain(base: list[float], candidate: list[float], **options: Any) -> Estimate:
    """Return the estimate of a mean difference of 0/1 scores."""
    difference = (math.fsum(candidate) - math.fsum(base)) / len(base)
    options = {"binary": True, "replicates": None, "levels": LEVELS} | options
    return estimate_gain(base, candidate, value=difference, **options)


@pytest.mark.parametrize(
    ("values", "clusters", "count"),
    [([0, 1] * 2, [5] * 4, 1), ([0, 1] * 20, [index // 20 for index in range(40)], 2)],
)
def test_no_spread_between_clusters_is_no_proof(
    values: list[float], clusters: list[int], count: int
) -> None:
    """One cluster, or clusters that are all alike, leave room for unseen clusters."""
    found = estimate_value(
        values, binary=True, levels=LEVELS, replicates=None, value=0.5, clusters=clusters
    )
    alike = estimate_value([0.5] * count, binary=False, levels=LEVELS, replicates=None, value=0.5)
    assert found == alike
    assert found.bounds.method == "unanimous"


def test_clusters_whose_cases_cancel_are_no_narrower_than_independent_cases() -> None:
    """1,000 passages with a win and a loss each: alike as passages, but 2,000 changes as cases."""
    base, candidate = [1.0, 0.0] * 1_000, [0.0, 1.0] * 1_000
    clusters = [index // 2 for index in range(2_000)]
    alone = gain(base, candidate).interval
    grouped = gain(base, candidate, clusters=clusters).interval
    assert grouped.method == "unanimous"
    assert grouped.low <= alone.low < -4
    assert grouped.high >= alone.high > 4


@settings(max_examples=40, deadline=None)
@given(pairs=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=60, max_size=120))
def test_singletons_are_near_the_unclustered_way(pairs: list[tuple[int, int]]) -> None:
    """A number of its own for every case widens a 0/1 gain by little, and never narrows it."""
    base, candidate = [float(one) for one, _ in pairs], [float(one) for _, one in pairs]
    alone, grouped = gain(base, candidate), gain(base, candidate, clusters=range(len(pairs)))
    if grouped.bounds.method == "cluster t":
        assert grouped.bounds.low <= alone.bounds.low
        assert grouped.bounds.high >= alone.bounds.high
        width = alone.bounds.high - alone.bounds.low
        assert grouped.bounds.high - grouped.bounds.low <= 1.25 * width


def test_replicates_draw_whole_clusters() -> None:
    """All cases of a cluster are drawn together, as many clusters as there are."""
    clusters = [3, 1, 3, 3, 1, 8]
    counts = np.concatenate(list(resample_counts(6, seed=1, replicates=400, clusters=clusters)))
    assert counts.shape == (400, 6)
    assert (counts[:, [0]] == counts[:, [2, 3]]).all()
    assert (counts[:, 1] == counts[:, 4]).all()
    assert (counts[:, 0] + counts[:, 1] + counts[:, 5] == 3).all()


def test_singletons_draw_as_cases_do() -> None:
    """Every case its own cluster: the same counts as without clusters."""
    alone = np.concatenate(list(resample_counts(9, seed=2, replicates=50)))
    grouped = np.concatenate(list(resample_counts(9, seed=2, replicates=50, clusters=range(9))))
    assert (alone == grouped).all()


def test_replicates_count_clusters() -> None:
    """The percentiles of few clusters are expanded as those of few cases are."""
    replicates = np.random.default_rng(0).normal(0.5, 0.05, size=2000)
    options: dict[str, Any] = {"binary": False, "levels": LEVELS, "value": 0.5}
    options["replicates"] = replicates
    few = estimate_value([0.5] * 40, clusters=[index // 10 for index in range(40)], **options)
    assert few == estimate_value([0.5] * 4, **options)
    uneven = estimate_value(
        [0.5] * 40, clusters=[max(0, index - 36) for index in range(40)], **options
    )
    assert whole_freedom([37, 1, 1, 1]) == 1
    assert uneven == estimate_value([0.5] * 2, **options)


def test_one_number_a_value() -> None:
    """A list of another length is a mistake upstream."""
    independent = Interval(low=0, high=1, level=0.9, method="wilson")
    with pytest.raises(ValueError, match="zip"):
        clustered([0, 1, 1], [1, 2], independent, limits=RATE)
    with pytest.raises(ValueError, match="2 cluster numbers for 3 cases"):
        next(resample_counts(3, seed=0, clusters=[1, 2]))
