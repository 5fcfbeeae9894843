"""The whole report as Markdown, short enough for a comment on a pull request."""

from collections.abc import Iterator, Sequence

from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.header import header_lines
from pytest_ftevals.reports.headline import headline
from pytest_ftevals.reports.markdown.cases import (
    label_parts,
    log_parts,
    pattern_parts,
    red_parts,
    regression_parts,
)
from pytest_ftevals.reports.markdown.layout import Part, fitted
from pytest_ftevals.reports.markdown.tables import delta_parts, tradeoff_parts
from pytest_ftevals.reports.markdown.text import FOLD_END, code, fenced, folded
from pytest_ftevals.reports.notes import note_lines
from pytest_ftevals.reports.page import Page

MOST = 60_000
"""Of the 65,536 characters that GitHub takes: room for what is put before and after the report."""
RANK_FIRST, RANK_NOTES = 0, 6
_SIGNS = {"PASS": "✅", "FAIL": "❌", "NO VERDICT": "⚠️"}
_WIDTH = 110
_HEADER = 400
_COMMAND = 300
_MOST_CANDIDATES = 20
_MOST_NOTES = 60
"""Lines."""


def markdown_parts(record: Record, samples: Sequence[Sample]) -> Iterator[str]:
    """Yield the report in GitHub's Markdown, at most `MOST` characters.

    What does not fit is left out from the least important on, and said so.
    """
    found = headline(record)
    yield fitted(
        [
            Part(rank=RANK_FIRST, head=f"## {_SIGNS[found.word]} {found.word}\n\n{found.text}\n\n"),
            *_chosen(record),
            *_models(record),
            *(delta_parts(record) or [_nothing()]),
            *red_parts(record),
            *tradeoff_parts(record),
            *label_parts(record),
            *pattern_parts(record),
            *log_parts(record),
            *regression_parts(record, samples),
            *_notes(record),
            Part(rank=RANK_FIRST, head=_made(record), noun="last line"),
        ],
        MOST,
    )


def _chosen(record: Record) -> list[Part]:
    """Say which adapters changed and were tested, where a run was to find that out."""
    chosen = record.run.get("changed")
    if not isinstance(chosen, dict):
        return []
    told = {"adapters": "changed", "unchanged": "unchanged, not tested", "gone": "gone"}
    parts = [
        f"{what}: {_names(names)}"
        for key, what in told.items()
        if isinstance(names := chosen.get(key), list) and names
    ]
    head = f"Adapters of {code(str(chosen.get('file')))} since {code(str(chosen.get('since')))}"
    return [Part(rank=RANK_FIRST, head=f"{head}: {'; '.join(parts) or 'none'}\n\n")]


def _names(names: Sequence[object]) -> str:
    left = len(names) - _MOST_CANDIDATES
    more = f" and {numbers.count(left)} more" if left > 0 else ""
    return ", ".join(code(str(name)) for name in names[:_MOST_CANDIDATES]) + more


def _models(record: Record) -> list[Part]:
    lines = [line.text for line in header_lines(record, Page(width=_HEADER))]
    if not lines:
        return []
    text = fenced(_at_most(_MOST_CANDIDATES + 1, lines)) + "\n"
    return [Part(rank=RANK_FIRST, head=text, noun="model list")]


def _at_most(most: int, lines: Sequence[str]) -> list[str]:
    """Return the first lines; one more counts those that are left out."""
    left = len(lines) - most
    return [*lines[:most], *([f"... and {numbers.counted(left, 'more line')}"] if left > 0 else [])]


def _nothing() -> Part:
    return Part(rank=RANK_FIRST, head="No comparison was made.\n\n")


def _notes(record: Record) -> list[Part]:
    lines = [line.text for line in note_lines(record, Page(width=_WIDTH), verbose=0)]
    if not lines:
        return []
    text = folded("Notes", fenced(_at_most(_MOST_NOTES, lines))) + FOLD_END
    return [Part(rank=RANK_NOTES, head=text, noun="note section")]


def _made(record: Record) -> str:
    """Return when, with what and how the report was made."""
    versions = record.run.get("versions")
    version = versions.get("pytest-ftevals") if isinstance(versions, dict) else None
    took = record.run.get("duration_s")
    parts = [
        f"pytest-ftevals {code(str(version))}" if version else "pytest-ftevals",
        code(str(started)) if (started := record.run.get("started")) else "",
        numbers.duration(took) if isinstance(took, int | float) else "",
        code(str(command), _COMMAND) if (command := record.run.get("command")) else "",
    ]
    return f"{' · '.join(filter(None, parts))}\n"
