"""Failures on the page: labels with their counts, patterns, what earlier runs know; with links."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pytest_ftevals.core.failures import FailureLogRow, FailureRow, Pattern, PatternRow
from pytest_ftevals.core.record import Record
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.html.text import case_link, cases_link

_MOST = 60
"""Ids of one list that are shown."""
_FEW = 8
"""Of them, those that are not folded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A text with a link into the case browser."""

    text: str
    link: str
    count: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """Ids of cases: the first ones, then those that are folded."""

    first: tuple[Linked, ...]
    folded: tuple[Linked, ...]
    more: str
    """How many there are beyond the first ones."""
    left_out: str
    """How many of these are not shown; empty where all are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """A candidate's failures on a task."""

    row: FailureRow
    failed: str
    n: str
    regressions: str
    share: float
    """Percent that failed, for a bar."""
    labels: tuple[Linked, ...]
    unlabelled: str
    flaws: tuple[Linked, ...]
    worst: Ids
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A pattern among failures."""

    pattern: Pattern
    n: str
    failed: str
    lift: str
    p: str
    cases: Ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """What a candidate's failures on a task have in common."""

    row: PatternRow
    n: str
    failed: str
    tried: str
    found: tuple[Feature, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A candidate's failures on a task against earlier runs."""

    row: FailureLogRow
    runs: str
    again: Ids
    new: Ids
    mended: Ids
    counts: tuple[str, str, str]


def failures(record: Record) -> list[Failures]:
    """Return a line for each candidate and task."""
    return [_failures(row) for row in record.failures]


def patterns(record: Record) -> list[Patterns]:
    """Return the tables of patterns, those in which nothing was found with no line."""
    return [
        Patterns(
            row=row,
            n=numbers.count(row.n),
            failed=numbers.count(row.failed),
            tried=numbers.counted(row.tried, "feature"),
            found=tuple(_feature(one, row) for one in row.found),
        )
        for row in record.patterns
    ]


def failure_log(record: Record) -> list[Log]:
    """Return a line for each candidate and task that earlier runs know."""
    return [_log(row) for row in record.failure_log]


def _failures(row: FailureRow) -> Failures:
    failed = row.failed or 0
    unlabelled = failed - sum(row.labels.values())
    return Failures(
        row=row,
        failed=numbers.count(row.failed),
        n=numbers.count(row.n),
        regressions=""
        if row.regressions is None
        else numbers.counted(row.regressions, "regression"),
        share=round(100 * min(failed / row.n, 1.0), 2) if row.n > 0 else 0.0,
        labels=_labels(row, row.labels),
        unlabelled=numbers.count(unlabelled) if unlabelled > 0 else "",
        flaws=_labels(row, row.flaws),
        worst=_ids(row, [(case, "") for case in row.worst]),
        link=cases_link(task=row.task, candidate=row.candidate),
    )


def _labels(row: FailureRow, counts: Mapping[str, int]) -> tuple[Linked, ...]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        Linked(
            text=label,
            link=cases_link(task=row.task, candidate=row.candidate, label=label),
            count=numbers.count(number),
        )
        for label, number in ordered
    )


def _feature(pattern: Pattern, row: PatternRow) -> Feature:
    return Feature(
        pattern=pattern,
        n=numbers.count(pattern.n),
        failed=numbers.count(pattern.failed),
        lift=numbers.own(pattern.lift, 1),
        p=numbers.p_value(pattern.p_adjusted),
        cases=_ids(row, [(case, "") for case in pattern.cases]),
    )


def _log(row: FailureLogRow) -> Log:
    return Log(
        row=row,
        runs=numbers.counted(row.runs, "earlier run"),
        again=_ids(
            row,
            (
                (one.case, f"{numbers.count(one.failed)} of {numbers.count(one.runs)}")
                for one in row.again
            ),
        ),
        new=_ids(row, [(case, "") for case in row.new]),
        mended=_ids(row, [(case, "") for case in row.mended]),
        counts=(
            numbers.count(len(row.again)),
            numbers.count(len(row.new)),
            numbers.count(len(row.mended)),
        ),
    )


def _ids(row: FailureRow | PatternRow | FailureLogRow, cases: Iterable[tuple[str, str]]) -> Ids:
    """Return links to cases, each with a count that stands behind it."""
    known: Sequence[tuple[str, str]] = list(cases)
    shown = [
        Linked(text=case, link=case_link(row.task, case, row.candidate), count=count)
        for case, count in known[:_MOST]
    ]
    left = len(known) - len(shown)
    return Ids(
        first=tuple(shown[:_FEW]),
        folded=tuple(shown[_FEW:]),
        more=numbers.count(len(known) - len(shown[:_FEW])),
        left_out=numbers.count(left) if left else "",
    )
