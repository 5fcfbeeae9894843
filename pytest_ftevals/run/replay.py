"""An earlier run that is decided again: its record, and what of its tasks still stands."""

from dataclasses import dataclass
from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.record import Record, VariantRow
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.reports.folder import GIVE, RECORD, SAMPLES, read_record
from pytest_ftevals.run.changed import nothing_changed

AGAIN = "Run again with models and --ftevals-report DIR, and replay that run."


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The record of the run that is decided again."""

    folder: Path
    record: Record

    @property
    def base_source(self) -> str | None:
        """Where the base came from; None where the run had no reason to look at a model."""
        return next((one.source for one in self.record.variants if one.name == BASE), None)

    @property
    def nothing_changed(self) -> str:
        """Why the run had no candidate, where no adapter had changed; empty where one had."""
        chosen = self.record.run.get("changed")
        if not isinstance(chosen, dict) or chosen.get("adapters"):
            return ""
        gone = chosen.get("gone")
        names = [str(one) for one in gone] if isinstance(gone, list) else []
        return nothing_changed(str(chosen.get("file")), str(chosen.get("since")), names)

    def check_base(self) -> None:
        """Raise FtevalsError where there is no base: then nothing was answered."""
        if self.base_source is None:
            raise FtevalsError(
                "the run that wrote it had no models, so there is nothing to decide again",
                where=f"--ftevals-replay {self.folder}",
                fix=AGAIN,
            )

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

    Raises FtevalsError where a file is missing or broken, or where the run came to no models though
    it was to test some.
    """
    where = f"--ftevals-replay {folder}"
    for name in (RECORD, SAMPLES):
        if not (folder / name).is_file():
            raise FtevalsError(f"there is no {name}", where=where, fix=GIVE)
    replay = Replay(folder=folder, record=read_record(folder, where=where))
    if not replay.nothing_changed:
        replay.check_base()
    return replay
