"""Failures on the page: labels with their counts, patterns, what earlier runs know; with links."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import starmap

from pytest_ftevals.core.failures import FailureLogRow, FailureRow, Pattern, PatternRow
from pytest_ftevals.core.label import Label
from pytest_ftevals.core.record import Record
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.failure_log import logged
from pytest_ftevals.reports.failures import by_count, sampled_tasks
from pytest_ftevals.reports.html.listed import Listed
from pytest_ftevals.reports.html.text import case_link

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
    cases: str = ""
    """In how many cases, where `count` is of their samples."""


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
    """To the cases that failed; empty where none did."""
    several: bool
    """Whether `failed` and `n` are of samples, several a case."""
    cases: str
    """How many cases failed then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A pattern among failures."""

    pattern: Pattern
    n: str
    failed: str
    lift: str
    p: str
    cases: Ids
    link: str
    """To the cases that have it, where it is a slice."""
    failed_link: str
    """To those of them that failed, where the list shows as many."""


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
    parts: tuple[tuple[str, str, Ids], ...]
    """What earlier runs say, of how many cases, and of which."""


def failures(record: Record, cases: Listed) -> list[Failures]:
    """Return a line for each candidate and task."""
    sampled = sampled_tasks(record)
    return [_failures(row, cases, sampled=row.task in sampled) for row in record.failures]


def patterns(record: Record, cases: Listed) -> list[Patterns]:
    """Return the tables of patterns, those in which nothing was found with no line."""
    sampled = sampled_tasks(record)
    return [
        Patterns(
            row=row,
            n=numbers.count(row.n),
            failed=numbers.count(row.failed),
            tried=numbers.counted(row.tried, "feature"),
            found=tuple(
                # The list counts a case where one sample failed, and those of a cluster apart.
                _feature(one, row, cases, alike=row.task not in sampled and row.cluster is None)
                for one in row.found
            ),
        )
        for row in record.patterns
    ]


def failure_log(record: Record) -> list[Log]:
    """Return a line for each candidate and task that earlier runs know."""
    return [_log(row) for row in record.failure_log]


def _failures(row: FailureRow, cases: Listed, *, sampled: bool) -> Failures:
    failed = row.failed or 0
    among = cases.counts.get((row.task, row.candidate, "", ""), 0) if sampled else 0
    unlabelled = failed - sum(row.labels.values())
    return Failures(
        row=row,
        failed=numbers.count(row.failed),
        n=numbers.count(row.n),
        regressions=""
        if row.regressions is None
        else numbers.counted(row.regressions, "regression"),
        share=round(100 * min(failed / row.n, 1.0), 2) if row.n > 0 else 0.0,
        labels=_labels(row, row.labels, "primary", cases, sampled=sampled),
        unlabelled=numbers.count(unlabelled) if unlabelled > 0 else "",
        flaws=_labels(row, row.flaws, "flaw", cases, sampled=sampled),
        worst=_ids(row, [(case, "") for case in row.worst]),
        link=cases.link(row.task, row.candidate, result="failed") if failed else "",
        several=sampled,
        cases=numbers.counted(among, "case") if among else "",
    )


def _labels(
    row: FailureRow, counts: Mapping[str, int], read_as: str, cases: Listed, *, sampled: bool
) -> tuple[Linked, ...]:
    """Return labels with their counts, those of most answers first."""

    def linked(label: str, number: int) -> Linked:
        among = cases.counts.get((row.task, row.candidate, read_as, label), 0) if sampled else 0
        return Linked(
            text=label,
            link=cases.link(row.task, row.candidate, label=label, **{"as": read_as}),
            count=numbers.count(number),
            cases=numbers.counted(among, "case") if among else "",
        )

    return tuple(starmap(linked, by_count(counts)))


def _feature(pattern: Pattern, row: PatternRow, cases: Listed, *, alike: bool) -> Feature:
    """Return a pattern; `alike`: whether the list counts cases as the test did."""
    wanted = {"slice": pattern.feature}
    failed = {"label": Label.REGRESSION.value} if row.among == "regressions" else {}
    is_slice = (row.task, pattern.feature) in cases.slices
    link, failed_link = (
        cases.link(row.task, row.candidate, **wanted, **more)
        for more in ({}, {"result": "failed", **failed})
    )
    return Feature(
        pattern=pattern,
        n=numbers.count(pattern.n),
        failed=numbers.count(pattern.failed),
        lift=numbers.own(pattern.lift, 1),
        p=numbers.p_value(pattern.p_adjusted),
        cases=_ids(row, [(case, "") for case in pattern.cases]),
        link=link if is_slice else "",
        failed_link=failed_link if is_slice and alike else "",
    )


def _log(row: FailureLogRow) -> Log:
    return Log(
        row=row,
        runs=numbers.counted(row.runs, "earlier run"),
        parts=tuple(
            (found.kind, numbers.count(len(found.cases)), _ids(row, found.cases))
            for found in logged(row)
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
