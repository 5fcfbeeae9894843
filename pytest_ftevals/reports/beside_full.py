"""Adapters beside a full fine-tune of the same base: how much of its gain they keep."""

import math
from collections.abc import Sequence

from pytest_ftevals.core.record import ComparisonRow, Record
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.deltas import number_cells, percent_of
from pytest_ftevals.reports.page import Line, Page
from pytest_ftevals.reports.references import is_against_saved
from pytest_ftevals.reports.table import Column, Heading, Layout, Row, table


def beside_full(record: Record, page: Page) -> dict[tuple[str, str], list[dict[str, str]]]:
    """Return by adapter and full fine-tune the cells of each measure on which they were compared.

    ``base``, ``value``, ``full``, ``gap``, ``interval``, and ``kept``: the share of the full
    one's gain.
    """
    against_base = {
        (row.candidate, row.task, row.metric): row
        for row in record.comparisons
        if row.reference == BASE and row.slice is None
    }
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in _against_full(record):
        both = (row.candidate, row.reference)
        own, full = (against_base.get((name, row.task, row.metric)) for name in both)
        found.setdefault(both, []).append(_three(row, own, full, page))
    return found


def _against_full(record: Record) -> list[ComparisonRow]:
    full = {one.group or one.name for one in record.variants if one.kind == "full"}
    return [
        row
        for row in record.comparisons
        if row.reference in full and not is_against_saved(row, record)
    ]


def beside_lines(record: Record, page: Page) -> list[Line]:
    """Return base, adapter and full fine-tune in a row, with the gap between the last two."""
    body: list[Row | Heading] = []
    for pair, rows in beside_full(record, page).items():
        adapter, other = map(page.clean, pair)
        body += [Heading(text="")] if body else []
        title = f"adapter {adapter} beside the full fine-tune {other}"
        body.append(Heading(text=page.shorten(title, page.width)))
        body += map(Row, rows)
    if not body:
        return []
    return table(_columns(_against_full(record), page), body, _layouts(), page)


def _columns(rows: Sequence[ComparisonRow], page: Page) -> tuple[Column, ...]:
    percent = percent_of(rows)
    return (
        Column(key="task", header="task", name=True),
        Column(key="metric", header="metric", name=True),
        Column(key="base", header="base", right=True),
        Column(key="value", header="adapter", right=True),
        Column(key="full", header="full", right=True),
        Column(key="gap", header="gap", right=True),
        Column(key="interval", header=f"{percent}interval", right=True),
        Column(key="spread", header=f"{percent}{page.spread}", right=True),
        Column(key="kept", header=""),
        Column(key="keeps", header=""),
    )


def _layouts() -> list[Layout]:
    """Return all columns, then what takes less room for them, down to the gap alone."""
    values = ("task", "metric", "base", "value", "full", "gap")
    return [
        Layout(keys=(*values, "interval", "kept")),
        Layout(keys=(*values, "interval", "keeps")),
        Layout(keys=(*values, "spread", "keeps")),
        Layout(keys=(*values, "spread", "keeps"), shortest=8),
        Layout(keys=(*values, "keeps"), shortest=6),
        Layout(keys=values, shortest=3),
        Layout(keys=("task", "metric", "gap"), shortest=3),
    ]


def _three(
    row: ComparisonRow, own: ComparisonRow | None, full: ComparisonRow | None, page: Page
) -> dict[str, str]:
    cells = number_cells(row, page.spread)
    base = own or full
    value = None if base is None else base.base
    decimals = numbers.decimals_for(row.base, row.value, digits=4)
    share = None if own is None or full is None else _share(own, full)
    keeps = "" if share is None else f"keeps {f'{100 * share:.0f}%' if share > 0 else 'none'}"
    return {
        "task": page.clean(row.task),
        "metric": page.clean(row.metric),
        "base": numbers.rate(value) if row.unit == "points" else numbers.own(value, decimals),
        "value": cells["value"],
        "full": cells["base"],
        "gap": cells["delta"],
        "interval": cells["interval"],
        "spread": cells["spread"],
        "kept": keeps and f"{keeps} of {page.clean(row.reference)}'s gain",
        "keeps": keeps,
    }


def _share(own: ComparisonRow, full: ComparisonRow) -> float | None:
    """Return which share of the full model's gain the adapter has; None where that is no gain.

    Of a gain that lies within the noise no share can be told.
    """
    better = full.interval[0] > 0 if full.higher_is_better else full.interval[1] < 0
    known = better and full.delta and math.isfinite(own.delta / full.delta)
    return own.delta / full.delta if known else None
