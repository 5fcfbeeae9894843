"""Reports of 20,000 cases, a base and two candidates: writing all formats, opening the page."""

import json
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import browser
from benchmarks.options import Options, parse
from benchmarks.suite import PROGRAMS
from benchmarks.table import HEAD, NotRunError, Row, not_run
from benchmarks.timing import Side, run

CASES = 20_000
GOAL_SECONDS, GOAL_BYTES = 10.0, 500e6
GOAL_OPENED = 3.0
OPENINGS = 5
GOAL_FILTERED = GOAL_SCROLLED = 0.1
GOAL_SEARCHED = 5.0
_WORD = "fir"
"""What is searched for; a common one."""


def rows(options: Options) -> Iterator[Row]:
    """Yield what writing took, then what a browser took."""
    cases = options.rows(CASES)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        written = [_write(folder, cases) for _ in range(options.runs)]
        yield from _of_writing(written, cases)
        opened = browser.measure(folder / "report" / "report.html", _WORD, runs=OPENINGS)
    for work, seconds, goal in (
        ("opened in Chromium until it can be used", opened.opened, GOAL_OPENED),
        ("filtered by a label", opened.filtered, GOAL_FILTERED),
        ("scrolled, the slowest of 60 steps through all cases", opened.scrolled, GOAL_SCROLLED),
        ("all texts searched for a word", opened.searched, GOAL_SEARCHED),
    ):
        yield Row(
            work=f"report.html of {cases:,} cases, {work}",
            against="",
            measured=f"{seconds:.2f} s",
            goal=f"at most {goal:g} s",
            met=seconds <= goal,
        )


def _write(folder: Path, cases: int) -> Mapping[str, Any]:
    """Write a report in a process of its own; return what it measured."""
    measured = folder / "measured.json"
    program = [str(PROGRAMS / "large_report.py"), str(cases), str(folder / "report")]
    command = [sys.executable, *program, str(measured)]
    run(Side(name=f"report of {cases:,} cases", commands=[command], folder=Path.cwd()))
    found: dict[str, Any] = json.loads(measured.read_text(encoding="utf-8"))
    return found


def _of_writing(written: Sequence[Mapping[str, Any]], cases: int) -> Iterator[Row]:
    seconds = statistics.median(one["seconds"] for one in written)
    peak, made = (statistics.median(one[name] for one in written) for name in ("peak", "made"))
    sizes = written[-1]["sizes"].items()
    yield Row(
        work=f"all formats of {cases:,} cases written",
        against="",
        measured=f"{seconds:.1f} s",
        parity=", ".join(f"{name} {size / 1e6:,.1f} MB" for name, size in sizes),
        goal=f"at most {GOAL_SECONDS:g} s",
        met=seconds <= GOAL_SECONDS,
    )
    yield Row(
        work="peak memory of that process",
        against="",
        measured=f"{peak / 1e6:,.0f} MB, of which {made / 1e6:,.0f} MB are the samples and Python",
        goal=f"at most {GOAL_BYTES / 1e6:,.0f} MB",
        met=peak <= GOAL_BYTES,
    )


def main() -> None:
    """Print the table of this work alone."""
    options = parse(None, ["reports"])
    print(HEAD, flush=True)
    try:
        for row in rows(options):
            print(row.line(), flush=True)
    except NotRunError as error:
        print(not_run("reports", str(error)), flush=True)


if __name__ == "__main__":
    main()
