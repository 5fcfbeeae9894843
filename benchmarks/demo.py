"""The bundled suite as a whole process: with an empty store, and with a full one."""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.options import Options
from benchmarks.table import Row
from benchmarks.timing import Side, race, run

ROOT = Path(__file__).parent.parent
MODELS = ROOT / "evalsuites" / "demo" / "models"
COLD_GOAL, STORED_GOAL = 60.0, 5.0
LOOK_INTO = ("-p", "benchmarks.programs.loaded")
"""Found in `ROOT`, where ``python -m pytest`` looks first."""


def rows(options: Options) -> Iterator[Row]:
    """Yield a row for the first and one for the second run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cold, stored = race(
            [_cold(folder / "cold"), _side("suite, all stored", folder / "stored")],
            runs=options.runs,
        )
        loaded = _loaded(folder)
    yield Row(
        work="bundled suite, empty store",
        against="",
        measured=f"{cold.wall:.1f} s",
        parity="all tests pass",
        goal=f"at most {COLD_GOAL:.0f} s",
        met=cold.wall <= COLD_GOAL,
    )
    yield Row(
        work="bundled suite, second run",
        against="first run",
        measured=f"{stored.wall:.1f} s against {cold.wall:.1f} s, "
        f"{', '.join(loaded) or 'no weights'} loaded",
        parity="all tests pass",
        goal=f"under {STORED_GOAL:.0f} s, no weights loaded",
        met=stored.wall < STORED_GOAL and not loaded,
    )


def _cold(store: Path) -> Side:
    return _side("suite, empty store", store, fresh=True)


def _side(name: str, store: Path, *more: str, fresh: bool = False) -> Side:
    def prepare() -> None:
        if fresh:
            shutil.rmtree(store, ignore_errors=True)

    command = [sys.executable, "-m", "pytest", "evalsuites", "-q", f"--ftevals-store={store}"]
    return Side(
        name=name,
        commands=[[*command, *more]],
        folder=ROOT,
        prepare=prepare,
    )


def _loaded(folder: Path) -> list[str]:
    """Run once more on the full store; return which libraries that load weights it imported."""
    output = folder / "loaded.json"
    run(_side("suite, looked into", folder / "stored", *LOOK_INTO, f"--loaded-to={output}"))
    found: list[str] = json.loads(output.read_text("utf-8"))
    return found
