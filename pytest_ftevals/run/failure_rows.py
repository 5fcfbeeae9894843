"""Everything that a record says of the failures on its tasks."""

from collections.abc import Sequence
from contextlib import suppress

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.failures import FailureLogRow, FailureRow, PatternRow
from pytest_ftevals.core.record import Sample, VariantRow
from pytest_ftevals.core.task import Task
from pytest_ftevals.run.case_outcomes import case_outcomes
from pytest_ftevals.run.failure_log import FailureBook
from pytest_ftevals.run.patterns import pattern_rows
from pytest_ftevals.run.rows import is_whole
from pytest_ftevals.run.samples import Answered, failures_of
from pytest_ftevals.run.session import Session


class FailureRows:
    """The rows about failures, task by task as they are added."""

    def __init__(self, session: Session, variants: Sequence[VariantRow]) -> None:
        """Know the candidates; a run that keeps nothing and a replay have no failure log."""
        self._candidates = session.settings.variants[1:]
        self._fingerprints = {one.name: one.fingerprint for one in variants}
        self._book = _book(session)
        self.failures: list[FailureRow] = []
        self.patterns: list[PatternRow] = []
        self.log: list[FailureLogRow] = []

    @property
    def notes(self) -> list[str]:
        """What the user should know of the failure log."""
        return [] if self._book is None else self._book.notes

    def add(self, task: Task, samples: Sequence[Sample], answered: Answered, *, part: bool) -> None:
        """Add a task's rows; `part`: whether thresholds were content with a part of its cases.

        Only what became of whole tasks is remembered.
        """
        for candidate in self._candidates:
            self.failures += filter(None, [failures_of(task, samples, candidate)])
            if not part and is_whole(task, answered, candidate):
                self._remember(task, samples, candidate)
        self.patterns += pattern_rows(task, samples, self._candidates)

    def _remember(self, task: Task, samples: Sequence[Sample], candidate: str) -> None:
        fingerprint = self._fingerprints.get(candidate)
        outcomes = case_outcomes(task, samples, candidate)
        if self._book is not None and fingerprint is not None and outcomes:
            entry = self._book.enter(task, candidate, fingerprint, outcomes)
            self.log += filter(None, [entry])


def _book(session: Session) -> FailureBook | None:
    if session.settings.store is None or session.settings.replay is not None:
        return None
    with suppress(FtevalsError):  # the tests failed with this message
        return FailureBook(session.store)
    return None
