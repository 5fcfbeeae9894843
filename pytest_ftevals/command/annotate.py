"""``pytest-ftevals annotate``: red tests as annotations of a pull request, for GitHub Actions."""

import argparse
from collections.abc import Iterator
from pathlib import Path

_ABOUT = """\
Print a workflow command of GitHub Actions for each test that did not pass, at most 10 and the worst
first. In a job they become annotations on the tests' lines. Run it where pytest ran."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the sub-command to the command's parser."""
    parser = commands.add_parser(
        "annotate",
        help="Annotate a pull request's lines with the tests that did not pass.",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=_annotate)
    parser.add_argument(
        "report", type=Path, metavar="DIR", help="the report's folder, or its record.json"
    )
    parser.add_argument(
        "--root",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="the repository's root, which files are named from (default: the current folder)",
    )


def _annotate(chosen: argparse.Namespace) -> Iterator[str]:
    from pytest_ftevals.reports.annotations import annotations
    from pytest_ftevals.reports.folder import read_record

    root = chosen.root.resolve()
    found = annotations(read_record(chosen.report), lambda file: _place(file, root))
    return (one.command for one in found)


def _place(file: str, root: Path) -> str | None:
    """Return a test's file relative to the repository; None where it is not in it.

    Node ids are relative to pytest's root folder, which lies at or above the current folder.
    """
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        try:
            path = (folder / file).resolve()
            if path.is_file():
                return path.relative_to(root).as_posix() if path.is_relative_to(root) else None
        except (OSError, ValueError):  # a name that is too long, or holds NUL
            return None
    return None
