"""The plugin's side: a folder with tests, tasks and rows, its command, and what a run reported."""

import json
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.timing import Side

TEMPLATES = Path(__file__).parent / "templates"
PROGRAMS = Path(__file__).parent / "programs"


@dataclass(frozen=True, slots=True)
class Suite:
    """A folder that pytest can be started in."""

    folder: Path

    @property
    def report(self) -> Path:
        """Where a run writes its record and samples."""
        return self.folder / "report"

    @property
    def store(self) -> Path:
        """Where a run keeps its answers."""
        return self.folder / "store"

    def side(
        self,
        name: str,
        model: Path,
        adapters: Mapping[str, Path],
        *,
        tests: str,
        store_before: Path | None = None,
    ) -> Side:
        """Return a run of the file `tests`; its store is empty, or a copy of `store_before`."""

        def prepare() -> None:
            for old in (self.store, self.report):
                shutil.rmtree(old, ignore_errors=True)
            if store_before is not None:
                shutil.copytree(store_before, self.store)

        return Side(
            name=name,
            commands=[self.command(model, adapters, tests=tests)],
            folder=self.folder,
            prepare=prepare,
        )

    def command(self, model: Path, adapters: Mapping[str, Path], *, tests: str) -> list[str]:
        """Return the command of a run in float32 on the processor."""
        return [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests),
            *(f"--ftevals-store={self.store}", f"--ftevals-report={self.report}"),
            *("--ftevals-dtype=float32", "--ftevals-device=cpu", "--ftevals-offline"),
            f"--ftevals-base={model}",
            *(f"--ftevals-candidate={name}={path}" for name, path in adapters.items()),
        ]

    def record(self) -> dict[str, Any]:
        """Return the last run's record."""
        found: dict[str, Any] = json.loads((self.report / "record.json").read_text("utf-8"))
        return found

    def samples(self, variant: str) -> list[dict[str, Any]]:
        """Return the last run's samples of one variant, in the order of the rows."""
        return [
            row for row in read_rows(self.report / "samples.jsonl") if row["variant"] == variant
        ]


def make_suite(folder: Path, *templates: str) -> Suite:
    """Return a new suite of all files of these templates; their rows are written by the caller."""
    folder.mkdir(parents=True)
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    for name in templates:
        for path in (TEMPLATES / name).iterdir():
            if path.is_file():
                shutil.copy(path, folder)
    return Suite(folder)


def read_rows(path: Path, most: int | None = None) -> list[dict[str, Any]]:
    """Return the first `most` rows of a file of JSON lines."""
    # Not splitlines: a row may hold U+2028.
    lines = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line.strip()][:most]


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
