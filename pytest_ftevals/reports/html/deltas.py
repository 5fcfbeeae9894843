"""The delta table of the page, which is its forest plot too: a row each, grouped for comparison.

Rows that the terminal shows stand open; slices, single seeds and comparisons with other candidates
are folded. Candidates stand below each other on each measure, on one axis.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pytest_ftevals.core.record import ComparisonRow, Record
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.candidates import single_seeds
from pytest_ftevals.reports.deltas import condition, number_cells, percent_of, slice_heading
from pytest_ftevals.reports.html.charts import Scale
from pytest_ftevals.reports.html.forest import Bar, bar, own_scale, scale_of
from pytest_ftevals.reports.references import is_against_saved
from pytest_ftevals.reports.verdicts import RowVerdict, Verdicts

Mark = Literal["pass", "open", "fail", "plain"]
MARKS: Mapping[str | None, Mark] = {"good": "pass", "warn": "open", "bad": "fail", None: "plain"}
"""By the style of a verdict."""
_WORST: tuple[Mark, ...] = ("fail", "open", "pass", "plain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A threshold on a row, and what became of it."""

    condition: str
    """``>= 0.8``, ``drop <= 3``: the metric is said by the row."""
    verdict: str
    mark: Mark
    test: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaRow:
    """A comparison as it is shown."""

    row: ComparisonRow
    cells: Mapping[str, str]
    """`number_cells` of it: the same texts as in every other format."""
    n: str
    mark: Mark
    """The worst of its verdicts; the point's colour and shape."""
    demands: tuple[Demand, ...]
    bar: Bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What is said of one measure: a row per candidate."""

    task: str
    metric: str
    slice: str | None
    higher_is_better: bool
    rows: tuple[DeltaRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaTable:
    """Rows on one axis."""

    title: str
    """What they are compared with or sliced by; empty for the first table."""
    scale: Scale | None
    """In percentage points; None where each row has a unit of its own."""
    level: str
    """``95% ``, or empty where rows differ."""
    several: bool
    """Whether rows need a candidate's name."""
    groups: tuple[Group, ...]
    against_base: bool
    folded: bool
    sliced: bool
    """Whether all rows are slices of one task."""

    @property
    def stated(self) -> bool:
        """Whether any row has a threshold."""
        return any(row.demands for group in self.groups for row in group.rows)

    @property
    def size(self) -> int:
        """Number of rows."""
        return sum(len(group.rows) for group in self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Every candidate's difference to the base on every measure, whole tasks only."""

    candidates: tuple[str, ...]
    lines: tuple[tuple[Group, tuple[DeltaRow | None, ...]], ...]
    """A measure with its row for each of `candidates`, None where it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Rows that belong together, before they are split by unit."""

    title: str
    rows: Sequence[ComparisonRow]
    folded: bool
    sliced: bool = False


def delta_tables(record: Record) -> list[DeltaTable]:
    """Return all tables: against the base first, slices after the whole tasks."""
    verdicts = Verdicts.of(record)
    several = len({row.candidate for row in record.comparisons}) > 1
    return [
        _table(part, rows, verdicts, several=several)
        for part in _parts(record)
        for unit in ("points", "own")
        if (rows := [row for row in part.rows if row.unit == unit])
    ]


def overview(tables: Sequence[DeltaTable]) -> Overview | None:
    """Return the candidates side by side; None where there is one."""
    groups = [
        group
        for table in tables
        if not (table.title or table.folded)
        for group in table.groups
        if group.slice is None
    ]
    names = tuple(dict.fromkeys(one.row.candidate for group in groups for one in group.rows))
    if len(names) < 2:  # noqa: PLR2004 - one candidate stands beside none
        return None
    known = [({one.row.candidate: one for one in group.rows}, group) for group in groups]
    lines = tuple((group, tuple(by_name.get(name) for name in names)) for by_name, group in known)
    return Overview(candidates=names, lines=lines)


def _parts(record: Record) -> Iterable[_Part]:
    seeds = single_seeds(record)
    singles = [row for row in record.comparisons if row.candidate not in seeds]
    references = sorted({row.reference for row in singles}, key=lambda one: (one != BASE, one))
    for reference in references:
        rows = [row for row in singles if row.reference == reference]
        title = "" if reference == BASE else f"against {reference}"
        saved = any(is_against_saved(row, record) for row in rows)
        whole = [row for row in rows if row.slice is None]
        stated = [row for row in rows if row.slice is not None and row.thresholds]
        yield _Part(title=title, rows=[*whole, *stated], folded=bool(title) and not saved)
        for heading, sliced in _sliced(rows):
            yield _Part(
                title=", ".join(filter(None, [heading, title])),
                rows=sliced,
                folded=True,
                sliced=True,
            )
    own = [row for row in record.comparisons if row.candidate in seeds]
    whole = [row for row in own if row.slice is None]
    yield _Part(title="single seeds", rows=whole, folded=True)
    for heading, sliced in _sliced(own):
        yield _Part(title=f"{heading}, single seeds", rows=sliced, folded=True, sliced=True)


def _sliced(rows: Sequence[ComparisonRow]) -> Iterable[tuple[str, list[ComparisonRow]]]:
    """Yield the slices of each task and column under a title: ``mmlu by subject``."""
    found: dict[str, list[ComparisonRow]] = {}
    for row in rows:
        if row.slice is not None:
            found.setdefault(slice_heading(row.task, row.slice), []).append(row)
    return found.items()


def _table(
    part: _Part, rows: Sequence[ComparisonRow], verdicts: Verdicts, *, several: bool
) -> DeltaTable:
    scale = scale_of(rows) if rows[0].unit == "points" else None
    measures: dict[tuple[str, str, str | None, bool], list[DeltaRow]] = {}
    for row in rows:
        key = (row.task, row.metric, row.slice, row.higher_is_better)
        measures.setdefault(key, []).append(_row(row, scale or own_scale(row), verdicts))
    return DeltaTable(
        title=part.title,
        scale=scale,
        level=percent_of(rows),
        several=several,
        groups=tuple(
            Group(task=task, metric=metric, slice=slice_, higher_is_better=up, rows=tuple(shown))
            for (task, metric, slice_, up), shown in measures.items()
        ),
        against_base=all(row.reference == BASE for row in rows),
        folded=part.folded,
        sliced=part.sliced,
    )


def _row(row: ComparisonRow, scale: Scale, verdicts: Verdicts) -> DeltaRow:
    demands = tuple(_demand(row, one) for one in verdicts.on(row))
    of = "" if row.total is None else f" of {numbers.count(row.total)}"
    return DeltaRow(
        row=row,
        cells=number_cells(row, "±"),
        n=numbers.count(row.n) + of,
        mark=next((mark for mark in _WORST if any(one.mark == mark for one in demands)), "plain"),
        demands=demands,
        bar=bar(row, scale),
    )


def _demand(row: ComparisonRow, verdict: RowVerdict) -> Demand:
    return Demand(
        condition=condition(row, verdict.threshold),
        verdict=verdict.text,
        mark=MARKS[verdict.style],
        test=verdict.threshold.test,
    )
