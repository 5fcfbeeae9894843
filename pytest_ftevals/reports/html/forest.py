"""The forest plot: where each difference, its interval and its thresholds stand on their axis."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from pytest_ftevals.core.record import ComparisonRow, ThresholdRow
from pytest_ftevals.reports.html.charts import Scale, centred_scale, points_scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A threshold that speaks of a drop or a gain."""

    at: float
    """Percent of the width."""
    side: int
    """1 where what lies to its right passes, -1 for the left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A row of the plot; all places in percent of its width."""

    zero: float
    at: float | None
    """The difference; None where it is no number."""
    low: float | None
    high: float | None
    beyond: tuple[bool, bool]
    """Whether the interval's ends lie beyond the axis."""
    limits: tuple[Limit, ...]


def scale_of(rows: Sequence[ComparisonRow]) -> Scale:
    """Return one axis for rows in percentage points."""
    ends = chain.from_iterable((row.delta, *row.interval, *_bounds(row)) for row in rows)
    return points_scale(ends, [row.interval[1] - row.interval[0] for row in rows])


def own_scale(row: ComparisonRow) -> Scale:
    """Return the axis of a row in its metric's own unit, which no other row shares."""
    return centred_scale((row.delta, *row.interval, *_bounds(row)))


def bar(row: ComparisonRow, scale: Scale) -> Bar:
    """Return the row of the plot for one comparison."""
    low, high = row.interval
    known = not (math.isnan(low) or math.isnan(high))
    return Bar(
        zero=scale.at(0.0),
        at=None if math.isnan(row.delta) else scale.at(row.delta),
        low=scale.at(low) if known else None,
        high=scale.at(high) if known else None,
        beyond=(low < scale.low, high > scale.high),
        limits=tuple(
            Limit(at=scale.at(place), side=side)
            for one in dict.fromkeys(row.thresholds)
            for place, side in [_limit(row, one)]
            if place is not None and math.isfinite(place)
        ),
    )


def _bounds(row: ComparisonRow) -> list[float]:
    places = (_limit(row, one)[0] for one in row.thresholds)
    return [place for place in places if place is not None]


def _limit(row: ComparisonRow, threshold: ThresholdRow) -> tuple[float | None, int]:
    """Return the difference that just meets a threshold, and on which side others do.

    A value's bound is none of the difference between two values: no place.
    """
    if threshold.kind == "value":
        return None, 0
    better = 1 if row.higher_is_better else -1
    sign = better if threshold.kind == "gain" else -better
    side = 1 if threshold.op in (">", ">=") else -1
    return sign * threshold.bound, sign * side
