"""The bootstrap: seeded, chunked, and as wide as Student's interval on few cases."""

import math
from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pytest

from pytest_ftevals.stats import bootstrap
from pytest_ftevals.stats.bootstrap import (
    BEYOND,
    REPLICATES,
    end_at,
    expanded_reach,
    percentile,
    resample_counts,
    resampled_means,
)
from pytest_ftevals.stats.means import student


def test_every_replicate_draws_n_cases() -> None:
    """Counts have a row a replicate, a column a case, and every row sums to n."""
    counts = np.concatenate(list(resample_counts(7, seed=1, replicates=50)))
    assert counts.shape == (50, 7)
    assert (counts.sum(axis=1) == 7).all()
    assert (counts >= 0).all()


def test_the_seed_decides() -> None:
    """The same seed gives the same counts, another seed others."""
    first, again, other = (next(resample_counts(30, seed=seed)) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_chunks_do_not_change_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts are the same however many replicates are held at once."""
    whole = np.concatenate(list(resample_counts(11, seed=3, replicates=40)))
    monkeypatch.setattr(bootstrap, "CHUNK_CELLS", 33)
    chunks = list(resample_counts(11, seed=3, replicates=40))
    assert max(map(len, chunks)) == 3
    assert (np.concatenate(chunks) == whole).all()


def test_large_tasks_stay_small_in_memory() -> None:
    """A chunk over 14,000 cases holds at most the promised number of counts."""
    first = next(resample_counts(14_000, seed=0))
    assert first.size <= bootstrap.CHUNK_CELLS


def test_draws_are_uniform() -> None:
    """Every case is drawn about once a replicate, with the variance of a multinomial."""
    counts = np.concatenate(list(resample_counts(50, seed=5, replicates=2000)))
    assert counts.mean(axis=0) == pytest.approx(np.ones(50), abs=0.12)
    assert counts.var() == pytest.approx(1 - 1 / 50, rel=0.05)


@pytest.mark.parametrize("n", [10, 40, 150])
def test_expanded_percentiles_are_as_wide_as_students(n: int) -> None:
    """On normal data the interval's width is Student's; plain percentiles are too narrow."""
    values = np.random.default_rng(n).normal(size=n)
    means = resampled_means(values, seed=0)
    interval, wanted = percentile(means, n, 0.9), student(values.tolist(), 0.9)
    assert interval.high - interval.low == pytest.approx(wanted.high - wanted.low, rel=0.08)
    assert (interval.low, interval.high) == pytest.approx(
        (wanted.low, wanted.high), abs=0.25 / math.sqrt(n)
    )


NORMAL = np.random.default_rng(6).normal(size=REPLICATES)


def test_ends_move_on_where_replicates_end() -> None:
    """As those of a normal distribution do, which these replicates come from."""
    tails = (0.025, 1e-3, 1e-4, 1e-5)
    found = [percentile(NORMAL, 1_000, 1 - 2 * tail) for tail in tails]
    assert all(wider.low < one.low and one.high < wider.high for one, wider in pairwise(found))
    for tail, interval in zip(tails, found, strict=True):
        z = NormalDist().inv_cdf(1 - tail)
        assert (interval.low, interval.high) == pytest.approx((-z, z), rel=0.1)
    assert found[-1].low < NORMAL.min()
    assert found[-1].high > NORMAL.max()


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95, 0.98])
def test_usual_ends_are_quantiles(level: float) -> None:
    """Nothing is extrapolated where ten replicates or more lie beyond an end."""
    tail = NormalDist().cdf(-expanded_reach(50, level))
    assert tail * REPLICATES >= BEYOND
    interval = percentile(NORMAL, 50, level)
    assert (interval.low, interval.high) == tuple(np.quantile(NORMAL, [tail, 1 - tail]))


def test_extrapolating_begins_without_a_step() -> None:
    """At the quantile with ten replicates beyond it, and never within the plain quantile."""
    known = NormalDist().inv_cdf(BEYOND / REPLICATES)
    inside, outside = end_at(NORMAL, known + 1e-9), end_at(NORMAL, known - 1e-9)
    assert outside == pytest.approx(inside, abs=1e-6)
    rare = np.zeros(REPLICATES)
    rare[:3] = 1
    assert end_at(rare, 3.5) == np.quantile(rare, NormalDist().cdf(3.5)) > 0


def test_student_equals_scipy() -> None:
    """Student's interval equals scipy's."""
    from scipy.stats import ttest_1samp

    values = np.random.default_rng(0).uniform(size=250).tolist()
    wanted = ttest_1samp(values, 0).confidence_interval(0.95)
    interval = student(values, 0.95)
    assert (interval.low, interval.high) == pytest.approx((wanted.low, wanted.high), rel=1e-9)
