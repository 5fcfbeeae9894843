"""``pytest-ftevals report``: every format of a report written again from its record."""

import argparse
from collections.abc import Iterator
from pathlib import Path

_ABOUT = """\
Write all files of a report again from its record.json and samples.jsonl: after an update of
pytest-ftevals, or into another folder. No model is asked and nothing is decided anew; for that, run
pytest with --ftevals-replay DIR."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the sub-command to the command's parser."""
    parser = commands.add_parser(
        "report",
        help="Write all files of a report again from its record.",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=_report)
    parser.add_argument(
        "report",
        type=Path,
        metavar="DIR",
        help="the report's folder, as --ftevals-report wrote it",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where to write them; made if it is missing (default: the same folder)",
    )


def _report(chosen: argparse.Namespace) -> Iterator[str]:
    from pytest_ftevals.reports.folder import read_report
    from pytest_ftevals.reports.formats import left_out
    from pytest_ftevals.reports.write import check_folder, write_report

    source = chosen.report
    record, samples = read_report(source)
    given = "pytest-ftevals report" if chosen.out is None else "--out"
    folder = chosen.out or (source if source.is_dir() else source.parent)
    check_folder(folder, given=given)
    for path in write_report(folder, record, samples, given=given):
        yield f"wrote {path}"
    for sentence in left_out(record, folder):
        yield f"note: {sentence}"
