"""``pytest-ftevals diff``: what changed between two reports."""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_ftevals.core.record import Record, Sample

DIFFERENT = 3
"""Exit status of ``--exit-code`` where anything differs: 1 and 2 are mistakes'."""

_ABOUT = """\
Compare two reports: what changed in settings (versions, hardware, options, variants, tasks), in
values and verdicts, and in single cases. Tasks, metrics, slices and candidates are matched by
their names. A plain statement comes first. Nothing is computed but counts."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the sub-command to the command's parser."""
    parser = commands.add_parser(
        "diff",
        help="Say what changed between two reports.",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=_diff)
    for name, which in (("before", "the first"), ("after", "the second")):
        parser.add_argument(
            name,
            type=Path,
            metavar="REPORT",
            help=f"{which} report: its folder, or its record.json",
        )
    parser.add_argument(
        "--candidate",
        type=_pair,
        action="append",
        default=[],
        metavar="A=B",
        help="compare candidate A of the first report with B of the second; may be repeated",
    )
    parser.add_argument(
        "--all", action="store_true", help="list every slice, test and case that changed"
    )
    parser.add_argument(
        "--json", action="store_true", help="write the whole difference as JSON instead"
    )
    parser.add_argument(
        "--exit-code",
        action="store_true",
        help=f"end with status {DIFFERENT} where anything differs; else it is 0 for every "
        "comparison that was made",
    )


def _diff(chosen: argparse.Namespace) -> Iterator[str]:
    from pytest_ftevals.reports.diff.as_json import difference_json
    from pytest_ftevals.reports.diff.difference import difference
    from pytest_ftevals.reports.diff.names import Names
    from pytest_ftevals.reports.diff.page import difference_lines
    from pytest_ftevals.reports.folder import read_record
    from pytest_ftevals.reports.page import Page

    records = read_record(chosen.before), read_record(chosen.after)
    names = Names.of(dict(chosen.candidate), *records)
    before = records[0], _samples(chosen.before, records[0])
    found = difference(before, (records[1], _samples(chosen.after, records[1])), names)
    if chosen.json:
        yield json.dumps(difference_json(found), indent=1)
    else:
        columns = shutil.get_terminal_size(fallback=(80, 24)).columns
        page = Page(width=max(columns - 1, 20), ascii_only=not _speaks_unicode())
        titles = (str(chosen.before), str(chosen.after))
        yield from difference_lines(found, page, titles=titles, everything=chosen.all)
    if chosen.exit_code and not found.is_none:
        sys.stdout.flush()
        raise SystemExit(DIFFERENT)


def _samples(report: Path, record: "Record") -> "Iterator[Sample] | None":
    """Return the samples of a report as they are read; None where it has none."""
    from pytest_ftevals.reports.folder import read_samples, samples_file

    if not samples_file(report).is_file():
        return None
    return (sample for _, sample in read_samples(report, record))


def _speaks_unicode() -> bool:
    try:
        "·…⏎".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _pair(text: str) -> tuple[str, str]:
    before, equals, after = text.partition("=")
    if not (before and equals and after):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no pair; write A=B, names in the first and the second report"
        )
    return before, after
