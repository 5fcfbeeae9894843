"""Several candidates: their trade-off, what their seeds vary by, adapters beside full models."""

import math
from collections.abc import Iterable, Mapping, Sequence

from pytest_ftevals.core.record import ComparisonRow, Record, TradeoffMeasure, TradeoffRow
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.deltas import number_cells, percent_of
from pytest_ftevals.reports.page import Line, Page
from pytest_ftevals.reports.references import is_against_saved
from pytest_ftevals.reports.table import Column, Heading, Layout, Row, table

_MET = {True: "all met", False: "not met", None: "undecided"}


def tradeoff_lines(record: Record, page: Page) -> list[Line]:
    """Return the trade-off, then what seeds vary by, then what full fine-tunes are ahead by."""
    lines = [
        *_trade_off(record.tradeoff, _uneven(record), page),
        *_seeds(record.comparisons, page),
    ]
    beside = _beside_full(record, page)
    return [*lines, *([Line("")] if lines and beside else []), *beside]


def _trade_off(
    rows: Sequence[TradeoffRow], uneven: Mapping[str, Mapping[str, int]], page: Page
) -> list[Line]:
    if not rows:
        return []
    measures = rows[0].measures
    named = [
        f"{role}: " + ", ".join(_name(one, page) for one in measures if one.role == role)
        for role in ("target", "general")
        if any(one.role == role for one in measures)
    ]
    lines = page.lines(page.joined("trade-off  ", named, indent=11))
    body = [Row(_cells(row, page), "good" if row.best else None) for row in rows]
    lines += table(_TRADED, body, _traded_layouts(), page)
    said = (
        *_best(rows, page, uneven=bool(uneven)),
        *_steps(rows, page),
        *_apart(uneven, page),
        *_own_units(rows, page),
    )
    for text in said:
        lines += page.lines(page.wrapped(text))
    return lines


_TRADED = (
    Column(key="candidate", header="candidate", name=True),
    Column(key="size", header="size", right=True),
    Column(key="target", header="target", right=True),
    Column(key="general", header="general", right=True),
    Column(key="step", header="step", right=True),
    Column(key="met", header="thresholds"),
    Column(key="pareto", header="Pareto"),
)


def _traded_layouts() -> list[Layout]:
    """Return all columns, then shorter names, then less and less beside the trade-off itself."""
    keys = tuple(column.key for column in _TRADED)
    no_size = tuple(key for key in keys if key != "size")
    no_step = tuple(key for key in no_size if key != "step")
    return [
        Layout(keys=keys),
        Layout(keys=keys, shortest=8),
        Layout(keys=no_size, shortest=6),
        Layout(keys=no_step, shortest=4),
        Layout(keys=tuple(key for key in no_step if key != "pareto"), shortest=3),
    ]


def _cells(row: TradeoffRow, page: Page) -> dict[str, str]:
    seeds = "" if row.seeds is None else f" ({numbers.counted(row.seeds, 'seed')})"
    return {
        "candidate": page.clean(row.candidate) + seeds,
        "size": numbers.size(row.size),
        "target": numbers.points(row.target),
        "general": numbers.points(row.general),
        "step": "" if row.marginal is None else numbers.points(row.marginal),
        "met": _MET[row.met],
        "pareto": "yes" if row.pareto else "",
    }


def _best(rows: Sequence[TradeoffRow], page: Page, *, uneven: bool) -> Iterable[str]:
    best = next((row for row in rows if row.best), None)
    if best is not None:
        general = (
            f", {numbers.points(best.general)} at worst on the general tasks"
            if best.general is not None
            else ""
        )
        target = numbers.points(best.target)
        yield (
            f"best within the thresholds: {page.clean(best.candidate)}, {target} points on "
            f"target{general}"
        )
    elif any(row.met for row in rows):
        missing = "one number of cases for all" if uneven else "every measure in points"
        yield f"best within the thresholds: cannot be told without {missing}"
    else:
        yield "best within the thresholds: none, no candidate meets all of them"


def _steps(rows: Sequence[TradeoffRow], page: Page) -> Iterable[str]:
    for row in rows:
        if row.pays is False and row.smaller is not None:
            yield (
                f"{page.clean(row.candidate)} gains {numbers.points(row.marginal)} points over "
                f"{page.clean(row.smaller)}, the next smaller: under 1-2 points, further growth "
                "does not pay"
            )


def _uneven(record: Record) -> dict[str, dict[str, int]]:
    """Return numbers of cases by measure and candidate, where an early stop made them differ."""
    candidates = [row.candidate for row in record.tradeoff]
    judged = {(one.task, one.metric) for row in record.tradeoff for one in row.measures}
    taken: dict[str, dict[str, int]] = {}
    stopped: set[str] = set()
    for row in record.comparisons:
        own = row.candidate in candidates and row.reference == BASE and row.slice is None
        if own and (row.task, row.metric) in judged:
            name = f"{row.task} {row.metric}"
            taken.setdefault(name, {})[row.candidate] = row.n
            stopped |= {name} if row.total is not None else set()
    return {name: n for name, n in taken.items() if name in stopped and len({*n.values()}) > 1}


def _apart(uneven: Mapping[str, Mapping[str, int]], page: Page) -> Iterable[str]:
    """Say where candidates were decided on different cases, and so are not held together."""
    for name, taken in uneven.items():
        shown = ", ".join(f"{page.clean(one)} {numbers.count(n)}" for one, n in taken.items())
        yield (
            f"{page.clean(name)} was decided on different numbers of cases ({shown}): no step, no "
            "Pareto set and no best across them"
        )


def _own_units(rows: Sequence[TradeoffRow], page: Page) -> Iterable[str]:
    """Yield what has no points, and so is in no mean: how much better each candidate is."""
    for measure in rows[0].measures:
        if measure.unit == "own":
            gains = [
                (row.candidate, one.gain)
                for row in rows
                for one in row.measures
                if (one.task, one.metric) == (measure.task, measure.metric)
            ]
            decimals = numbers.decimals_for(*(gain for _, gain in gains))
            shown = page.dot.join(
                f"{page.clean(name)} {numbers.own_signed(gain, decimals)}" for name, gain in gains
            )
            yield f"{_name(measure, page)} ({measure.role}, not averaged), better by: {shown}"


def _name(measure: TradeoffMeasure, page: Page) -> str:
    return f"{page.clean(measure.task)} {page.clean(measure.metric)}"


def _seeds(rows: Sequence[ComparisonRow], page: Page) -> list[Line]:
    """Return a line for each group: how far its seeds lie apart, a standard deviation."""
    groups: dict[tuple[str, int], list[str]] = {}
    for row in rows:
        if row.seeds is not None and row.slice is None and row.reference == BASE:
            spread = (
                f"{numbers.points(row.seed_sd).lstrip('+')} points"
                if row.unit == "points"
                else numbers.own(row.seed_sd, numbers.decimals_for(row.seed_sd))
            )
            name = f"{page.clean(row.task)} {page.clean(row.metric)} {spread}"
            groups.setdefault((row.candidate, row.seeds), []).append(name)
    return [
        line
        for (candidate, seeds), parts in groups.items()
        for line in page.lines(
            page.joined(
                f"{page.clean(candidate)}, mean of {seeds} seeds; standard deviation: ",
                parts,
                indent=2,
            )
        )
    ]


def _beside_full(record: Record, page: Page) -> list[Line]:
    """Return base, adapter and full fine-tune in a row, with the gap between the last two."""
    full = {one.group or one.name for one in record.variants if one.kind == "full"}
    rows = [
        row
        for row in record.comparisons
        if row.reference in full and not is_against_saved(row, record)
    ]
    if not rows:
        return []
    against_base = {
        (row.candidate, row.task, row.metric): row
        for row in record.comparisons
        if row.reference == BASE and row.slice is None
    }
    body: list[Row | Heading] = []
    for pair in dict.fromkeys((row.candidate, row.reference) for row in rows):
        adapter, other = map(page.clean, pair)
        body += [Heading(text="")] if body else []
        title = f"adapter {adapter} beside the full fine-tune {other}"
        body.append(Heading(text=page.shorten(title, page.width)))
        for row in rows:
            if (row.candidate, row.reference) == pair:
                known = [
                    against_base.get((name, row.task, row.metric))
                    for name in (row.candidate, row.reference)
                ]
                body.append(Row(_three(row, known[0], known[1], page)))
    return table(_beside_columns(rows, page), body, _beside_layouts(), page)


def _beside_columns(rows: Sequence[ComparisonRow], page: Page) -> tuple[Column, ...]:
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


def _beside_layouts() -> list[Layout]:
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
