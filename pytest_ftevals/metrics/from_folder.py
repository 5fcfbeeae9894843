"""Metrics that compute with files of the user's: an encoder's folder, a dictionary's."""

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.needs import refuse
from pytest_ftevals.metrics.options import Options
from pytest_ftevals.metrics.per_case import scored, unanswered
from pytest_ftevals.metrics.wording import short

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class FromFolder:
    """A metric whose value is the mean of its cases' scores, which depend on files in a folder."""

    name: str
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
    needs: Callable[[Task], None]
    """Raises FtevalsError where a task, or an installed library, lacks what `rate` relies on."""
    rate: Callable[[Path, Case, Response], Score]
    """Scores an answer with the folder's files; never called for a response that is an error."""
    score_libraries: tuple[str, ...]
    points: bool
    options: JSON = None
    """What else `rate` depends on."""
    binary: bool = False
    higher_is_better: bool = True
    is_mean: bool = True
    value_libraries: tuple[str, ...] = ()

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

    def score(self, task: Task, case: Case, response: Response) -> Score:  # noqa: ARG002 - Metric
        """Return one answer's score; None where there is no answer to score."""
        if (unscored := unanswered(response)) is not None:
            return unscored
        if self.folder is None:
            raise ValueError(f"{self.name} has no folder: its check was skipped")
        return self.rate(self.folder, case, response)

    def value(self, scores: Sequence[Score]) -> float:
        """Return the mean of the scores (all scored, at least one)."""
        return math.fsum(map(scored, scores)) / len(scores)

    def resampled(self, scores: Sequence[Score], counts: "NDArray[np.int64]") -> None:
        """Return None: the value is the mean."""


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
