"""The bootstrap: seeded, chunked, and as wide as Student's interval on few cases."""

import math

import numpy as np
import pytest

from pytest_ftevals.stats import bootstrap
from pytest_ftevals.stats.bootstrap import percentile, resample_counts, resampled_means
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


def test_student_equals_scipy() -> None:
    """Student's interval equals scipy's."""
    from scipy.stats import ttest_1samp

    values = np.random.default_rng(0).uniform(size=250).tolist()
    wanted = ttest_1samp(values, 0).confidence_interval(0.95)
    interval = student(values, 0.95)
    assert (interval.low, interval.high) == pytest.approx((wanted.low, wanted.high), rel=1e-9)
