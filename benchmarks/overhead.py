"""What the plugin costs a project without evaluations: CPU time of ``pytest --collect-only``."""

import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.timing import Side, race

GOAL_MS = 50.0
RUNS = 15


def rows() -> list[tuple[str, str, str, str]]:
    """Return (work, measured, goal, met or missed) with and without .pyc files."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_nothing.py").write_text("def test_nothing() -> None:\n    pass\n")
        for cached in (True, False):
            # An empty cache prefix and no writing: every module is compiled on each run.
            prefix = folder / "pycache"
            environment = {
                "PYTHONPYCACHEPREFIX": str(prefix),
                "PYTHONDONTWRITEBYTECODE": "" if cached else "1",  # empty is unset
            }
            if not cached:
                shutil.rmtree(prefix, ignore_errors=True)
            command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "test_nothing.py"]
            with_plugin, bare = race(
                [
                    Side(name="with", command=command, folder=folder, environment=environment),
                    Side(
                        name="bare",
                        command=[*command, "-p", "no:ftevals"],
                        folder=folder,
                        environment=environment,
                    ),
                ],
                runs=RUNS,
            )
            extra = 1000 * (with_plugin.cpu - bare.cpu)
            found.append(
                (
                    f"collecting a project without evals, {'with' if cached else 'without'} .pyc",
                    f"{extra:+.0f} ms of CPU over {1000 * bare.cpu:.0f} ms",
                    f"at most {GOAL_MS:.0f} ms",
                    "met" if extra <= GOAL_MS else "missed",
                )
            )
    return found
