"""What a single test found, for the reports that are about tests: JUnit files, pytest-html."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from pytest_ftevals.core.comparison import Comparison
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.failures import FailureRow
from pytest_ftevals.core.record import ComparisonRow, Sample
from pytest_ftevals.core.threshold import Threshold
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.reports.extra_html import HTML_REPORT, case_address, extra_html
from pytest_ftevals.reports.junit import PREFIX, Property, case_properties, stated_properties
from pytest_ftevals.run.comparison_row import rows_of_test
from pytest_ftevals.run.explain import samples_known
from pytest_ftevals.run.samples import failures_of
from pytest_ftevals.run.session import Session
from pytest_ftevals.run.tested import Tested

__all__ = ["HTML_REPORT", "PREFIX", "Found", "case_address", "extra_html", "found_by"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a test found, in the rows that the record will have."""

    rows: tuple[ComparisonRow, ...] = ()
    """What it stated thresholds on, with these alone."""
    failures: tuple[FailureRow, ...] = ()
    """Of the candidates that missed one, on the whole task."""
    cases: tuple[tuple[Sample, ...], ...] = ()
    """Of a failed test about one case: what each candidate answered to it."""

    @property
    def properties(self) -> tuple[Property, ...]:
        """What its entry in a JUnit file says, a name and a value each."""
        cases = (one for samples in self.cases for one in case_properties(samples))
        return (*stated_properties(self.rows, self.failures), *cases)


def found_by(session: Session, tested: Tested, stated: Mapping[Threshold, Comparison]) -> Found:
    """Return what a test found; only where it failed its failures are looked at."""
    failed = tested.outcome == "failed"
    return Found(
        rows=rows_of_test(tested.nodeid, stated),
        failures=tuple(_failures(session, stated)) if failed else (),
        cases=tuple(_cases(session, tested)) if failed and not stated else (),
    )


def _failures(session: Session, stated: Mapping[Threshold, Comparison]) -> list[FailureRow]:
    """Return the failures of every candidate that missed a threshold, of a group each seed's."""
    missed = dict.fromkeys((one.task, one.candidate) for one in stated if not one.met)
    found: list[FailureRow] = []
    for name, candidate in missed:
        with suppress(FtevalsError):  # the test's own failure says what is missing
            task = session.library.named(name)
            for seed in session.settings.seeds(candidate):
                samples = samples_known(session, task, seed, task.cases)
                found += filter(None, [failures_of(task, samples, seed)])
    return found


def _cases(session: Session, tested: Tested) -> list[tuple[Sample, ...]]:
    """Return what each candidate answered, where the test asked it one case of one task."""
    tasks = {str(task.path): task for task in session.library.tasks}
    found = []
    for asked in tested.asked:
        task = tasks.get(asked.task)
        if task is None or asked.variant == BASE or asked.cases is None or len(asked.cases) != 1:
            continue
        cases = [case for case in task.askable if case.id in asked.cases]
        with suppress(FtevalsError):
            samples = samples_known(session, task, asked.variant, cases)
            found.append(tuple(one for one in samples if one.variant == asked.variant))
    return found
