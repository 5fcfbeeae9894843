"""The tasks of a run: each file is read once, its metrics checked, its rows read when needed."""

from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.registry import metric
from pytest_ftevals.tasks import TaskFile, check_names, load_task_file, read_task_file

__all__ = ["Library", "TaskFile", "declare"]


def declare(path: Path) -> TaskFile:
    """Read a task file and check its metrics' names, reading no rows.

    Raises FtevalsError with FILE:LINE for every mistake in the file itself.
    """
    task_file = read_task_file(path)
    for index, name in enumerate(task_file.metrics):
        try:
            metric(name)
        except FtevalsError as error:
            where = task_file.where(f"metrics.{index}")
            raise FtevalsError(str(error), where=where) from None
    return task_file


class Library:
    """The tasks in use, by path; one name stands for one file."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._files: dict[Path, TaskFile] = {}
        self._tasks: dict[Path, Task] = {}

    def task(self, task_file: TaskFile) -> Task:
        """Return the task with its cases, read on first use.

        Raises FtevalsError for a mistake in its data, a metric that does not fit it, or another
        file of the same name.
        """
        path = task_file.path.resolve()
        if path not in self._tasks:
            check_names([*self._files.values(), task_file])
            task = load_task_file(task_file)
            for name in task.metrics:
                metric(name).check(task)
            self._files[path] = task_file
            self._tasks[path] = task
        return self._tasks[path]

    def named(self, name: str) -> Task:
        """Return the task of that name; raises FtevalsError for one that was not used."""
        for task in self._tasks.values():
            if task.name == name:
                return task
        raise FtevalsError(
            f"no task {name!r} is in use",
            fix="Use the cases that TASK.cases() hands to a test; a case made by hand has no task.",
        )

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks used so far, first used first."""
        return tuple(self._tasks.values())
