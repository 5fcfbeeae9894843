"""Bounds of quantiles by rank: as often right as they say, infinite where no rank is enough."""

import math

import numpy as np
import pytest

from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.core.ranked import Numbers, Ranked
from pytest_ftevals.stats.quantile import quantile_interval

ONE_SIDED = 0.90
"""Both of its ends are one-sided bounds at 95%."""


def of(values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> Numbers:
    """Return cases with the answers in their rows."""
    return tuple(tuple(row) for row in values.reshape(len(values), -1).tolist())


def found(share: float, *seeds: Numbers, clusters: list[int] | None = None) -> Interval:
    """Return the interval whose ends are one-sided bounds at 95%."""
    return quantile_interval(Ranked(share=share, seeds=seeds), ONE_SIDED, clusters)


@pytest.mark.parametrize(
    ("share", "n", "low", "high"),
    [
        (0.95, 58, 52, math.inf),
        (0.95, 59, 53, 59),
        (0.99, 298, 292, math.inf),
        (0.99, 299, 293, 299),
        (0.5, 4, -math.inf, math.inf),
        (0.5, 5, 1, 5),
        (0.5, 20, 6, 15),
        (1.0, 10_000, 10_000, math.inf),
        (0.95, 100, 91, 99),
    ],
)
def test_bounds_are_ranks(share: float, n: int, low: float, high: float) -> None:
    """The least sizes are those of Meeker, Hahn & Escobar's table: 59, 299; no maximum has one."""
    interval = found(share, of(np.arange(1.0, n + 1)))
    assert (interval.low, interval.high, interval.level) == (low, high, ONE_SIDED)


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
@pytest.mark.parametrize("n", [5, 20, 59, 120, 400])
def test_they_hold_as_often_as_they_say(share: float, n: int) -> None:
    """Of exponential latencies: both miss at most 5% of samples, and not never where there are."""
    runs, rng, true = 800, np.random.default_rng(n), -math.log(1 - share)
    intervals = [found(share, of(rng.exponential(size=n))) for _ in range(runs)]
    noise = 3 * math.sqrt(0.05 * 0.95 / runs)
    for missed, ends in (
        (sum(one.low > true for one in intervals), [one.low for one in intervals]),
        (sum(one.high < true for one in intervals), [one.high for one in intervals]),
    ):
        assert missed / runs <= 0.05 + noise
        assert missed or math.isinf(ends[0]) or n * (1 - share) < 1


def test_answers_to_one_case_count_as_one() -> None:
    """Three equal answers to each tell no more than one; neither do cases that make a cluster."""
    values = np.random.default_rng(3).exponential(size=59)
    alone = found(0.95, of(values))
    assert found(0.95, of(np.repeat(values[:, np.newaxis], 3, axis=1))) == alone
    clusters = [number // 3 for number in range(177)]
    assert found(0.95, of(np.repeat(values, 3)), clusters=clusters) == alone
    assert found(0.95, of(values[:58].repeat(9).reshape(58, 9))).high == math.inf
    assert found(0.5, of(values), clusters=[7] * 59).high == math.inf


def test_seeds_share_the_error() -> None:
    """The mean of bounds that hold at once: two of 59 cases have none, two of 72 have one."""
    one, other = of(np.arange(1.0, 73)), of(np.arange(101.0, 173))
    assert found(0.95, one[:59], other[:59]).high == math.inf
    assert found(0.95, one, other).high == (72 + 172) / 2
