"""The session's evaluations: where pytest's hooks meet the conductor."""

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.comparison import Comparison
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.threshold import Threshold
from pytest_ftevals.plugin.asking import Asking, Notes
from pytest_ftevals.plugin.changed import skip_without_candidate
from pytest_ftevals.plugin.configure import read_settings
from pytest_ftevals.plugin.gates import count_gates
from pytest_ftevals.plugin.mistakes import usage_errors
from pytest_ftevals.plugin.needs import is_skipped, needs_of, only_compares
from pytest_ftevals.plugin.progress import progress_of
from pytest_ftevals.plugin.refuse import check_run
from pytest_ftevals.plugin.saving import Saving, save, show_saving
from pytest_ftevals.plugin.summary import show_summary, speaks_unicode
from pytest_ftevals.plugin.workers import MESSAGES, PLANNED, STORE, worker_input
from pytest_ftevals.run.asked import count_needs
from pytest_ftevals.run.custom_metrics import load_metrics
from pytest_ftevals.run.explain import explain_comparison, worst_cases
from pytest_ftevals.run.messages import Messages
from pytest_ftevals.run.record import Occasion, build_record
from pytest_ftevals.run.session import Need, Session
from pytest_ftevals.run.settings import Settings
from pytest_ftevals.run.terminal import early_plan_line, plan_line
from pytest_ftevals.run.tested import Gathered, Tally, Tested
from pytest_ftevals.run.write import write_report


class Evals:
    """One pytest run's evaluations, in one process."""

    def __init__(self, config: pytest.Config) -> None:
        """Read nothing yet."""
        self.config = config
        self.tests: dict[str, list[Need]] = {}
        """Node id -> what the test needs, for every selected test that asks models."""
        self.notes: dict[str, Notes] = {}
        """Node id -> what a test that ran asked and demanded."""
        self._left: list[Need] = []
        """What is asked as far as thresholds need it, at most."""
        self._complete: set[tuple[str, str]] = set()
        """(task, variant) of which every case has an answer."""
        self.running = ""
        """Node id of the test that runs now."""
        self._mistake: FtevalsError | None = None
        self._refused = False
        self._answered = False
        self._gathered = Gathered()
        self._heard_from: dict[str, str] = {}
        """Node id -> the worker whose word on the test stands."""
        self._announced = False
        self._record: tuple[Record, tuple[Sample, ...]] | None = None
        self._written: tuple[Path, ...] = ()
        self.saving: Saving | None = None
        """What became of a run that was to be saved, once it has ended."""
        self._began = time.monotonic()
        self._started = datetime.now(UTC).isoformat(timespec="seconds")

    @cached_property
    def settings(self) -> Settings:
        """The options; raises FtevalsError for one that is not valid."""
        told = worker_input(self.config) or {}
        shared = told.get(STORE)
        return read_settings(
            self.config,
            shared_store=Path(shared) if shared else None,
            workers=int(told.get("workercount", 1)),
            rank=int(told.get("workerid", "gw0").removeprefix("gw")),
        )

    @cached_property
    def session(self) -> Session:
        """The conductor."""
        return Session(self.settings, progress_of(self.config), alone=not self.is_worker)

    @property
    def is_worker(self) -> bool:
        """Whether this process runs tests for a controller."""
        return worker_input(self.config) is not None

    @property
    def has_tests(self) -> bool:
        """Whether any selected test asks models."""
        return bool(self.tests)

    def chosen(self, task: Task) -> tuple[Case, ...]:
        """Return a task's cases, or those that ``--ftevals-case`` narrows them to: maybe none."""
        wanted = self.settings.cases
        return tuple(case for case in task.cases if not wanted or case.id in wanted)

    def gather(self, items: Sequence[pytest.Item]) -> None:
        """Note what the selected tests need; refuse what can be seen wrong without a model.

        Raises ``pytest.UsageError``; in a worker, where that would end in a crash, every test that
        asks models fails in its set-up instead.
        """
        try:
            skip_without_candidate(items, self.settings)
            check_run(self, items)
            for item in items:
                self.tests[item.nodeid] = needs_of(item, self.settings, self.session.library)
            if self.settings.early_stop:
                self._leave_to_thresholds(items)
        except FtevalsError as error:
            if not self.is_worker:
                self.tests = {}  # nothing is to be reported of a run that is refused
                self._refused = True
                with usage_errors():
                    raise
            self._mistake = error
            self.tests = {item.nodeid: [] for item in items}
        self.session.gates = count_gates(item for item in items if not is_skipped(item))
        self.session.declared = [need for needs in self.tests.values() for need in needs]
        if (folder := (worker_input(self.config) or {}).get(MESSAGES)) is not None:
            # Should this worker die before its first report, the controller knows its tests.
            tally = self.tally()
            Messages(Path(folder)).put(PLANNED, tally.worker, tally.to_json())

    def _leave_to_thresholds(self, items: Sequence[pytest.Item]) -> None:
        """Answer nothing beforehand of the tasks that tests do nothing with but compare.

        What cannot stop early is then answered when a test asks for it.
        """
        whole = {
            need.task.name
            for item in items
            for need in self.tests[item.nodeid]
            if not only_compares(item)
        }
        self.session.whole = frozenset(whole)
        for nodeid, needs in self.tests.items():
            self.tests[nodeid] = [need for need in needs if need.task.name in whole]
            self._left += [need for need in needs if need.task.name not in whole]

    def plan_line(self) -> str:
        """Return what the run will ask, in one line; with an early stop, what it may ask."""
        needs = [*self.session.declared, *self._left]
        if self._left:
            most, ascii_only = count_needs(needs), not speaks_unicode()
            return early_plan_line(
                len(self.tests), most.variants, most.requests, most.unique, ascii_only=ascii_only
            )
        variants = {name for need in needs for name in need.variants}
        counts = self.session.count()
        return plan_line(
            len(self.tests),
            len(variants),
            counts.requests,
            counts.unique,
            counts.stored,
            counts.to_run,
            ascii_only=not speaks_unicode(),
        )

    def answer(self) -> None:
        """Answer everything that the selected tests declared, once; keep a mistake for set-ups."""
        if self._answered or self._mistake is not None or self.config.getoption("setupplan"):
            return
        self._answered = True
        try:
            self.session.answer()
        except FtevalsError as error:
            self._mistake = error

    def state(self, threshold: Threshold, comparison: Comparison) -> None:
        """Note a threshold for the test that runs now: a result may be kept from another's."""
        self.notes.setdefault(self.running, Notes()).state(threshold, comparison)

    def asking(self, item: pytest.Item) -> Asking:
        """Return a test's way to the models; fails its set-up where an answer is missing."""
        notes = self.notes.setdefault(item.nodeid, Notes())
        needs = self.tests.setdefault(item.nodeid, [])
        if self._mistake is not None:
            # A new one each time: one exception would collect the frames of every test.
            raise FtevalsError(str(self._mistake))
        if sys.flags.optimize or self.settings.base is None:
            check_run(self, [item])
        for need in needs:
            for variant in need.variants:
                notes.ask(need.task, variant, need.cases)
            # Variations are robustness's business: a gate on the plain cases does without them.
            if need.cases is not need.task.varied:
                self._demand(need)
        return Asking(self.session, notes, self.state)

    def _demand(self, need: Need) -> None:
        """Raise FtevalsError, naming the first case, where a need was not answered."""
        for variant in need.variants:
            whole = (need.task.name, variant) if need.cases is need.task.cases else None
            if whole in self._complete:
                continue
            failures = [
                failure
                for case in need.cases
                if (failure := self.session.failure(need.task, case, variant))
            ]
            if failures:
                more = len(set(failures)) - 1
                raise FtevalsError(failures[0] + (f"\n  and {more:,} more cases" if more else ""))
            if whole:
                self._complete.add(whole)

    def explain(self, op: str, left: object, right: object) -> list[str] | None:
        """Return the lines that explain a false comparison of a measure, or None."""
        return explain_comparison(self.session, op, left, right) if self.has_tests else None

    def worst(self, task: str, candidate: str, where: str | None) -> list[str]:
        """Return a candidate's worst cases on a task, a line each."""
        try:
            return worst_cases(self.session, self.session.library.named(task), candidate, where)
        except FtevalsError:
            return []  # the test's own failure says what is missing

    def hear(self, found: dict[str, Any], worker: str) -> None:
        """Take what became of a test, from its report.

        Where every worker runs every test, one that is red anywhere is red.
        """
        tested = Tested.from_json(found)
        known = self._gathered.tests.get(tested.nodeid)
        before = self._heard_from.setdefault(tested.nodeid, worker)
        if known is None or before == worker or known.outcome not in ("failed", "error"):
            self._gathered.tests[tested.nodeid] = tested
            self._heard_from[tested.nodeid] = worker

    def tally(self) -> Tally:
        """Return what this process counted."""
        worker = (worker_input(self.config) or {}).get("workerid", "")
        return self.session.tally(worker, list(self.tests), answered=self._answered)

    def announce(self, report: pytest.TestReport) -> None:
        """Put what a worker counted on its first report: it may die before its end."""
        if self.is_worker and not self._announced:
            self._announced = True
            report.ftevals_worker = self.tally().to_json()  # type: ignore[attr-defined]

    def hear_worker(self, tally: dict[str, Any], *, early: bool = False) -> None:
        """Take what a worker counted; `early`: before it answered, no news if it reported since."""
        found = Tally.from_json(tally)
        if not early or found.worker not in self._gathered.tallies:
            self._gathered.count(found)

    @property
    def has_record(self) -> bool:
        """Whether the run has a record."""
        return self._record is not None

    def finish(self, exitstatus: int) -> int:
        """Save the run, make the record, write the report files; return the new exit status."""
        if self.is_worker:
            return exitstatus
        if self.tests:
            self._gathered.count(self.tally())
        if has_tests := bool(self._gathered.selected or self._gathered.tests):
            self.session.unloaded = load_metrics(self._gathered)
        if (name := self.config.getoption("ftevals_save")) and not self._refused:
            self.saving = save(self.session, self._gathered, self.settings.save or name)
            exitstatus = self.saving.status_after(exitstatus)
        return self._report(exitstatus) if has_tests else exitstatus

    def _report(self, exitstatus: int) -> int:
        occasion = Occasion(
            command=" ".join(["pytest", *map(str, self.config.invocation_params.args)]),
            started=self._started,
            duration_s=time.monotonic() - self._began,
            exitstatus=exitstatus,
            find_judge=partial(self.config.hook.pytest_ftevals_judge, config=self.config),
        )
        self._record = build_record(self.session, self._gathered, occasion)
        if self.settings.report is not None:
            with usage_errors():
                self._written = write_report(self.settings.report, *self._record)
        status = self._record[0].run["exitstatus"]  # Ctrl-C may have ended the judge's work
        return status if isinstance(status, int) else exitstatus

    def summarize(self, terminal: pytest.TerminalReporter) -> None:
        """Print the report."""
        if self._record is not None:
            show_summary(terminal, *self._record, written=self._written)
        if self.saving is not None:
            show_saving(terminal, self.saving)

    def close(self) -> None:
        """Free the models and the store."""
        if "session" in self.__dict__:
            self.session.close()
