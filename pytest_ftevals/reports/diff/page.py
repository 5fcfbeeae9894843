"""A difference as text, the statement first; names and replies are cleaned as on a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pytest_ftevals.core.record import ComparisonRow
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.clean import display_width
from pytest_ftevals.reports.deltas import number_cells
from pytest_ftevals.reports.diff.cases import KINDS, CaseChange, CaseChanges, Kind
from pytest_ftevals.reports.diff.difference import Difference
from pytest_ftevals.reports.diff.settings import SettingChange
from pytest_ftevals.reports.diff.values import ValueChange
from pytest_ftevals.reports.headline import headline
from pytest_ftevals.reports.json_text import json_text
from pytest_ftevals.reports.page import Page
from pytest_ftevals.reports.table import Column, Layout, Row, table

_MOST: Mapping[Kind, int] = {"lost": 5, "won": 3, "not scored": 3, "scored": 3, "reply": 3}
_MOST_TESTS = 10
_LABEL = len("before") + 2
_LONGEST_HEADER = 16
_SAID: Mapping[Kind, tuple[str, str]] = {
    "lost": ("newly failing", "worse"),
    "won": ("newly passing", "better"),
    "not scored": ("not scored any more", "not scored any more"),
    "scored": ("scored now", "scored now"),
    "reply": ("with another reply, as good or bad", "with another reply, as good or bad"),
}
"""Where answers pass or fail, and where they only score higher or lower."""
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
        _cases(found, page, everything=everything),
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
    room = max((page.width - 8) // 2, 8)
    for one in changes:
        name = page.excerpt(f"{one.of} {one.name}".strip(), page.width - 3)
        if not one.name:
            where = "after" if one.before == "absent" else "before"
            yield f"  {name}: only {where}"
            continue
        both = _turned(*(page.excerpt(_text(side), room) for side in (one.before, one.after)))
        if len(name) + len(both) + 4 <= page.width:
            yield f"  {name}: {both}"
        else:
            yield f"  {name}"
            yield f"    {both}"
    gone, new = (_candidates(changes, where) for where in ("before", "after"))
    if len(gone) == len(new) == 1:
        pair = page.clean(f"{gone[0]}={new[0]}")
        yield from page.wrapped(f"  candidates of other names are compared with --candidate {pair}")


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
        lines = table(_columns(shown, page), rows, _layouts(shown), inner)
        yield from (f"  {line.text}" for line in lines)
    elif left:
        yield "values"
    if left:
        yield f"  and {numbers.counted(left, 'value')} on slices; --all lists them"
    if any(row.cells["moved"] for row in (rows if shown else ())):
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
    return _turned("none" if before is None else before, "none" if after is None else after)


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


def _layouts(shown: Sequence[ValueChange]) -> list[Layout]:
    """Return what gives way on a narrow page: n, one candidate's name, the base, the cases."""
    several = len({(one.row.candidate, one.row.reference) for one in shown}) > 1
    keys = _KEYS if several else tuple(key for key in _KEYS if key != "candidate")
    layouts = [Layout(keys=keys)]
    for gone in ("n", "base", "moved", "value"):
        layouts.append(Layout(keys=layouts[-1].keys, shortest=8))
        layouts.append(Layout(keys=tuple(key for key in layouts[-1].keys if key != gone)))
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
    most = None if everything else _MOST_TESTS
    for one in found.outcomes[:most]:
        both = _turned(one.before or "none", one.after or "none")
        name = page.shorten(page.clean(one.nodeid), page.width - len(both) - 4, keep_end=True)
        yield f"  {name}: {both}"
    yield from _more(len(found.outcomes), most)


def _cases(found: Difference, page: Page, *, everything: bool) -> Iterator[str]:
    if found.cases is None:
        yield from page.wrapped(
            "cases are not compared: a report without samples.jsonl does not hold them"
        )
        return
    changed = [one for one in found.cases if one.changes or one.only_before or one.only_after]
    if changed:
        yield "cases"
    for one in changed:
        yield from _of_variant(one, page, everything=everything)


def _of_variant(one: CaseChanges, page: Page, *, everything: bool) -> Iterator[str]:
    counts = (
        (one.paired, "in both"),
        (one.only_before, "only before"),
        (one.only_after, "only after"),
        (one.asked_otherwise, "with another prompt or expectation"),
    )
    said = ", ".join(f"{numbers.count(n)} {what}" for n, what in counts if n)
    head = f"  {page.clean(one.variant)} on {page.clean(one.task)}"
    yield from page.wrapped(f"{head}, of {said}", indent=4)
    for kind in KINDS:
        changes = one.of(kind)
        if not changes:
            continue
        graded = all(change.after.passed is None for change in changes)
        yield f"    {numbers.count(len(changes))} {_SAID[kind][graded]}"
        most = None if everything else _MOST[kind]
        for change in changes[:most]:
            yield f"      {_change(change, page)}"
        yield from _more(len(changes), most, indent=6)


def _change(change: CaseChange, page: Page) -> str:
    """Return a case's id, and the replies as far as they are short enough to differ here."""
    case = page.excerpt(change.case, page.width // 4)
    room = max((page.width - display_width(case) - 14) // 2, 6)
    both = [page.excerpt(f'"{side.reply}"', room) for side in (change.before, change.after)]
    return case if both[0] == both[1] else f"{case}  {_turned(*both)}"


def _more(total: int, most: int | None, *, indent: int = 2) -> Iterator[str]:
    if most is not None and total > most:
        yield f"{' ' * indent}and {numbers.count(total - most)} more; --all lists them"


def _turned(before: str, after: str) -> str:
    return before if before == after else f"{before} -> {after}"
