"""MMLU, 5-shot, four whole subjects: base and adapter against two runs of lm-eval."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.against_lm_eval import Against, measure
from benchmarks.harness import make_harness
from benchmarks.options import Options
from benchmarks.parity import CLOSE, TOLERANCE
from benchmarks.suite import Suite, make_suite, read_rows, write_rows
from benchmarks.table import Row, faster

SUBJECTS = (
    "business_ethics",
    "college_chemistry",
    "college_computer_science",
    "international_law",
)
"""Of about 100 questions each, with blocks of short and of long examples."""
COLD_GOAL, STORED_GOAL = 8.0, 16.0
SUBSET = 16
"""Questions of each subject on which lm_eval's batch size is chosen."""


def rows(options: Options) -> Iterator[Row]:
    """Yield the rows; raises NotRunError where something is missing."""
    with tempfile.TemporaryDirectory() as name:
        suite = make_mmlu(Path(name) / "suite", options)
        folder = suite.folder
        harness = make_harness(
            Path(name) / "harness",
            options,
            "mmlu",
            {
                f"ftevals_mmlu_{subject}": {
                    "subject": subject.replace("_", " "),
                    "test": str(folder / f"{subject}_test.jsonl"),
                    "dev": str(folder / f"{subject}_dev.jsonl"),
                }
                for subject in SUBJECTS
            },
        )
        found = measure(
            suite,
            harness,
            options,
            tests="test_mmlu.py",
            base_tests="test_base.py",
            subset=options.rows(SUBSET),
        )
    yield from _rows(found)


def make_mmlu(folder: Path, options: Options) -> Suite:
    """Return a suite of all subjects; a file of its own a subject too, for lm_eval."""
    suite = make_suite(folder, "mmlu")
    for part in ("test", "dev"):
        together = []
        for subject in SUBJECTS:
            path = options.data(f"mmlu/{subject}_{part}.jsonl")
            taken = read_rows(path, options.limit if part == "test" else None)
            write_rows(folder / path.name, taken)
            together += taken
        write_rows(folder / f"mmlu_{part}.jsonl", together)
    return suite


def _rows(found: Against) -> Iterator[Row]:
    work = f"MMLU 5-shot, {found.parity.questions // 2} questions, base + adapter"
    measured, goal, met = faster(found.theirs.wall, found.cold.wall, COLD_GOAL)
    yield Row(
        work=f"{work}, empty store",
        against=found.other,
        measured=measured,
        parity=str(found.parity),
        goal=goal,
        met=met,
    )
    if found.stored is not None:
        measured, goal, met = faster(found.theirs.wall, found.stored.wall, STORED_GOAL)
        yield Row(
            work=f"{work}, the base stored",
            against=found.other,
            measured=measured,
            parity=str(found.stored_parity),
            goal=goal,
            met=met,
        )
    yield Row(
        work=f"{work}: log-likelihoods",
        against="those of lm_eval",
        measured=f"largest difference {found.parity.largest:.1e}",
        parity=str(found.parity),
        goal=f"at most {TOLERANCE:.0e}, same choice where the margin is over {CLOSE:.0e}",
        met=found.parity.within_tolerance and found.parity.same_choices,
    )
