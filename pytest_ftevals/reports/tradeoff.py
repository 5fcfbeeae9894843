"""Several candidates: their trade-off, and what their seeds vary by."""

from collections.abc import Iterable, Mapping, Sequence

from pytest_ftevals.core.record import ComparisonRow, Record, TradeoffMeasure, TradeoffRow
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.beside_full import beside_lines
from pytest_ftevals.reports.page import Line, Page
from pytest_ftevals.reports.table import Column, Layout, Row, table

_MET = {True: "all met", False: "not met", None: "undecided"}


def tradeoff_lines(record: Record, page: Page) -> list[Line]:
    """Return the trade-off, then what seeds vary by, then what full fine-tunes are ahead by."""
    lines = [*_trade_off(record, page), *seed_lines(record.comparisons, page)]
    beside = beside_lines(record, page)
    return [*lines, *([Line("")] if lines and beside else []), *beside]


def _trade_off(record: Record, page: Page) -> list[Line]:
    rows = record.tradeoff
    if not rows:
        return []
    lines = page.lines(page.joined("trade-off  ", traded_measures(rows, page), indent=11))
    body = [Row(traded_cells(row, page), "good" if row.best else None) for row in rows]
    lines += table(_TRADED, body, _traded_layouts(), page)
    for text in said_of_tradeoff(record, page):
        lines += page.lines(page.wrapped(text))
    return lines


def traded_measures(rows: Sequence[TradeoffRow], page: Page) -> list[str]:
    """Return what counts as target and what as general: ``target: tickets accuracy``."""
    measures = rows[0].measures
    return [
        f"{role}: " + ", ".join(_name(one, page) for one in measures if one.role == role)
        for role in ("target", "general")
        if any(one.role == role for one in measures)
    ]


def said_of_tradeoff(record: Record, page: Page) -> list[str]:
    """Return what follows from the trade-off, a sentence each; nothing without one."""
    rows, uneven = record.tradeoff, _uneven(record)
    if not rows:
        return []
    return [
        *_best(rows, page, uneven=bool(uneven)),
        *_steps(rows, page),
        *_apart(uneven, rows, page),
        *_own_units(rows, page),
    ]


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


def traded_cells(row: TradeoffRow, page: Page) -> dict[str, str]:
    """Return a candidate's line of the trade-off as text, by column."""
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


def _apart(
    uneven: Mapping[str, Mapping[str, int]], rows: Sequence[TradeoffRow], page: Page
) -> Iterable[str]:
    """Say where candidates were decided on different cases, and so are not held together.

    Those that meet their thresholds may all the same have a best one: on the same cases.
    """
    if any(row.best for row in rows):
        best = "; the best is among those that meet their thresholds, on the same cases"
    else:
        best = " and no best across them"
    for name, taken in uneven.items():
        shown = ", ".join(f"{page.clean(one)} {numbers.count(n)}" for one, n in taken.items())
        yield (
            f"{page.clean(name)} was decided on different numbers of cases ({shown}): no step, no "
            f"Pareto set{best}"
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


def seed_lines(rows: Sequence[ComparisonRow], page: Page) -> list[Line]:
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
