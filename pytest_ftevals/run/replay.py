"""An earlier run that is decided again: its record, and what of its tasks still stands."""

from dataclasses import dataclass
from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.record import Record, VariantRow
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.reports.folder import GIVE, RECORD, SAMPLES, read_record

AGAIN = "Run again with models and --ftevals-report DIR, and replay that run."


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The record of the run that is decided again."""

    folder: Path
    record: Record

    @property
    def base(self) -> VariantRow:
        """The base, as the record knows it."""
        return next(one for one in self.record.variants if one.name == BASE)

    @property
    def candidates(self) -> tuple[VariantRow, ...]:
        """The candidates, in the order of the run."""
        return tuple(one for one in self.record.variants if one.name != BASE)

    @property
    def started(self) -> str:
        """When the run started, ISO 8601; empty where its record does not say."""
        return str(self.record.run.get("started") or "")

    def change(self, task: Task) -> FtevalsError | None:
        """Return why a task's answers say nothing of the task as it is now; None where they do.

        Metrics, slices, clusters and what passes may have changed: they are computed anew.
        """
        if task.kind == "deployment":
            return FtevalsError(
                f"task {task.name!r} measures time and memory, which a replay cannot",
                where=f"--ftevals-replay {self.folder}",
                fix="Deselect its tests, or run them with models.",
            )
        row = next((one for one in self.record.tasks if one.name == task.name), None)
        if row is None:
            known = ", ".join(one.name for one in self.record.tasks) or "none"
            return FtevalsError(
                f"the replayed run did not ask task {task.name!r}; its tasks are: {known}",
                where=f"--ftevals-replay {self.folder}",
                fix=AGAIN,
            )
        decode = task.decode.to_json() if task.kind == "generate" else None
        differs = {
            "data": row.data_hash != task.data_hash,
            "prompt or expectation": row.template_hash != task.template_hash,
            "decoding": row.decode != decode,
            "number of samples": row.samples < task.samples,
        }
        changed = [name for name, other in differs.items() if other]
        if not changed:
            return None
        return FtevalsError(
            f"task {task.name!r} has changed since the replayed run: its {' and '.join(changed)}",
            where=str(task.path),
            fix=f"Its answers cannot be decided again. {AGAIN}",
        )


def read_replay(folder: Path) -> Replay:
    """Read the record in a folder that ``--ftevals-report`` wrote.

    Raises FtevalsError where a file is missing or broken, or where the run came to no models.
    """
    where = f"--ftevals-replay {folder}"
    for name in (RECORD, SAMPLES):
        if not (folder / name).is_file():
            raise FtevalsError(f"there is no {name}", where=where, fix=GIVE)
    record = read_record(folder, where=where)
    names = [one.name for one in record.variants]
    if BASE not in names:
        raise FtevalsError(
            "the run that wrote it had no models, so there is nothing to decide again",
            where=where,
            fix=AGAIN,
        )
    return Replay(folder=folder, record=record)
