"""Failures against earlier runs: what fails again and again, what is new, what was mended."""

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_ftevals.core.failures import FailureLogRow
from pytest_ftevals.core.record import Record
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.page import Line, Page, most_named

AGAIN_AND_AGAIN, FAILED_BEFORE, NEW, MENDED = KINDS = (
    "again and again",
    "failed before",
    "new",
    "mended",
)
"""What earlier runs say of a case, in the words of every format."""
_OFTEN = 2
"""Earlier failures from which on a case fails again and again: once may have been mended since."""


@dataclass(frozen=True, slots=True)
class Logged:
    """Cases of which earlier runs say the same."""

    kind: str
    """One of `KINDS`."""
    cases: tuple[tuple[str, str], ...]
    """Ids, each with how often it failed: ``3 of 4``; "" where that says nothing more."""


def logged(row: FailureLogRow) -> tuple[Logged, ...]:
    """Return the cases of every kind, in the order of `KINDS`."""
    again = [one for one in row.again if one.failed >= _OFTEN]
    before = [one for one in row.again if one.failed < _OFTEN]
    counted = (
        tuple(
            (one.case, f"{numbers.count(one.failed)} of {numbers.count(one.runs)}")
            if row.runs > 1
            else (one.case, "")
            for one in several
        )
        for several in (again, before)
    )
    plain = (tuple((case, "") for case in cases) for cases in (row.new, row.mended))
    return tuple(map(Logged, KINDS, (*counted, *plain)))


def failure_log_lines(record: Record, page: Page, *, verbose: int) -> list[Line]:
    """Return a paragraph per task and candidate of which earlier runs are known.

    Of each kind 3 cases are named, 10 at `verbose` 1, 50 from 2 on; mended ones from 1 on, when it
    is also said where nothing failed before or now.
    """
    lines: list[Line] = []
    for row in record.failure_log:
        parts = list(_parts(row, page, verbose))
        if parts or verbose > 0:
            where = f"of {page.clean(row.candidate)} on {page.clean(row.task)}"
            runs = numbers.counted(row.runs, "earlier run")
            text = page.dot.join(parts) or "no failure, before or now"
            lines += page.lines(page.wrapped(f"failure log {where} ({runs}): {text}"))
    return lines


def _parts(row: FailureLogRow, page: Page, verbose: int) -> Iterator[str]:
    most = most_named(verbose)
    for found in logged(row):
        if found.cases:
            shown = 0 if found.kind == MENDED and verbose <= 0 else most
            yield _named(found, page, shown)


def _named(found: Logged, page: Page, most: int) -> str:
    what = f"{numbers.count(len(found.cases))} {found.kind}"
    names = [
        page.excerpt(case, page.width // 3) + (f" ({often})" if often else "")
        for case, often in found.cases[:most]
    ]
    more = ", ..." if len(names) < len(found.cases) else ""
    return f"{what}: {', '.join(names)}{more}" if names else what
