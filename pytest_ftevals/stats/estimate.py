"""Estimates with their intervals: the value of one variant, and the paired gain of a candidate.

Which method is used is decided here, but for quantiles (`quantile.py`), and nowhere else:

==============================================  ==================================
replicates are given (F1 and its like)          bootstrap percentiles of them
0/1 scores: a value                             Wilson
0/1 scores: a gain                              Tango's paired score, unskewed
real scores, 200 or more                        Student's t (of paired differences)
real scores, fewer                              BCa bootstrap
the same in clusters                            Student's t over clusters
no spread at all: one case, or all cases alike  a share of unseen cases at the limits
==============================================  ==================================

A value over classes is no surer than each class allows: five of one that are all right leave as
much room as five cases do, whatever the number of others. In an average that room has the weight
of a class.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from pytest_ftevals.core.comparison import Estimate, Interval
from pytest_ftevals.stats.bootstrap import percentile
from pytest_ftevals.stats.clusters import clustered, whole_freedom
from pytest_ftevals.stats.means import mean_interval
from pytest_ftevals.stats.tango import tango
from pytest_ftevals.stats.unanimous import unanimous, with_room
from pytest_ftevals.stats.wilson import wilson

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Limits = tuple[float, float]
"""The lowest and the highest value that is possible."""
Groups = Sequence[Sequence[int]]
"""Positions of cases."""

POINTS = 100
"""Percentage points in a difference of 1."""
RATE: Limits = (0.0, 1.0)
UNBOUNDED: Limits = (-math.inf, math.inf)


def estimate_value(
    values: Sequence[float],
    *,
    binary: bool,
    levels: tuple[float, ...],
    replicates: "NDArray[np.float64] | None",
    value: float,
    limits: Limits = RATE,
    clusters: Sequence[int] | None = None,
    groups: Groups | None = None,
) -> Estimate:
    """Return one variant's value with its intervals, in the metric's own unit.

    `values` are the cases' scores, `value` the metric's value over them, `levels` the two-sided
    confidence of `Estimate.interval`, `Estimate.bounds` and, if it is there, `Estimate.shared`.
    `replicates` are the values of bootstrap replicates where the value is no mean, `clusters` the
    number of each case's cluster where cases are not independent; replicates are then of whole
    clusters. `groups` are the positions of the cases that the value rests on, each group by itself;
    None for all cases. Replicates that have none of them are NaN. Raises ValueError without
    scores, or for scores that are no numbers.
    """
    _check(values)

    def independent(level: float) -> Interval:
        if binary:
            return wilson(_successes(values), len(values), level)
        if _alike(values):
            return unanimous(value, len(values), level, limits)
        return mean_interval(values, level)

    at = _method(values, independent, value, limits, replicates, clusters, groups)
    return _estimate(value, at, levels, limits)


def estimate_gain(  # noqa: PLR0913 - what a metric is, and what its cases are
    base: Sequence[float],
    candidate: Sequence[float],
    *,
    binary: bool,
    levels: tuple[float, ...],
    replicates: "NDArray[np.float64] | None",
    value: float,
    sign: Literal[1, -1] = 1,
    scale: float = POINTS,
    clusters: Sequence[int] | None = None,
    groups: Groups | None = None,
) -> Estimate:
    """Return how much better the candidate is, with intervals, in percentage points or own unit.

    `base` and `candidate` are scores of the same cases in the same order; `value` and `replicates`
    are candidate minus base in the metric's own unit; `sign` is -1 where lower is better; `scale`
    is 100 for metrics between 0 and 1, whose gain is in points, and 1 for others, whose gain has
    no limits; `clusters` and `groups` as for values, those of both sides. Raises ValueError without
    pairs, or for scores that are no numbers.
    """
    _check(base)
    _check(candidate)
    differences = [new - old for old, new in zip(base, candidate, strict=True)]
    limits = (-1.0, 1.0) if scale == POINTS else UNBOUNDED

    def independent(level: float) -> Interval:
        if binary:
            return tango(*_changes(base, candidate), len(differences), level)
        if _alike(differences):
            return unanimous(value, len(differences), level, limits)
        return mean_interval(differences, level)

    at = _method(differences, independent, value, limits, replicates, clusters, groups)
    return _estimate(value, at, levels, limits).scaled(sign * scale)


def _method(
    values: Sequence[float],
    independent: Callable[[float], Interval],
    value: float,
    limits: Limits,
    replicates: "NDArray[np.float64] | None",
    clusters: Sequence[int] | None,
    groups: Groups | None,
) -> Callable[[float], Interval]:
    """Return the interval at a level: of replicates, over clusters, or of independent values."""
    if replicates is not None:
        said = replicates[replicates == replicates]  # noqa: PLR0124 - NaN is not equal to itself
        return _of_replicates(values, said, value, limits, clusters, groups or ())

    def at(level: float) -> Interval:
        if clusters is not None:
            return clustered(values, clusters, independent(level), limits=limits)
        return independent(level)

    return at


def _of_replicates(
    values: Sequence[float],
    replicates: "NDArray[np.float64]",
    value: float,
    limits: Limits,
    clusters: Sequence[int] | None,
    groups: Groups,
) -> Callable[[float], Interval]:
    """Return the interval of replicates at a level, with room where a group has no spread."""

    def sizes(positions: Iterable[int]) -> list[int]:
        """Return the cases of each cluster; every case is one where they are independent."""
        return [*Counter(one if clusters is None else clusters[one] for one in positions).values()]

    still = [
        (values[group[0]], len(sizes(group)))
        for group in groups
        if len(group) and _alike([values[one] for one in group])
    ]
    own = sizes(set().union(*groups) if groups else range(len(values)))
    drawn = max(2, len(own))
    if clusters is not None and len(own) > 1:
        drawn = whole_freedom(own) + 1

    def at(level: float) -> Interval:
        weight = 1 / max(1, len(groups))
        if not _alike(replicates):
            return with_room(percentile(replicates, drawn, level), value, still, weight, limits)
        found = unanimous(value, max(1, len(own)), level, limits)
        room = with_room(replace(found, low=value, high=value), value, still, weight, limits)
        return replace(found, low=min(found.low, room.low), high=max(found.high, room.high))

    return at


def _estimate(
    value: float, at: Callable[[float], Interval], levels: tuple[float, ...], limits: Limits
) -> Estimate:
    shown, held, *shared = (_around(value, at(level), limits) for level in levels)
    return Estimate(value=value, interval=shown, bounds=held, shared=shared[0] if shared else None)


def _around(value: float, interval: Interval, limits: Limits) -> Interval:
    # Percentiles of a biased ratio (F1 on few cases) can miss the estimate itself, and Student's
    # interval can leave the possible range.
    return replace(
        interval,
        low=min(value, max(limits[0], interval.low)),
        high=max(value, min(limits[1], interval.high)),
    )


def _check(values: Sequence[float]) -> None:
    if not len(values):
        raise ValueError("no scores: nothing can be estimated")
    if not all(map(math.isfinite, values)):
        raise ValueError("a score is not a finite number")


def _alike(values: "Sequence[float] | NDArray[np.float64]") -> bool:
    # Resampled means of equal numbers differ in the last bits.
    return float(max(values)) - float(min(values)) <= 1e-12 * max(1.0, abs(float(values[0])))


def _successes(values: Sequence[float]) -> int:
    if not set(values) <= {0, 1}:
        raise ValueError("binary scores are 0 or 1")
    return int(sum(values))


def _changes(base: Sequence[float], candidate: Sequence[float]) -> tuple[int, int]:
    """Return how many pairs are right in the candidate only, and in the base only."""
    both = sum(1 for old, new in zip(base, candidate, strict=True) if old == new == 1)
    return _successes(candidate) - both, _successes(base) - both
