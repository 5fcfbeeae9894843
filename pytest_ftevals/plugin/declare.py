"""What tests declare: tasks, as `load_task` returns them, and the cases that marks stand for."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Literal, Never, get_args

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.suggest import did_you_mean
from pytest_ftevals.core.task import Task
from pytest_ftevals.run.library import (
    LM_EVAL,
    Declared,
    LmEvalSource,
    declare,
    standard_names,
    standard_task,
)

CASES = "ftevals_cases"
"""The mark of `DeclaredTask.cases`, expanded when pytest generates tests."""
_SHOWN = 8
"""Names of task files in a message."""

MissingData = Literal["error", "skip"]
"""What becomes of tests whose task's data are not at hand."""


@dataclass(frozen=True, slots=True)
class DeclaredTask:
    """A task as test modules hold it: its file is read and checked, its rows are not."""

    file: Declared
    missing_data: MissingData = "error"

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


def load_task(
    source: str | Path,
    *,
    relative_to: str | Path | None = None,
    missing_data: MissingData = "error",
    include_path: str | Path | Sequence[str | Path] = (),
    num_fewshot: int | None = None,
    apply_chat_template: bool = False,
    own_unit: str | Sequence[str] = (),
) -> DeclaredTask:
    """Read a task file: a ``.yaml`` path, relative to the calling file, or a bundled task's name.

    ``lm_eval:NAME`` is a task, group or tag of the installed lm-eval. `include_path`: folders with
    task files of your own in its format, relative like a task file; `num_fewshot` and
    `apply_chat_template` as its evaluator takes them; `own_unit`: metrics of your own code that
    are no rates between 0 and 1.

    `relative_to` may be a folder or a file (``__file__``) where the call is wrapped in a helper.
    `missing_data`: ``skip`` skips tests whose task's data are not at hand, with that reason.
    Raises ``pytest.Collector.CollectError`` with FILE:LINE for a mistake in the file, which pytest
    shows as one message at collection.
    """
    try:
        _check_missing_data(missing_data)
        asked = LmEvalSource(
            task=str(source).removeprefix(LM_EVAL),
            include_path=_folders(include_path, relative_to),
            num_fewshot=num_fewshot,
            chat=apply_chat_template,
            own_unit=(own_unit,) if isinstance(own_unit, str) else tuple(own_unit),
        )
        if str(source).startswith(LM_EVAL):
            return DeclaredTask(declare(asked.path), missing_data)
        _check_lm_eval_only(asked)
        return DeclaredTask(declare(_path(source, relative_to)), missing_data)
    except FtevalsError as error:
        raise pytest.Collector.CollectError(str(error)) from None


def _path(source: str | Path, relative_to: str | Path | None) -> Path:
    where = _place(_caller())
    if not str(source).endswith((".yaml", ".yml")):
        bundled = standard_task(str(source))
        if bundled is not None:
            return bundled
        names = standard_names()
        raise FtevalsError(
            f"there is no bundled task {str(source)!r}",
            where=where,
            fix=f"{did_you_mean(str(source), names)}Bundled are {', '.join(names)}. For a task "
            "file of your own give its path: load_task('NAME.task.yaml').",
        )
    path = _folder(relative_to) / source
    if not path.exists():
        raise FtevalsError(f"there is no task file {path}", where=where, fix=_near(path))
    return path


def _folder(relative_to: str | Path | None) -> Path:
    """Return the folder that paths are relative to."""
    place = Path(relative_to or _caller().f_code.co_filename)
    return place if place.is_dir() else place.parent


def _folders(
    include_path: str | Path | Sequence[str | Path], relative_to: str | Path | None
) -> tuple[str, ...]:
    """Return the folders of `include_path`, absolute."""
    several = [include_path] if isinstance(include_path, str | Path) else include_path
    return tuple(str((_folder(relative_to) / one).resolve()) for one in several)


def _check_lm_eval_only(asked: LmEvalSource) -> None:
    if asked != LmEvalSource(task=asked.task):
        raise FtevalsError(
            "include_path, num_fewshot, apply_chat_template and own_unit are for tasks of lm-eval",
            where=_place(_caller()),
            fix="Write load_task('lm_eval:NAME', ...); in a task file say it with its keys.",
        )


def _check_missing_data(word: str) -> None:
    words = get_args(MissingData)
    if word not in words:
        raise FtevalsError(
            f"load_task(missing_data={word!r}): there is no such way",
            where=_place(_caller()),
            fix=f"It is one of: {', '.join(words)}.",
        )


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
