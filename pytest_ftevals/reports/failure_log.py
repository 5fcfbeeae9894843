"""Failures against earlier runs: what fails again and again, what is new, what was mended."""

from collections.abc import Iterator, Sequence

from pytest_ftevals.core.failures import FailureLogRow
from pytest_ftevals.core.record import Record
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.page import Line, Page

_SHOWN = (3, 10, 50)
"""By verbosity."""


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
    most = _SHOWN[min(max(verbose, 0), 2)]
    if row.again:
        names = [page.excerpt(one.case, page.width // 3) for one in row.again[:most]]
        if row.runs > 1:
            often = (f"({one.failed} of {one.runs})" for one in row.again)
            names = [f"{name} {part}" for name, part in zip(names, often, strict=False)]
        words = "again" if row.runs == 1 else "again and again"
        yield _named(f"{numbers.count(len(row.again))} {words}", names, len(row.again))
    if row.new:
        names = [page.excerpt(case, page.width // 3) for case in row.new[:most]]
        yield _named(f"{numbers.count(len(row.new))} new", names, len(row.new))
    if row.mended:
        names = [
            page.excerpt(case, page.width // 3) for case in row.mended[: most if verbose > 0 else 0]
        ]
        yield _named(f"{numbers.count(len(row.mended))} mended", names, len(row.mended))


def _named(what: str, names: Sequence[str], n: int) -> str:
    more = ", ..." if len(names) < n else ""
    return f"{what}: {', '.join(names)}{more}" if names else what
