"""What test modules write at import: `load_task` and the tasks it returns."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.run.library import TaskFile, declare

CASES = "ftevals_cases"
"""The mark of `DeclaredTask.cases`, expanded when pytest generates tests."""


@dataclass(frozen=True, slots=True)
class DeclaredTask:
    """A task as test modules hold it: its file is read and checked, its rows are not."""

    file: TaskFile

    @property
    def name(self) -> str:
        """The task's name."""
        return self.file.name

    def cases(self) -> pytest.MarkDecorator:
        """Return a mark: one test per case, handed to the test as ``case``."""
        mark: pytest.MarkDecorator = getattr(pytest.mark, CASES)
        # Called with one function alone, a mark would decorate it; a task is no function.
        return mark(self)

    def __repr__(self) -> str:
        """Return ``<task NAME>``."""
        return f"<task {self.name}>"


def load_task(source: str | Path, *, relative_to: str | Path | None = None) -> DeclaredTask:
    """Read a task file: a ``.yaml`` path, relative to the calling file or to `relative_to`.

    `relative_to` may be a folder or a file (``__file__``) where the call is wrapped in a helper.
    Raises ``pytest.Collector.CollectError`` with FILE:LINE for a mistake in the file, which pytest
    shows as one message at collection.
    """
    try:
        return DeclaredTask(declare(_path(source, relative_to)))
    except FtevalsError as error:
        raise pytest.Collector.CollectError(str(error)) from None


def _path(source: str | Path, relative_to: str | Path | None) -> Path:
    if isinstance(source, str) and not source.endswith((".yaml", ".yml")):
        raise FtevalsError(
            f"there is no bundled task {source!r}; this version bundles none",
            where="load_task",
            fix="Give the path of a task file: load_task('NAME.task.yaml').",
        )
    if relative_to is None:
        # The caller of load_task, the first frame of another file.
        frame = sys._getframe(1)  # noqa: SLF001 - documented in the sys module's manual
        while frame.f_code.co_filename == __file__ and frame.f_back is not None:
            frame = frame.f_back
        relative_to = frame.f_code.co_filename
    folder = Path(relative_to)
    return (folder if folder.is_dir() else folder.parent) / source
