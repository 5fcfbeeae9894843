"""10,000 tests of single cases, all answered from the store, against a constant in plain pytest."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.demo import MODELS
from benchmarks.options import Options
from benchmarks.suite import make_suite, write_rows
from benchmarks.table import Row
from benchmarks.timing import Side, race, run

ROWS = 10_000
GOAL_MS = 1.0


def rows(options: Options) -> Iterator[Row]:
    """Yield the row; the bundled tiny model computes the answers once, untimed."""
    count = options.rows(ROWS)
    with tempfile.TemporaryDirectory() as name:
        suite = make_suite(Path(name) / "suite", "stored")
        write_rows(
            suite.folder / "sums.jsonl", ({"a": n // 100, "b": n % 100} for n in range(count))
        )
        command = suite.command(MODELS / "base", {}, tests="test_stored.py")
        stored = Side(name="plugin, all stored", commands=[command], folder=suite.folder)
        plain = [*(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")]
        constant = Side(
            name="a constant in plain pytest",
            commands=[[*plain, "-p", "no:ftevals", "test_constant.py"]],
            folder=suite.folder,
        )
        run(stored)
        ours, bare = race([stored, constant], runs=options.runs)
        plan = suite.record()["run"]["plan"]
    extra = 1000 * (ours.wall - bare.wall) / count
    yield Row(
        work=f"{count:,} tests of one case, answered from the store",
        against="the same tests with a constant, without the plugin",
        measured=f"{ours.wall:.1f} s against {bare.wall:.1f} s: {extra:+.2f} ms a case",
        parity=f"{plan['stored']:,} stored, {plan['computed']:,} computed",
        goal=f"at most {GOAL_MS:g} ms a case more",
        met=extra <= GOAL_MS and plan["computed"] == 0,
    )
