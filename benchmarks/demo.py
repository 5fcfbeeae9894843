"""The bundled suite as a whole process: with an empty store, and with a full one."""

import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.timing import Side, race

ROOT = Path(__file__).parent.parent
COLD_GOAL, WARM_GOAL = 60.0, 5.0
RUNS = 3


def rows() -> list[tuple[str, str, str, str]]:
    """Return (work, measured, goal, met or missed) for the first and the second run."""
    with tempfile.TemporaryDirectory() as name:
        cold_store, warm_store = Path(name) / "cold", Path(name) / "warm"
        cold, warm = race(
            [
                _side("cold", cold_store, fresh=True),
                _side("warm", warm_store, fresh=False),
            ],
            runs=RUNS,
        )
    return [
        _row("bundled suite, empty store", cold.wall, COLD_GOAL),
        _row("bundled suite, everything stored", warm.wall, WARM_GOAL),
    ]


def _side(name: str, store: Path, *, fresh: bool) -> Side:
    def prepare() -> None:
        if fresh:
            shutil.rmtree(store, ignore_errors=True)

    return Side(
        name=name,
        command=[sys.executable, "-m", "pytest", "evalsuites", "-q", f"--ftevals-store={store}"],
        folder=ROOT,
        environment={},
        prepare=prepare,
    )


def _row(work: str, seconds: float, goal: float) -> tuple[str, str, str, str]:
    met = "met" if seconds <= goal else "missed"
    return work, f"{seconds:.1f} s", f"at most {goal:.0f} s", met
