"""The trade-off: what each candidate gains on its target against what it costs elsewhere."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pytest_ftevals.core.record import Record, TradeoffRow
from pytest_ftevals.reports.html.charts import Scale, even_scale
from pytest_ftevals.reports.page import Page
from pytest_ftevals.reports.tradeoff import (
    said_of_tradeoff,
    seed_lines,
    traded_cells,
    traded_measures,
)

_WIDE = Page(width=100_000)
_SMALLEST, _LARGEST = 5.0, 14.0
"""Radii in pixels; areas between them are proportional to sizes."""
_PER_LETTER, _LINE = 1.5, 6.5
"""Percent of the drawing's width that a letter takes, and of its height that a line does."""
_LONGEST = 18
"""Letters of a name in the drawing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A candidate in the drawing."""

    number: int
    """Its row in the table."""
    row: TradeoffRow
    cells: Mapping[str, str]
    x: float
    """Percent of the width from the left."""
    y: float
    """Percent of the height from the top."""
    radius: float
    label_side: int
    """1 where its name stands to its right, -1 to its left."""
    label_y: float
    """Percent of the height from the top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traded:
    """The trade-off as it is shown."""

    measures: tuple[str, ...]
    rows: tuple[tuple[TradeoffRow, Mapping[str, str]], ...]
    said: tuple[str, ...]
    seeds: tuple[str, ...]
    """How far the seeds of each group lie apart."""
    points: tuple[Point, ...]
    """Those that have both a target and a general measure."""
    front: tuple[tuple[Point, Point], ...]
    """Neighbours on the Pareto front."""
    x: Scale
    y: Scale


def traded(record: Record) -> Traded | None:
    """Return the trade-off; None for a record without one."""
    if not record.tradeoff:
        return None
    rows = tuple((row, traded_cells(row, _WIDE)) for row in record.tradeoff)
    placed = [(row.general, row.target) for row, _ in rows if _is_placed(row)]
    x = even_scale((general or 0.0 for general, _ in placed), least=2.0)
    y = even_scale((target or 0.0 for _, target in placed), least=2.0)
    points = _points(rows, x, y)
    front = sorted((one for one in points if one.row.pareto), key=lambda one: one.x)
    return Traded(
        measures=tuple(traded_measures(record.tradeoff, _WIDE)),
        rows=rows,
        said=tuple(said_of_tradeoff(record, _WIDE)),
        seeds=tuple(line.text for line in seed_lines(record.comparisons, _WIDE)),
        points=tuple(points),
        front=tuple(pairwise(front)),
        x=x,
        y=y,
    )


def _is_placed(row: TradeoffRow) -> bool:
    return all(one is not None and math.isfinite(one) for one in (row.target, row.general))


def _points(
    rows: Sequence[tuple[TradeoffRow, Mapping[str, str]]], x: Scale, y: Scale
) -> list[Point]:
    largest = max((row.size for row, _ in rows), default=0) or 1
    bare = [
        Point(
            number=number,
            row=row,
            cells=cells,
            x=x.at(row.general or 0.0),
            y=round(100 - y.at(row.target or 0.0), 2),
            radius=round(max(_SMALLEST, _LARGEST * math.sqrt(max(row.size, 0) / largest)), 1),
            label_side=1,
            label_y=0.0,
        )
        for number, (row, cells) in enumerate(rows, 1)
        if _is_placed(row)
    ]
    return _labelled(bare)


def _labelled(bare: Sequence[Point]) -> list[Point]:
    """Return the points with places for their names: none on another, as far as there is room."""
    taken: list[tuple[float, float, float]] = [(one.x - 2.5, one.x + 2.5, one.y) for one in bare]
    placed = []
    for one in bare:
        width = 5.0 + _PER_LETTER * min(len(one.row.candidate), _LONGEST)
        free = (place for place in _places(one, width) if not any(_meet(place, t) for t in taken))
        left, right, height = next(free, (one.x + 1.6, one.x + width, one.y))
        taken.append((left, right, height))
        side = 1 if left > one.x else -1
        placed.append(replace(one, label_side=side, label_y=round(height, 2)))
    return placed


def _places(point: Point, width: float) -> Iterable[tuple[float, float, float]]:
    """Yield (left, right, height) of where a name may stand, the best first."""
    for lines in (0, -1, 1, -2, 2, -3, 3):
        height = point.y + lines * _LINE
        if 0 <= height <= 100:  # noqa: PLR2004 - percent
            sides = (
                (point.x + 1.6, point.x + width, height),
                (point.x - width, point.x - 1.6, height),
            )
            yield from (one for one in sides if one[0] >= 0 and one[1] <= 100)  # noqa: PLR2004


def _meet(one: tuple[float, float, float], other: tuple[float, float, float]) -> bool:
    return abs(one[2] - other[2]) < _LINE * 0.9 and one[0] < other[1] and other[0] < one[1]
