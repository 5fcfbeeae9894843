"""The delta table and the trade-off as Markdown tables."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pytest_ftevals.core.record import ComparisonRow, Record
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.deltas import condition, number_cells, percent_of, shown_first
from pytest_ftevals.reports.markdown.layout import Part
from pytest_ftevals.reports.markdown.text import (
    FOLD_END,
    cell,
    code,
    fenced,
    folded,
    in_summary,
    table_head,
    table_row,
)
from pytest_ftevals.reports.page import Page
from pytest_ftevals.reports.tradeoff import (
    said_of_tradeoff,
    traded_cells,
    traded_measures,
    tradeoff_lines,
)
from pytest_ftevals.reports.verdicts import Verdicts

_SPREAD = "±"
_MISSED = "bad"
_WIDTH = 110
RANK_DELTAS, RANK_TRADED, RANK_SLICES, RANK_WORDS = 1, 2, 6, 8


def delta_parts(record: Record) -> list[Part]:
    """Return a table per candidate, rows with missed thresholds first, and its slices folded.

    Slices, single seeds of a group and comparisons with another candidate stand in the first table
    where a test states a threshold on them.
    """
    verdicts, first = Verdicts.of(record), shown_first(record)
    candidates = list(dict.fromkeys(row.candidate for row in record.comparisons))
    parts: list[Part] = []
    for candidate in candidates:
        main: list[ComparisonRow] = []
        rest: list[ComparisonRow] = []
        for row in record.comparisons:
            if row.candidate == candidate:
                (main if first(row) else rest).append(row)
        main.sort(key=lambda row: not _is_missed(row, verdicts))
        title = f"**Candidate {code(candidate)}**\n\n"
        if main:
            parts.append(_table(main, verdicts, RANK_DELTAS, title, "\n"))
        if rest:
            what = f"{numbers.counted(len(rest), 'more row')} of {in_summary(candidate)}"
            head = folded(f"{what}: slices, seeds, other candidates")
            parts.append(_table(rest, verdicts, RANK_SLICES, head, FOLD_END))
    return parts


def _is_missed(row: ComparisonRow, verdicts: Verdicts) -> bool:
    return any(one.style == _MISSED for one in verdicts.on(row))


def _table(
    rows: Sequence[ComparisonRow], verdicts: Verdicts, rank: int, head: str, tail: str
) -> Part:
    against = any(row.reference != BASE for row in rows)
    stated = any(row.thresholds for row in rows)
    columns = [
        "task",
        "metric",
        *(["against"] if against else []),
        ">base" if not against else ">reference",
        ">candidate",
        ">delta",
        f">{percent_of(rows)}interval",
        *(["threshold", "verdict"] if stated else []),
        ">n",
    ]
    items = []
    for row in rows:
        shown = number_cells(row, _SPREAD)
        cells = [
            cell(row.task),
            cell(row.metric) if row.slice is None else f"{cell(row.metric)} {cell(row.slice)}",
            *([cell(row.reference)] if against else []),
            *(shown[key] for key in ("base", "value", "delta", "interval")),
        ]
        items.append("".join(_lines(row, cells, verdicts, stated=stated)))
    return Part(
        rank=rank, head=head + table_head(*columns), items=items, tail=tail, noun="delta row"
    )


def _lines(
    row: ComparisonRow, cells: Sequence[str], verdicts: Verdicts, *, stated: bool
) -> Iterable[str]:
    """Yield a row's line, and one more for each further threshold on it."""
    last = numbers.count(row.n)
    if not stated:
        yield table_row([*cells, last])
        return
    held = [
        (
            cell(condition(row, one.threshold)),
            f"**{one.text}**" if one.style == _MISSED else one.text,
        )
        for one in verdicts.on(row)
    ] or [("", "")]
    yield table_row([*cells, *held[0], last])
    for one in held[1:]:
        yield table_row([*[""] * len(cells), *one, ""])


_TRADED = {
    "size": ">size",
    "target": ">target",
    "general": ">general",
    "step": ">step",
    "met": "thresholds",
    "pareto": "Pareto",
}


def tradeoff_parts(record: Record) -> list[Part]:
    """Return the trade-off over several candidates, and folded what is said of it in words."""
    page = Page(width=_WIDTH)
    rest = tradeoff_lines(replace(record, tradeoff=()), page)
    lines = [*said_of_tradeoff(record, page), *(line.text for line in rest)]
    parts: list[Part] = []
    if record.tradeoff:
        items = []
        for row in record.tradeoff:
            shown = traded_cells(row, page)
            seeds = "" if row.seeds is None else f" ({numbers.counted(row.seeds, 'seed')})"
            best = " **best**" if row.best else ""
            cells = [shown[key] for key in _TRADED]
            items.append(table_row([f"{cell(row.candidate)}{seeds}{best}", *cells]))
        lines = [*traded_measures(record.tradeoff, page), *lines]
        head = "### Trade-off\n\n" + table_head("candidate", *_TRADED.values())
        parts.append(
            Part(rank=RANK_TRADED, head=head, items=items, tail="\n", noun="trade-off row")
        )
    if lines:
        body = folded("Targets, steps, seeds and full fine-tunes", fenced(lines)) + FOLD_END
        parts.append(Part(rank=RANK_WORDS, head=body, noun="trade-off note"))
    return parts
