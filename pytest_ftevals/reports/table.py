"""Tables that fit a width by giving up columns and letters in a stated order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_ftevals.reports.clean import display_width, padded
from pytest_ftevals.reports.page import Line, Page, Style

_GAP = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table."""

    key: str
    header: str
    right: bool = False
    name: bool = False
    """Whether its cells are names, which may be shortened."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; columns without a cell stay empty."""

    cells: Mapping[str, str]
    style: Style | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A line between rows, shown only in layouts that lack the column `unless`."""

    text: str
    unless: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which columns to show, and how far names and headers may be shortened."""

    keys: tuple[str, ...]
    shortest: int | None = None
    """Columns that a shortened name keeps at least; None: names are whole."""
    headers: bool = False
    """Whether headers stay whole all the same."""


def table(
    columns: Sequence[Column],
    body: Sequence[Row | Heading],
    layouts: Sequence[Layout],
    page: Page,
) -> list[Line]:
    """Return the table in the first of `layouts` that fits the page, else in the last, cut off."""
    rows = [entry for entry in body if isinstance(entry, Row)]
    widths: dict[str, int] = {}
    for layout in layouts:
        shown = [column for column in columns if column.key in layout.keys]
        widths = _widths(shown, rows, layout, page.width)
        if sum(widths.values()) + _GAP * (len(shown) - 1) <= page.width:
            break
    shown = [column for column in columns if column.key in widths]
    header = Row({column.key: column.header for column in shown})
    lines: list[Line] = []
    for entry in (header, *body):
        if isinstance(entry, Row):
            lines.append(Line(_row_text(entry, shown, widths, page), entry.style))
        elif entry.unless not in widths:
            lines.append(Line(entry.text))
    return lines


def _widths(
    columns: Sequence[Column], rows: Sequence[Row], layout: Layout, width: int
) -> dict[str, int]:
    needed: dict[str, int] = {}
    least: dict[str, int] = {}
    for column in columns:
        cells = max((display_width(row.cells.get(column.key, "")) for row in rows), default=0)
        needed[column.key] = max(cells, display_width(column.header))
        floor = min(layout.shortest or cells, cells) if column.name else cells
        floor = max(floor, display_width(column.header)) if layout.headers else floor
        least[column.key] = max(floor, 1) if layout.shortest else needed[column.key]
    excess = sum(needed.values()) + _GAP * (len(columns) - 1) - width
    while excess > 0:
        key = max(needed, key=lambda key: (needed[key] > least[key], needed[key]))
        if needed[key] <= least[key]:
            break
        needed[key] -= 1
        excess -= 1
    return needed


def _row_text(row: Row, columns: Sequence[Column], widths: Mapping[str, int], page: Page) -> str:
    cells = [
        padded(
            page.shorten(row.cells.get(column.key, ""), widths[column.key]),
            widths[column.key],
            right=column.right,
        )
        for column in columns
    ]
    return (" " * _GAP).join(cells).rstrip()
