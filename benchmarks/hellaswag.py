"""HellaSwag, 0-shot, the first 500 rows: base and adapter against two runs of lm-eval."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.against_lm_eval import measure
from benchmarks.harness import make_harness
from benchmarks.options import Options
from benchmarks.suite import Suite, make_suite, read_rows, write_rows
from benchmarks.table import Row, faster

FILE = "hellaswag/validation_first_2000.jsonl"
ROWS = 500
GOAL = 2.5
SUBSET = 64
"""Rows on which lm_eval's batch size is chosen."""


def rows(options: Options) -> Iterator[Row]:
    """Yield the rows; raises NotRunError where something is missing."""
    with tempfile.TemporaryDirectory() as name:
        suite = make_hellaswag(Path(name) / "suite", options)
        validation = str(suite.folder / "hellaswag.jsonl")
        harness = make_harness(
            Path(name) / "harness",
            options,
            "hellaswag",
            {"ftevals_hellaswag": {"validation": validation}},
        )
        found = measure(
            suite, harness, options, tests="test_hellaswag.py", subset=options.rows(SUBSET)
        )
    work = f"HellaSwag 0-shot, {found.parity.questions // 2} rows, base + adapter, empty store"
    measured, goal, met = faster(found.theirs.wall, found.cold.wall, GOAL)
    yield Row(
        work=work,
        against=found.other,
        measured=measured,
        parity=str(found.parity),
        goal=f"{goal}, same choices",
        met=met and found.parity.same_choices,
    )


def make_hellaswag(folder: Path, options: Options) -> Suite:
    """Return a suite of the first rows."""
    suite = make_suite(folder, "hellaswag")
    write_rows(folder / "hellaswag.jsonl", read_rows(options.data(FILE), options.rows(ROWS)))
    return suite
