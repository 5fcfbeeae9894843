"""What comes from other processes, and from this one's own reports. PYTEST_DONT_REWRITE.

Registered for every run, so that a controller under xdist, which collects nothing itself, hears of
its workers' evaluations.
"""

from contextlib import suppress
from typing import Any

import pytest

from pytest_ftevals.plugin.options import keeps_nothing
from pytest_ftevals.plugin.stash import EVALS, evals_of
from pytest_ftevals.plugin.workers import OUTPUT, STORE, worker_input


class Listener:
    """Hands what is heard to the session's evaluations."""

    def __init__(self, config: pytest.Config) -> None:
        """Listen for one run."""
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what a test found from its report, in the reporting process only."""
        if worker_input(self._config) is not None:
            return
        if (tally := getattr(report, "ftevals_worker", None)) is not None:
            evals_of(self._config).hear_worker(tally)
        if (found := getattr(report, "ftevals", None)) is not None:
            evals_of(self._config).hear(found)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Give workers one store where the run keeps none: they share their answers through it."""
        with suppress(ValueError, pytest.UsageError):  # each worker says what is wrong
            if keeps_nothing(self._config):
                store = evals_of(self._config).session.store
                node.workerinput[STORE] = str(store.folder)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what a worker counted; one that died told on its first report."""
        output = getattr(node, "workeroutput", None) or {}
        if OUTPUT in output:
            evals_of(self._config).hear_worker(output[OUTPUT])

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Hand the controller what this worker counted."""
        evals = self._config.stash.get(EVALS, None)
        output: dict[str, Any] | None = getattr(self._config, "workeroutput", None)
        if evals is not None and output is not None:
            output[OUTPUT] = evals.tally().to_json()
