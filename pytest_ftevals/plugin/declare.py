"""What tests declare: tasks, as `load_task` returns them, and the cases that marks stand for."""

import sys
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Never

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.suggest import did_you_mean
from pytest_ftevals.core.task import Task
from pytest_ftevals.run.library import TaskFile, declare

CASES = "ftevals_cases"
"""The mark of `DeclaredTask.cases`, expanded when pytest generates tests."""
_SHOWN = 8
"""Names of task files in a message."""


@dataclass(frozen=True, slots=True)
class DeclaredTask:
    """A task as test modules hold it: its file is read and checked, its rows are not."""

    file: TaskFile

    @property
    def name(self) -> str:
        """The task's name."""
        return self.file.name

    def cases(self, *bare: Never) -> pytest.MarkDecorator:
        """Return a mark: one test per case, handed to the test as ``case``."""
        if bare:
            raise pytest.Collector.CollectError(
                f"{_place(_caller())}: write @{self.name}.cases(), with its parentheses"
            )
        mark: pytest.MarkDecorator = getattr(pytest.mark, CASES)
        # Called with one function alone, a mark would decorate it; a task is no function.
        return mark(self)

    def __repr__(self) -> str:
        """Return ``<task NAME>``."""
        return f"<task {self.name}>"


@dataclass(frozen=True, slots=True)
class RateCases:
    """All selected cases, as the one parameter of a ``pass_rate`` test."""

    task: Task
    cases: tuple[Case, ...]


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
    caller = _caller()
    where = _place(caller)
    if not str(source).endswith((".yaml", ".yml")):
        raise FtevalsError(
            f"there is no bundled task {str(source)!r}; this version bundles none",
            where=where,
            fix="Give the path of a task file: load_task('NAME.task.yaml').",
        )
    folder = Path(relative_to or caller.f_code.co_filename)
    path = (folder if folder.is_dir() else folder.parent) / source
    if not path.exists():
        raise FtevalsError(f"there is no task file {path}", where=where, fix=_near(path))
    return path


def _caller() -> FrameType:
    """Return the first frame of another file: the user's."""
    frame = sys._getframe(1)  # noqa: SLF001 - documented in the sys module's manual
    while frame.f_code.co_filename == __file__ and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _place(frame: FrameType) -> str:
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _near(missing: Path) -> str:
    """Say which task files there are, or how paths are read."""
    names = sorted(path.name for path in missing.parent.glob("*.task.y*ml"))
    close = did_you_mean(missing.name, names)
    if close:
        return close.strip()
    if names:
        return f"Task files there: {', '.join(names[:_SHOWN])}."
    return "The path is relative to the calling file, or to `relative_to`."
