"""The delta table: task x metric x candidate, base against candidate, with threshold and verdict.

What gives way where the page is narrow, in this order: the tests' names; wins and losses; the
interval loses its spaces; the candidate column becomes a line above its block; the interval becomes
the larger distance of its ends from the delta; names are shortened to 8 columns; n; the interval;
names to 6; base and candidate values; thresholds; names to 3. The delta and the verdict stay whole
as long as the page has 40 columns.
"""

from collections.abc import Callable, Mapping, Sequence

from pytest_ftevals.core.record import ComparisonRow, Record, ThresholdRow
from pytest_ftevals.core.subgroup import read_subgroups
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.candidates import single_seeds
from pytest_ftevals.reports.page import Line, Page
from pytest_ftevals.reports.references import is_against_saved
from pytest_ftevals.reports.table import Column, Heading, Layout, Row, table
from pytest_ftevals.reports.verdicts import RowVerdict, Verdicts

_VALUES = ("base", "value")
_LONGEST_HEADER = 16


def delta_table(record: Record, page: Page, *, verbose: int) -> list[Line]:
    """Return the delta table.

    Rows that `shown_first` leaves out are shown from `verbose` 1 on; comparisons with another
    candidate stand beside each other further down.
    """
    first = shown_first(record)
    rows = [row for row in record.comparisons if verbose or first(row)]
    if not rows:
        return []
    candidates = list(dict.fromkeys(row.candidate for row in rows))
    several = len(candidates) > 1
    verdicts = Verdicts.of(record)
    body: list[Row | Heading] = []
    for candidate in candidates:
        block = [row for row in rows if row.candidate == candidate]
        if several:
            name = page.clean(candidate)
            body += [Heading(text="")] if body else []
            body.append(Heading(text=f"candidate {name}", unless="candidate"))
        body += _block(block, verdicts, page)
    value_header = "cand" if several else page.excerpt(candidates[0], _LONGEST_HEADER)
    columns = _columns(rows, value_header, page)
    return table(columns, body, _layouts(rows, several=several), page)


def shown_first(record: Record) -> Callable[[ComparisonRow], bool]:
    """Return what tells the rows that a short table has: those with a threshold, and whole tasks.

    Without a threshold slices, single seeds of a group and comparisons with another candidate are
    left to longer ones.
    """
    seeds = single_seeds(record)
    others = {variant.name for variant in record.variants if variant.kind != "base"}

    def is_shown(row: ComparisonRow) -> bool:
        if row.thresholds:
            return True
        if row.slice is not None or row.candidate in seeds:
            return False
        return row.reference not in others or is_against_saved(row, record)

    return is_shown


def _block(rows: Sequence[ComparisonRow], verdicts: Verdicts, page: Page) -> list[Row | Heading]:
    """Return one candidate's rows: against the base first, others under a line of their own."""
    body: list[Row | Heading] = []
    for reference in sorted({row.reference for row in rows}, key=lambda one: (one != BASE, one)):
        if reference != BASE:
            body.append(Heading(text=f"against {page.clean(reference)}"))
        body += _part([row for row in rows if row.reference == reference], verdicts, page)
    return body


def _part(rows: Sequence[ComparisonRow], verdicts: Verdicts, page: Page) -> list[Row | Heading]:
    """Return rows against one reference: whole tasks first, then slices under their own lines."""
    body: list[Row | Heading] = []
    for row in rows:
        if row.slice is None:
            body += _rows(row, page.clean(row.task), verdicts, page)
    sliced: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.slice is not None:
            column, name = _of_slice(row.slice)
            key = (row.task, _heading(row.task, column))
            sliced.setdefault(key, []).extend(_rows(row, f"  {page.clean(name)}", verdicts, page))
    tasks = list(dict.fromkeys(row.task for row in rows))
    for task, heading in sorted(sliced, key=lambda key: tasks.index(key[0])):
        body += [Heading(text=page.clean(heading)), *sliced[task, heading]]
    return body


def slice_heading(task: str, name: str) -> str:
    """Return what stands over the slices of a task that `name` belongs to: ``mmlu by subject``."""
    return _heading(task, _of_slice(name)[0])


def _heading(task: str, column: str) -> str:
    return f"{task} by {column}" if column else f"slices of {task}"


def _of_slice(name: str) -> tuple[str, str]:
    """Return a slice's column, empty where it names none, and what stands in its row."""
    if (over := read_subgroups(name)) is not None:
        return over.column, name
    column, group, value = name.partition("=")
    return (column, value or '""') if group else ("", name)


def _rows(row: ComparisonRow, name: str, verdicts: Verdicts, page: Page) -> list[Row]:
    cells = {
        "candidate": page.clean(row.candidate),
        "task": name,
        "metric": page.clean(row.metric),
        "n": numbers.count(row.n),
        **number_cells(row, page.spread),
    }
    stated = verdicts.on(row)
    if not stated:
        return [Row(cells)]
    lines = [Row(_threshold_cells(verdict, row, page), verdict.style) for verdict in stated]
    return [Row({**cells, **lines[0].cells}, lines[0].style), *lines[1:]]


def number_cells(row: ComparisonRow, spread: str) -> dict[str, str]:
    """Return a row's values, delta and interval as text; `spread` is the plus-minus sign."""
    low, high = row.interval
    widest = max(row.delta - low, high - row.delta)
    if row.unit == "points":
        base, value = numbers.rate(row.base), numbers.rate(row.value)
        delta, ends = numbers.points(row.delta), (numbers.points(low), numbers.points(high))
        distance = numbers.points(widest)
    else:
        decimals = numbers.decimals_for(row.base, row.value, digits=4)
        base, value = numbers.own(row.base, decimals), numbers.own(row.value, decimals)
        decimals = numbers.decimals_for(row.delta, low, high)
        delta = numbers.own_signed(row.delta, decimals)
        ends = (numbers.own_signed(low, decimals), numbers.own_signed(high, decimals))
        distance = numbers.own(widest, decimals)
    won = f"{numbers.count(row.wins)}/{numbers.count(row.losses)}"
    return {
        "base": base,
        "value": value,
        "delta": delta,
        "interval": " .. ".join(ends),
        "tight": "..".join(ends),
        "spread": spread + distance.lstrip("+"),
        "won": won if row.wins or row.losses or row.ties else "",
    }


def _threshold_cells(verdict: RowVerdict, row: ComparisonRow, page: Page) -> Mapping[str, str]:
    return {
        "threshold": page.clean(condition(row, verdict.threshold)),
        "verdict": verdict.text,
        "test": page.clean(verdict.threshold.test),
    }


def condition(row: ComparisonRow, threshold: ThresholdRow) -> str:
    """Return a threshold's text without what its row's own columns say: ``>= 0.8``."""
    text = threshold.text.removeprefix(row.metric)
    if row.slice is not None:
        text = text.replace(f"[{row.slice}]", "", 1)
    return text.strip()


def percent_of(rows: Sequence[ComparisonRow]) -> str:
    """Return the level of all intervals before their header; nothing where they differ."""
    levels = {row.level for row in rows}
    return f"{numbers.level(levels.pop())} " if len(levels) == 1 else ""


def _columns(rows: Sequence[ComparisonRow], value: str, page: Page) -> tuple[Column, ...]:
    percent = percent_of(rows)
    return (
        Column(key="candidate", header="candidate", name=True),
        Column(key="task", header="task", name=True),
        Column(key="metric", header="metric", name=True),
        Column(key="n", header="n", right=True),
        Column(key="base", header="base", right=True),
        Column(key="value", header=value, right=True),
        Column(key="delta", header="delta", right=True),
        Column(key="interval", header=f"{percent}interval", right=True),
        Column(key="tight", header=f"{percent}interval", right=True),
        Column(key="spread", header=f"{percent}{page.spread}", right=True),
        Column(key="won", header="won/lost", right=True),
        Column(key="threshold", header="threshold"),
        Column(key="verdict", header="verdict"),
        Column(key="test", header="test"),
    )


def _layouts(rows: Sequence[ComparisonRow], *, several: bool) -> list[Layout]:
    """Return the steps of the module docstring, from everything to the least."""
    keys = ["task", "metric", "n", *_VALUES, "delta", "interval", "verdict"]
    keys += ["candidate"] if several else []
    keys += ["won"] if any(row.wins or row.losses for row in rows) else []
    keys += ["threshold", "test"] if any(row.thresholds for row in rows) else []
    layouts = [Layout(keys=tuple(keys))]

    def narrower(*gone: str, instead: str = "", shortest: int | None = None) -> None:
        kept = tuple(key for key in layouts[-1].keys if key not in gone)
        more = (instead,) if instead else ()
        layouts.append(Layout(keys=kept + more, shortest=shortest or layouts[-1].shortest))

    narrower("test")
    narrower("won")
    narrower("interval", instead="tight")
    narrower("candidate")
    narrower("tight", instead="spread")
    narrower(shortest=8)
    narrower("n")
    narrower("spread")
    narrower(shortest=6)
    narrower(*_VALUES)
    narrower("threshold")
    narrower(shortest=3)
    return layouts
