"""What failures have in common: features that more of them have than chance explains."""

from collections.abc import Iterator

from pytest_ftevals.core.failures import Pattern, PatternRow
from pytest_ftevals.core.record import Record
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.failures import sampled_tasks
from pytest_ftevals.reports.page import Line, Page, most_named


def pattern_lines(record: Record, page: Page, *, verbose: int) -> list[Line]:
    """Return a line per task, candidate and kind of failure in which features were found.

    3 features are shown, 10 at `verbose` 1, 50 from 2 on; from 1 on it is also said where none was
    found. Regressions that say what failures said are left out.
    """
    sampled = sampled_tasks(record)
    lines: list[Line] = []
    for row in _telling(record):
        if row.found or verbose > 0:
            head = _head(row, page, several=row.task in sampled)
            lines += page.lines(page.joined(head, _parts(row, page, verbose), indent=2))
    return lines


def pattern_text(found: Pattern, page: Page, width: int) -> str:
    """Return a feature with its counts: ``negation (24 of 30, lift 2.6, p 0.003)``."""
    counts = f"{numbers.count(found.failed)} of {numbers.count(found.n)}"
    p = numbers.p_value(found.p_adjusted)
    return f"{page.excerpt(found.feature, width)} ({counts}, lift {found.lift:.1f}, p {p})"


def _telling(record: Record) -> Iterator[PatternRow]:
    """Yield the rows; not those on regressions where every failure is one."""
    known = {(row.task, row.candidate, row.n, row.failed, row.found) for row in _failures(record)}
    for row in record.patterns:
        said = (row.task, row.candidate, row.n, row.failed, row.found) in known
        if row.among == "failures" or not said:
            yield row


def _failures(record: Record) -> Iterator[PatternRow]:
    return (row for row in record.patterns if row.among == "failures")


def _head(row: PatternRow, page: Page, *, several: bool) -> str:
    noun = "regression" if row.among == "regressions" else "failed case" if several else "failure"
    where = f"of {page.clean(row.candidate)} on {page.clean(row.task)}"
    each = f" (one case of each {page.clean(row.cluster)})" if row.cluster is not None else ""
    return f"patterns among {numbers.counted(row.failed, noun)} {where}{each}: "


def _parts(row: PatternRow, page: Page, verbose: int) -> list[str]:
    most = most_named(verbose)
    parts = [pattern_text(one, page, page.width // 2) for one in row.found[:most]]
    if len(row.found) > most:
        parts.append(f"{numbers.count(len(row.found) - most)} more")
    return parts or [f"none in {numbers.counted(row.tried, 'feature')}"]
