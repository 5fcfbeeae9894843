"""The terminal section: lines made elsewhere, coloured and written here."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.run.terminal import render_terminal
from pytest_ftevals.run.write import left_out

_COLOURS = {"good": {"green": True}, "bad": {"red": True}, "warn": {"yellow": True}}


def show_summary(
    terminal: pytest.TerminalReporter,
    record: Record,
    samples: Sequence[Sample],
    *,
    written: Sequence[Path],
) -> None:
    """Write the report, in the terminal's width."""
    verbosity = terminal.config.get_verbosity()
    width = shutil.get_terminal_size(fallback=(80, 24)).columns
    # Unlike `section` it ends the line of progress, which --tb=no leaves open.
    terminal.write_sep("=", "ftevals: base and candidates")
    lines = render_terminal(
        record,
        # The last column stays free: some terminals wrap a line that fills it.
        width=width - 1,
        verbose=max(0, verbosity),
        samples=samples if verbosity >= 0 else (),
        ascii_only=not speaks_unicode(),
    )
    for line in lines:
        terminal.write_line(line.text, **_COLOURS.get(line.style or "", {}))
    for path in written:
        terminal.write_line(f"written: {path}")
    for missing in left_out(record, written[0].parent) if written else ():
        terminal.write_line(missing)


def speaks_unicode() -> bool:
    """Return whether the terminal can show signs beyond ASCII."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        "·…".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
