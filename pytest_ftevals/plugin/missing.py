"""Tasks whose data are not at hand: an error, or a skip where the suite asked for one."""

import pytest

from pytest_ftevals.core.task import Task
from pytest_ftevals.plugin.declare import DeclaredTask
from pytest_ftevals.run.library import Library, MissingDataError


def task_or_reason(declared: DeclaredTask, library: Library, *, collecting: bool) -> Task | str:
    """Return a task with its cases, or why its tests are skipped, in one line.

    Raises FtevalsError for a mistake in its data, and where they are not at hand though the suite
    asks for no skip.
    """
    try:
        return library.task(declared.file, collecting=collecting)
    except MissingDataError as error:
        if declared.missing_data != "skip":
            raise
        return " ".join(str(error).split())


def needed_task(item: pytest.Item, declared: DeclaredTask, library: Library) -> Task | None:
    """Return the task that a selected test names; None, the test marked, where it is skipped.

    Where tests are only collected, data that the network may have are not missed: None, too.
    """
    only_collected = bool(item.config.getoption("collectonly"))
    try:
        found = task_or_reason(declared, library, collecting=only_collected)
    except MissingDataError as error:
        if only_collected and error.later:
            return None
        raise
    if isinstance(found, str):
        item.add_marker(pytest.mark.skip(reason=found))
        return None
    return found


def asked_task(declared: DeclaredTask, library: Library) -> Task:
    """Return the task that a test's body asks for; skips the test where the suite wants that."""
    __tracebackhide__ = True
    found = task_or_reason(declared, library, collecting=False)
    if isinstance(found, str):
        pytest.skip(found)
    return found
