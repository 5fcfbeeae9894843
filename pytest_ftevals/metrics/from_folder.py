"""Metrics that compute with files of the user's: an encoder's folder, a dictionary's."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.needs import refuse
from pytest_ftevals.metrics.options import Options
from pytest_ftevals.metrics.per_case import Rated
from pytest_ftevals.metrics.wording import short


@dataclass(frozen=True, slots=True, kw_only=True)
class FromFolder(Rated):
    """A metric whose value is the mean of its cases' scores, which depend on files in a folder."""

    folder: Path | None
    """None where the task file names none: the check says so."""
    option: str
    """The option that names the folder."""
    files: Callable[[Path], Sequence[Path]]
    """Which files of a folder are used."""
    fault: Callable[[Path], str]
    """What is wrong with a folder, in one line, or an empty text."""
    advice: str
    """What to put there, and what is downloaded for it."""
    options: JSON = None
    """What else `rate` depends on."""

    @property
    def settings(self) -> JSON:
        """The other options, and the contents of the files: read when scores are looked up."""
        found = None if self.folder is None else contents(self.files(self.folder))
        return [self.options, found]

    def check(self, task: Task) -> None:
        """Raise FtevalsError where the folder is missing or the task lacks what is needed."""
        self.needs(task)
        if self.folder is None:
            raise refuse(self.name, task, f"needs the option `{self.option}`", self.advice)
        if fault := self.fault(self.folder):
            what = f"cannot use {self.folder}: {fault}"
            raise refuse(self.name, task, what, self.advice)


def in_folder(
    folder: Path | None, rate: Callable[[Path, Case, Response], Score]
) -> Callable[[Task, Case, Response], Score]:
    """Return what scores an answer with a folder's files, in the shape that `Rated` wants."""

    def rated(task: Task, case: Case, response: Response) -> Score:
        if folder is None:
            raise ValueError(f"task {task.name!r} names no folder: the metric's check was skipped")
        return rate(folder, case, response)

    return rated


def folder_option(options: Options, key: str) -> Path | None:
    """Return the folder that an option names, relative to the task file's; None without it."""
    text = options.text(key)
    return None if text is None else options.folder / text


@contextmanager
def loading(metric: str, folder: Path) -> Iterator[None]:
    """Turn whatever a library raises of a folder that it cannot read into one FtevalsError."""
    try:
        yield
    except Exception as error:
        what = short(" ".join(f"{type(error).__name__}: {error}".split()))
        raise FtevalsError(f"metric {metric!r} cannot load {folder}: {what}") from error


def contents(files: Sequence[Path]) -> str:
    """Return a SHA-256 (hex) of the names and contents of files."""
    total = hashlib.sha256()
    for path in sorted(files):
        known = path.stat()
        total.update(f"{path.name} {_digest(path, known.st_size, known.st_mtime_ns)}\n".encode())
    return total.hexdigest()


@cache
def _digest(path: Path, size: int, changed: int) -> str:  # noqa: ARG001 - a changed file is another
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
