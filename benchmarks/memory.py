"""Peak memory of a whole process: the base with three adapters against the base alone."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.hellaswag import FILE as HELLASWAG
from benchmarks.options import Options
from benchmarks.suite import PROGRAMS, make_suite, read_rows, write_rows
from benchmarks.table import Row
from benchmarks.timing import race
from benchmarks.trec import FILE as TREC

FACTORS = (0.5, 1.0, 1.5)
"""Of the adapter's weights, so that the three are different ones."""
ROWS = 64
GOAL = 1.25


def rows(options: Options) -> Iterator[Row]:
    """Yield the row; raises NotRunError where something is missing."""
    with tempfile.TemporaryDirectory() as name:
        suite = make_suite(Path(name) / "suite", "trec", "hellaswag", "memory")
        for path, target in ((TREC, "trec.jsonl"), (HELLASWAG, "hellaswag.jsonl")):
            write_rows(suite.folder / target, read_rows(options.data(path), options.rows(ROWS)))
        adapters = {}
        for factor in FACTORS:
            target_folder = Path(name) / f"times{factor}"
            scale = [str(PROGRAMS / "scaled_adapter.py"), str(options.adapter), str(factor)]
            command = [sys.executable, *scale, str(target_folder)]
            subprocess.run(command, check=True, capture_output=True, text=True)
            adapters[f"times{factor}"] = target_folder
        alone, together = race(
            [
                suite.side("plugin, base", options.model, {}, tests="test_memory.py"),
                suite.side(
                    "plugin, base + 3 adapters", options.model, adapters, tests="test_memory.py"
                ),
            ],
            runs=options.runs,
            warm_up=False,
        )
        answered = suite.record()["run"]["plan"]
    share = together.peak / alone.peak
    yield Row(
        work=f"peak memory, base + {len(FACTORS)} adapters",
        against="the base alone on the same cases",
        measured=f"{together.peak / 2**20:,.0f} MiB against {alone.peak / 2**20:,.0f} MiB: "
        f"{share:.2f} times",
        parity=f"{answered['computed']:,} of {answered['unique']:,} requests answered",
        goal=f"at most {GOAL:.2f} times",
        met=share <= GOAL,
    )
