"""The interval of a recipe's mean over seeds: by hand, by table, and by simulation."""

import math
from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.comparison import Estimate, Interval
from pytest_ftevals.stats.estimate import estimate_gain
from pytest_ftevals.stats.seeds import reach, with_seeds

if TYPE_CHECKING:
    import numpy as np

ANY = (-math.inf, math.inf)


def _estimate(value: float, low: float, high: float, *, shared: bool = False) -> Estimate:
    shown = Interval(low=low, high=high, level=0.95, method="t")
    held = replace(shown, level=0.90)
    return Estimate(value=value, interval=shown, bounds=held, shared=shown if shared else None)


@pytest.mark.parametrize(
    ("seeds", "level", "t"),
    [(2, 0.95, 12.706), (3, 0.95, 4.303), (5, 0.95, 2.776), (3, 0.90, 2.920), (10, 0.99, 3.250)],
)
def test_reach_is_students(seeds: int, level: float, t: float) -> None:
    """As in any table of t: that of S - 1 degrees of freedom times the standard error."""
    values = [float(number) for number in range(seeds)]
    spread = math.sqrt(sum((one - fmean(values)) ** 2 for one in values) / (seeds - 1))
    assert reach(values, level) == pytest.approx(t * spread / math.sqrt(seeds), rel=2e-4)


def test_reaches_are_joined_on_each_side() -> None:
    """Squares add, below and above apart; every interval by its own level."""
    values = [1.0, 2.0, 3.0]
    found = with_seeds(_estimate(2.0, -1.0, 6.0, shared=True), [values], ANY)
    wide = 4.302653 / math.sqrt(3)
    assert found.interval.low == pytest.approx(2 - math.hypot(3, wide), rel=1e-6)
    assert found.interval.high == pytest.approx(2 + math.hypot(4, wide), rel=1e-6)
    assert found.shared == found.interval
    narrow = 2.919986 / math.sqrt(3)
    assert found.bounds.high == pytest.approx(2 + math.hypot(4, narrow), rel=1e-6)
    assert (found.value, found.interval.method, found.bounds.level) == (2.0, "t, seeds", 0.90)


def test_both_sides_may_have_seeds() -> None:
    """A group against a group has the noise of both; a model that was trained once adds none."""
    cases, first, second = _estimate(0.0, -3.0, 3.0), [0.0, 1.0], [2.0, 4.0, 3.0]
    both = with_seeds(cases, [first, second], ANY).interval
    reaches = reach(first, 0.95), reach(second, 0.95)
    assert both.high == pytest.approx(math.hypot(3, *reaches))
    assert with_seeds(cases, [[5.0], [2.0]], ANY) == cases


def test_seeds_that_agree_add_nothing() -> None:
    """Then the noise of the cases is all there is to be seen."""
    cases = _estimate(0.5, 0.4, 0.7)
    found = with_seeds(cases, [[0.5, 0.5, 0.5]], (0.0, 1.0))
    assert (found.interval.low, found.interval.high) == pytest.approx((0.4, 0.7))


def test_intervals_stay_within_what_is_possible() -> None:
    """Two seeds that lie apart say nothing at all of a rate."""
    found = with_seeds(_estimate(0.5, 0.4, 0.6), [[0.1, 0.9]], (0.0, 1.0))
    assert (found.interval.low, found.interval.high) == (0.0, 1.0)


def _covers(
    draw: "np.random.Generator", *, seeds: int, spread: float, cases: int
) -> tuple[bool, bool]:
    """Return whether the interval with and without seeds covers a recipe's true gain of 0.

    Seeds shift a normal score by `spread`; cases by 10, and each answer by another 10.
    """
    shifts = draw.normal(0, spread, (seeds, 1))
    gains = shifts + draw.normal(0, 10, cases) + draw.normal(0, 10, (seeds, cases))
    mean = gains.mean(axis=0).tolist()
    plain = estimate_gain(
        [0.0] * cases,
        mean,
        binary=False,
        levels=(0.95, 0.90),
        replicates=None,
        value=fmean(mean),
        scale=1,
    )
    wide = with_seeds(plain, [gains.mean(axis=1).tolist()], ANY)
    return (
        wide.interval.low <= 0 <= wide.interval.high,
        plain.interval.low <= 0 <= plain.interval.high,
    )


@pytest.mark.parametrize(("seeds", "spread"), [(3, 0.0), (3, 1.0), (3, 4.0), (5, 1.0), (5, 4.0)])
def test_coverage(seeds: int, spread: float) -> None:
    """95% intervals cover at least 94% whatever the seeds do; those of the cases alone do not."""
    import numpy as np

    draw = np.random.default_rng([seeds, int(10 * spread)])
    runs = [_covers(draw, seeds=seeds, spread=spread, cases=250) for _ in range(2000)]
    wide, plain = (fmean(run[side] for run in runs) for side in (0, 1))
    assert wide >= 0.94
    if spread == 4.0:
        assert plain < 0.80
