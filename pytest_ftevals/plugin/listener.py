"""What the tests' reports bring, from this process or from workers. PYTEST_DONT_REWRITE.

Registered for every run, so that a controller under xdist, which collects nothing itself, hears of
its workers' evaluations.
"""

from typing import Any

import pytest

from pytest_ftevals.plugin.stash import EVALS, evals_of
from pytest_ftevals.plugin.workers import OUTPUT, worker_id, worker_input


class Listener:
    """Hands what is heard to the session's evaluations."""

    def __init__(self, config: pytest.Config) -> None:
        """Listen for one run."""
        self._config = config

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_setupnodes(self) -> None:
        """Look after the workers from now on."""
        from pytest_ftevals.plugin.controller import Controller

        self._config.pluginmanager.register(Controller(self._config), "ftevals-controller")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what a test found from its report, in the reporting process only."""
        if worker_input(self._config) is not None:
            return
        if (tally := getattr(report, "ftevals_worker", None)) is not None:
            evals_of(self._config).hear_worker(tally)
        if (found := getattr(report, "ftevals", None)) is not None:
            evals_of(self._config).hear(found, worker=worker_id(report))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Hand the controller what this worker counted."""
        evals = self._config.stash.get(EVALS, None)
        output: dict[str, Any] | None = getattr(self._config, "workeroutput", None)
        if evals is not None and output is not None:
            output[OUTPUT] = evals.tally().to_json()
