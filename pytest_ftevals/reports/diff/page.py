"""A difference as text, the statement first; names and replies are cleaned as on a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Literal

from pytest_ftevals.core.record import ComparisonRow
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.deltas import number_cells
from pytest_ftevals.reports.diff.case_lines import case_lines, more, turned
from pytest_ftevals.reports.diff.difference import Difference
from pytest_ftevals.reports.diff.settings import SettingChange
from pytest_ftevals.reports.diff.values import ValueChange
from pytest_ftevals.reports.headline import headline
from pytest_ftevals.reports.json_text import json_text
from pytest_ftevals.reports.page import Page
from pytest_ftevals.reports.table import Column, Layout, Row, table

_MOST = 10
"""Tests, and facts about failures."""
_LABEL = len("before") + 2
_LONGEST_HEADER = 16
_KEYS = ("task", "metric", "candidate", "n", "base", "value", "delta", "moved")


def difference_lines(
    found: Difference, page: Page, *, titles: tuple[str, str], everything: bool = False
) -> list[str]:
    """Return a difference in lines of at most the page's width.

    `titles` are what the two reports are called. Without `everything` rows of slices are counted
    unless their verdict changed, and of cases and tests the first are shown.
    """
    sections = (
        _titled(found, page, titles),
        _settings(found.settings, page),
        _values(found, page, everything=everything),
        _verdicts(found, page),
        _tests(found, page, everything=everything),
        _failures(found.failures, page, everything=everything),
        case_lines(found.cases, page, everything=everything),
    )
    lines = page.wrapped(found.statement)
    for section in sections:
        shown = list(section)
        if shown:
            lines += ["", *shown]
    return [line.text for line in page.lines(lines)]


def _titled(found: Difference, page: Page, titles: tuple[str, str]) -> Iterator[str]:
    sides = (("before", titles[0], found.before), ("after", titles[1], found.after))
    for word, title, record in sides:
        said, started = headline(record), str(record.run.get("started") or "")
        name = page.shorten(page.clean(title), page.width - _LABEL, keep_end=True)
        parts = filter(None, (name, page.clean(started), said.word, *said.text.split(" · ")))
        yield from page.joined(word.ljust(_LABEL), parts, indent=_LABEL)
    for old, new in found.names.items():
        yield from page.wrapped(
            f"{page.clean(old)} of the first report is compared with {page.clean(new)} of the "
            "second"
        )


def _settings(changes: Sequence[SettingChange], page: Page) -> Iterator[str]:
    if changes:
        yield "settings"
    for one in changes:
        if one.name:
            yield from _changed(f"{one.of} {one.name}", one, page)
        else:
            where = "after" if one.before == "absent" else "before"
            yield f"  {page.excerpt(one.of, page.width - 3)}: only {where}"
    gone, new = (_candidates(changes, where) for where in ("before", "after"))
    if len(gone) == len(new) == 1:
        pair = page.clean(f"{gone[0]}={new[0]}")
        yield from page.wrapped(f"  candidates of other names are compared with --candidate {pair}")


def _changed(title: str, one: SettingChange, page: Page) -> Iterator[str]:
    """Yield a fact before and after, in two lines where one does not hold it."""
    room = max((page.width - 8) // 2, 8)
    name = page.excerpt(title, page.width - 3)
    both = turned(*(page.excerpt(_text(side), room) for side in (one.before, one.after)))
    if len(name) + len(both) + 4 <= page.width:
        yield f"  {name}: {both}"
    else:
        yield f"  {name}"
        yield f"    {both}"


def _failures(changes: Sequence[SettingChange], page: Page, *, everything: bool) -> Iterator[str]:
    most = None if everything else _MOST
    for of, same in groupby(changes[:most], key=lambda one: one.of):
        yield page.excerpt(of, page.width)
        for one in same:
            yield from _changed(one.name, one, page)
    yield from more(len(changes), most)


def _candidates(changes: Sequence[SettingChange], where: Literal["before", "after"]) -> list[str]:
    """Return the variants that only one report has."""
    return [
        one.of.removeprefix("variant ")
        for one in changes
        if one.of.startswith("variant ") and not one.name and getattr(one, where) == "present"
    ]


def _text(value: Any) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else json_text(value)


def _values(found: Difference, page: Page, *, everything: bool) -> Iterator[str]:
    changed = [one for one in found.values if one.in_numbers]
    shown = [one for one in changed if everything or one.row.slice is None or one.decided]
    left = len(changed) - len(shown)
    if shown:
        rows = [Row(_cells(one, found, page)) for one in shown]
        inner = Page(width=page.width - 2, ascii_only=page.ascii_only)
        yield "values"
        moved = any(row.cells["moved"] for row in rows)
        lines = table(_columns(shown, page), rows, _layouts(shown, moved=moved), inner)
        yield from (f"  {line.text}" for line in lines)
    elif left:
        yield "values"
    if left:
        yield f"  and {numbers.counted(left, 'value')} on slices; --all lists them"
    if shown and moved:
        yield from page.wrapped(
            "  cases: how many of them the candidate scores higher (+) and lower (-) than before"
        )


def _cells(one: ValueChange, found: Difference, page: Page) -> dict[str, str]:
    row = one.row
    sides = [None if side is None else _numbers(side) for side in (one.before, one.after)]
    moved = found.moved.get((row.task, row.metric, row.slice, row.candidate))
    where = "" if row.slice is None else f"[{row.slice}]"
    against = "" if row.reference == BASE else f" against {row.reference}"
    return {
        "task": page.clean(row.task),
        "metric": page.clean(row.metric + where),
        "candidate": page.clean(row.candidate + against),
        **{key: _side_by_side(sides, key) for key in ("n", "base", "value", "delta")},
        "moved": "" if moved is None else f"+{numbers.count(moved.higher)} -{moved.lower:,}",
    }


def _numbers(row: ComparisonRow) -> dict[str, str]:
    return {**number_cells(row, "+-"), "n": numbers.count(row.n)}


def _side_by_side(sides: Sequence[Mapping[str, str] | None], key: str) -> str:
    before, after = (None if side is None else side[key] for side in sides)
    return turned("none" if before is None else before, "none" if after is None else after)


def _columns(shown: Sequence[ValueChange], page: Page) -> tuple[Column, ...]:
    """Return the columns; where all rows are of one candidate, its value stands under its name."""
    names = {one.row.candidate for one in shown}
    value = "value" if len(names) > 1 else page.excerpt(names.pop(), _LONGEST_HEADER)
    headers = {"value": value, "moved": "cases"}
    texts = ("task", "metric", "candidate")
    return tuple(
        Column(key=key, header=headers.get(key, key), right=key not in texts, name=key in texts)
        for key in _KEYS
    )


def _layouts(shown: Sequence[ValueChange], *, moved: bool) -> list[Layout]:
    """Return what gives way on a narrow page: n, one candidate's name, the base, the cases."""
    several = len({(one.row.candidate, one.row.reference) for one in shown}) > 1
    empty = () if moved else ("moved",)
    keys = tuple(key for key in _KEYS if key not in empty and (several or key != "candidate"))
    layouts = [Layout(keys=keys), Layout(keys=tuple(key for key in keys if key != "n"))]
    for gone in ("base", "moved", "value"):
        layouts.append(Layout(keys=layouts[-1].keys, shortest=8, headers=True))
        layouts.append(Layout(keys=tuple(key for key in layouts[-1].keys if key != gone)))
    layouts.append(Layout(keys=layouts[-1].keys, shortest=3, headers=True))
    return [*layouts, Layout(keys=layouts[-1].keys, shortest=3)]


def _verdicts(found: Difference, page: Page) -> Iterator[str]:
    changes = [one for one in found.values if one.decided]
    if changes:
        yield "verdicts"
    for one in changes:
        row = one.row
        names = [row.task, row.slice or "", row.metric, row.candidate]
        named = " ".join(filter(None, names))
        yield "  " + page.excerpt(named, page.width - 2)
        both = (one.verdicts_before, one.verdicts_after)
        old, new = ([page.clean(text) for text in side] for side in both)
        for word, side, other in (("before", old, new), ("after", new, old)):
            gone = [text for text in side if text not in other]
            yield from (f"    {word:<8}{text}" for text in gone or ["not stated"])


def _tests(found: Difference, page: Page, *, everything: bool) -> Iterator[str]:
    if found.outcomes:
        yield "tests"
    most = None if everything else _MOST
    for one in found.outcomes[:most]:
        both = turned(one.before or "none", one.after or "none")
        name = page.shorten(page.clean(one.nodeid), page.width - len(both) - 4, keep_end=True)
        yield f"  {name}: {both}"
    yield from more(len(found.outcomes), most)
