"""The tasks of a run: each file is read once, its metrics checked, its rows read when needed."""

from dataclasses import replace
from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.task import Metric, Task
from pytest_ftevals.metrics.registry import build, metric_of
from pytest_ftevals.run.label_rules import label_rules
from pytest_ftevals.run.lm_eval_tasks import check_lm_eval_name, lm_eval_task
from pytest_ftevals.tasks import (
    DataAccess,
    MissingDataError,
    TaskFile,
    check_names,
    check_sources,
    load_task_file,
    read_task_file,
)
from pytest_ftevals.tasks.lm_eval import PREFIX as LM_EVAL
from pytest_ftevals.tasks.lm_eval import LmEvalSource, is_lm_eval, read_source
from pytest_ftevals.tasks.standard import standard_names, standard_task

__all__ = [
    "LM_EVAL",
    "Declared",
    "Library",
    "LmEvalSource",
    "MissingDataError",
    "TaskFile",
    "declare",
    "standard_names",
    "standard_task",
]

Declared = TaskFile | LmEvalSource
"""What a test names: a task file, or a task of lm-eval."""


def declare(path: Path) -> Declared:
    """Read a task file and check its metrics' names, reading no rows.

    A path may stand for a task of lm-eval, see `LmEvalSource.path`. Raises FtevalsError with
    FILE:LINE for every mistake in the file itself.
    """
    if is_lm_eval(path):
        return read_source(path)
    task_file = read_task_file(path)
    check_sources(task_file)
    custom_metrics(task_file)
    label_rules(task_file)
    return task_file


def custom_metrics(task_file: TaskFile) -> dict[str, Metric]:
    """Return the metrics that a task file configures or brings itself, by name.

    Raises FtevalsError with FILE:LINE where a metric is unknown, or its options are wrong.
    """
    found: dict[str, Metric] = {}
    for index, entry in enumerate(task_file.entries):
        try:
            made = build(entry, task_file.path.parent)
        except FtevalsError as error:
            where = task_file.where(f"metrics.{index}")
            raise FtevalsError(str(error), where=where) from None
        if made is not None:
            found[entry.name] = made
    return found


class Library:
    """The tasks in use, by path; one name stands for one file."""

    def __init__(self, access: DataAccess | None = None) -> None:
        """Hold nothing yet; `access` says where hub data sets may come from."""
        self._access = access or DataAccess()
        self._missing: dict[Path, MissingDataError] = {}
        self._files: dict[Path, Declared] = {}
        self._tasks: dict[Path, Task] = {}

    def task(self, declared: Declared, *, collecting: bool = False) -> Task:
        """Return the task with its cases, read on first use; while `collecting` without a network.

        Raises MissingDataError where its data are not at hand; FtevalsError for a mistake in them,
        a metric that does not fit the task, or another file of the same name.
        """
        path = declared.path.resolve()
        if path not in self._tasks:
            self._check_name(declared)
            task = self._loaded(path, declared, collecting=collecting)
            for name in task.metrics:
                metric_of(task, name).check(task)
            self._files[path] = declared
            self._tasks[path] = task
        return self._tasks[path]

    def _check_name(self, declared: Declared) -> None:
        if isinstance(declared, LmEvalSource):
            check_lm_eval_name(self._files, declared)
            return
        files = [one for one in self._files.values() if isinstance(one, TaskFile)]
        check_names([*files, declared])

    def _loaded(self, path: Path, declared: Declared, *, collecting: bool) -> Task:
        known = self._missing.get(path)
        if known is not None:
            # A new one each time: one exception would collect the frames of every test.
            raise MissingDataError(str(known), later=False)
        access = replace(self._access, collecting=collecting)
        try:
            if isinstance(declared, LmEvalSource):
                return lm_eval_task(declared, access)
            return replace(
                load_task_file(declared, access),
                custom_metrics=custom_metrics(declared),
                label_rules=label_rules(declared),
            )
        except MissingDataError as error:
            if not error.later:  # a network that fails is slow to say so, and many tests may ask
                self._missing[path] = error
            raise

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
