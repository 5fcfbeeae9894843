"""The terminal section, from the header to the notes; plain text, coloured elsewhere."""

from collections.abc import Sequence

from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports.deltas import delta_table
from pytest_ftevals.reports.failure_log import failure_log_lines
from pytest_ftevals.reports.failures import failure_lines
from pytest_ftevals.reports.header import header_lines
from pytest_ftevals.reports.notes import note_lines
from pytest_ftevals.reports.page import Line, Page
from pytest_ftevals.reports.patterns import pattern_lines
from pytest_ftevals.reports.tradeoff import tradeoff_lines

__all__ = ["Line", "render_terminal"]


def render_terminal(
    record: Record,
    *,
    width: int,
    verbose: int = 0,
    samples: Sequence[Sample] = (),
    ascii_only: bool = False,
) -> list[Line]:
    """Return the report as lines of at most `width` columns, readable from 80 on.

    `verbose` 1 adds every slice and longer lists, 2 every worst case. `samples` show what the
    worst cases were answered. `ascii_only` is for terminals and logs that know no other signs.
    """
    page = Page(width=max(width, 1), ascii_only=ascii_only)
    table = delta_table(record, page, verbose=verbose)
    parts = [
        header_lines(record, page),
        table or page.lines(["no comparison was made"], "warn"),
        tradeoff_lines(record, page),
        failure_lines(record, page, samples=samples, verbose=verbose),
        pattern_lines(record, page, verbose=verbose),
        failure_log_lines(record, page, verbose=verbose),
        note_lines(record, page, verbose=verbose),
    ]
    lines: list[Line] = []
    for part in filter(None, parts):
        lines += [*([Line("")] if lines else []), *part]
    return [Line(page.shorten(line.text.rstrip(), page.width), line.style) for line in lines]
