"""What the plugin costs a project without evaluations: CPU time of ``pytest --collect-only``."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.options import Options
from benchmarks.table import Row
from benchmarks.timing import Side, Timing, race

GOAL_MS = 50.0
RUNS_EACH = 5
"""Runs for one of the other works': these take half a second."""


def rows(options: Options) -> Iterator[Row]:
    """Yield a row with and one without .pyc files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_nothing.py").write_text("def test_nothing() -> None:\n    pass\n")
        for cached in (True, False):
            ours, bare = _raced(folder, cached=cached, runs=RUNS_EACH * options.runs)
            extra = 1000 * (ours.cpu - bare.cpu)
            yield Row(
                work=f"collecting a project without evals, {'with' if cached else 'without'} .pyc",
                against="without the plugin",
                measured=f"{extra:+.0f} ms of CPU over {1000 * bare.cpu:.0f} ms",
                goal=f"at most {GOAL_MS:.0f} ms",
                met=extra <= GOAL_MS,
            )


def _raced(folder: Path, *, cached: bool, runs: int) -> list[Timing]:
    # An empty cache prefix and no writing: every module is compiled on each run.
    prefix = folder / "pycache"
    environment = {
        "PYTHONPYCACHEPREFIX": str(prefix),
        "PYTHONDONTWRITEBYTECODE": "" if cached else "1",  # empty is unset
    }
    if not cached:
        shutil.rmtree(prefix, ignore_errors=True)
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "test_nothing.py"]
    sides = [("with", command), ("bare", [*command, "-p", "no:ftevals"])]
    return race(
        [
            Side(name=name, commands=[each], folder=folder, environment=environment)
            for name, each in sides
        ],
        runs=runs,
    )
