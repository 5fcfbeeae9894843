"""What stands behind the delta table: thresholds with p-values, and how intervals were made."""

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_ftevals.core.comparison import Gap
from pytest_ftevals.core.record import ComparisonRow, Record
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.html.deltas import MARKS, DeltaTable, Mark
from pytest_ftevals.reports.references import subject_of
from pytest_ftevals.reports.verdicts import RowVerdict, Verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A threshold as a test stated it."""

    text: str
    of: str
    verdict: str
    mark: Mark
    decide: str
    n: str
    p: str
    p_holm: str
    test: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """How a row's interval was made, and from what."""

    of: str
    method: str
    level: str
    won: str
    lost: str
    tied: str
    detectable: str
    excluded: str
    seed_sd: str
    gap: str


def stated(record: Record) -> list[Stated]:
    """Return every threshold of the run; what one test states twice of a row counts once."""
    verdicts = Verdicts.of(record)
    return [_stated(row, one) for row in record.comparisons for one in verdicts.on(row)]


def computed(tables: Sequence[DeltaTable]) -> list[Computed]:
    """Return a line for each row of the tables that are not folded."""
    return [
        _computed(one.row)
        for table in tables
        if not table.folded
        for group in table.groups
        for one in group.rows
    ]


def _stated(row: ComparisonRow, verdict: RowVerdict) -> Stated:
    threshold = verdict.threshold
    return Stated(
        text=threshold.text,
        of=subject_of(row),
        verdict=verdict.text,
        mark=MARKS[verdict.style],
        decide=threshold.decide,
        n=numbers.count(threshold.n_used),
        p=numbers.p_value(threshold.p),
        p_holm=numbers.p_value(threshold.p_holm),
        test=threshold.test,
        notes=threshold.notes,
    )


def _computed(row: ComparisonRow) -> Computed:
    return Computed(
        of=subject_of(row),
        method=row.method,
        level=numbers.level(row.level),
        won=numbers.count(row.wins),
        lost=numbers.count(row.losses),
        tied=numbers.count(row.ties),
        detectable=_own(row, row.detectable),
        excluded=numbers.count(len(row.excluded)) if row.excluded else "",
        seed_sd="" if row.seed_sd is None else _own(row, row.seed_sd),
        gap="" if row.gap is None else _gap(row, row.gap),
    )


def _own(row: ComparisonRow, value: float | None) -> str:
    """Return a distance in the unit of the row's delta."""
    if row.unit == "points":
        return numbers.points(value).lstrip("+")
    return numbers.own(value, numbers.decimals_for(value))


def _gap(row: ComparisonRow, gap: Gap) -> str:
    """Return between which of the candidate's slices a gap lies."""
    shown = []
    for word, one in (("best", gap.best), ("worst", gap.worst)):
        value = one.value
        decimals = numbers.decimals_for(value, digits=4)
        text = numbers.rate(value) if row.unit == "points" else numbers.own(value, decimals)
        shown.append(f"{word} {one.name} {text} ({numbers.count(one.n)})")
    return f"{numbers.counted(gap.slices, 'slice')}: {', '.join(shown)}"
