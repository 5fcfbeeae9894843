"""A candidate's failures against those of earlier runs, which the store remembers."""

import time
from collections.abc import Iterable, Mapping, Sequence

from pytest_ftevals.core.canonical import digest
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.failures import FailureLogRow, Recurring
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.registry import metric_of
from pytest_ftevals.run.baseline import task_facts
from pytest_ftevals.store.database import Database
from pytest_ftevals.store.failure_log import FailureLog, LoggedRun


class FailureBook:
    """What one run reads of the failure log, and adds to it; never costs the run."""

    def __init__(self, store: Database) -> None:
        """Read and write the log of `store`."""
        self._log = FailureLog(store)
        self._lacks = ""

    @property
    def notes(self) -> list[str]:
        """Why something could not be remembered; nothing where all was."""
        return [self._lacks] if self._lacks else []

    def enter(
        self, task: Task, candidate: str, fingerprint: str, outcomes: Mapping[str, bool]
    ) -> FailureLogRow | None:
        """Remember a candidate's `outcomes` (case id -> passed), and return what is new in them.

        None where no earlier run of other weights under its name is known.
        """
        subject = subject_of(task, candidate)
        earlier: list[LoggedRun] = []
        try:
            earlier = self._log.earlier(subject, fingerprint)
            self._log.remember(
                subject,
                LoggedRun(
                    fingerprint=fingerprint,
                    at=time.time(),
                    failed=frozenset(case for case, passed in outcomes.items() if not passed),
                    passed=frozenset(case for case, passed in outcomes.items() if passed),
                ),
            )
        except FtevalsError as error:
            why = " ".join(str(error).split("\n", maxsplit=1)[0].split())
            self._lacks = self._lacks or f"which cases failed is not remembered: {why}"
        return log_row(task, candidate, outcomes, earlier) if earlier else None


def subject_of(task: Task, candidate: str) -> str:
    """Return a digest of what must be the same in two runs for their failures to be compared."""
    metric = metric_of(task, task.metrics[0])
    return digest(
        {
            "task": task.name,
            "candidate": candidate,
            "facts": task_facts(task),
            "metric": metric.name,
            "settings": metric.settings,
            "pass_at": task.pass_at,
            "schema": task.schema,
        }
    )


def log_row(
    task: Task, candidate: str, outcomes: Mapping[str, bool], earlier: Sequence[LoggedRun]
) -> FailureLogRow:
    """Return a candidate's failures against `earlier` runs, one or more, the latest last."""
    again = []
    new = []
    for case in _of(outcomes, passed=False):
        asked = [one for one in earlier if case in one.failed or case in one.passed]
        failed = sum(case in one.failed for one in asked)
        if failed:
            again.append(Recurring(case=case, failed=failed, runs=len(asked)))
        elif asked:
            new.append(case)
    return FailureLogRow(
        task=task.name,
        candidate=candidate,
        runs=len(earlier),
        again=tuple(sorted(again, key=lambda one: -one.failed)),
        new=tuple(new),
        mended=tuple(case for case in _of(outcomes, passed=True) if case in earlier[-1].failed),
    )


def _of(outcomes: Mapping[str, bool], *, passed: bool) -> Iterable[str]:
    return (case for case, found in outcomes.items() if found is passed)
