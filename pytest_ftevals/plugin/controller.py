"""xdist's controller: what it tells its workers, and learns besides. PYTEST_DONT_REWRITE.

Imported under xdist only, and light, for a project without evaluations.
"""

import shutil
import tempfile
import uuid
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ftevals.plugin.options import keeps_nothing
from pytest_ftevals.plugin.stash import EVALS, evals_of
from pytest_ftevals.plugin.workers import MESSAGES, OUTPUT, PLANNED, STORE, WATCHED

if TYPE_CHECKING:
    from pytest_ftevals.plugin.watch import Watch


class Controller:
    """The workers of one run, as the controller sees them."""

    def __init__(self, config: pytest.Config) -> None:
        """Make nothing yet: workers make the folder when they have something to tell."""
        self._config = config
        self._folder = Path(tempfile.gettempdir()) / f"ftevals-run-{uuid.uuid4().hex}"
        self._watch = _watch(config, self._folder)
        self._ended = 0
        """Workers that came to their end."""
        self._died = 0
        """Workers that did not."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker where to tell what; one store for all where the run keeps none."""
        node.workerinput[MESSAGES] = str(self._folder)
        node.workerinput[WATCHED] = self._watch is not None
        with suppress(ValueError, pytest.UsageError):  # each worker says what is wrong
            if keeps_nothing(self._config):
                node.workerinput[STORE] = str(_temporary_store(self._config))
        if self._watch is not None:
            self._watch.begins(node.gateway.id)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any) -> None:
        """Look at the answering, which is what workers do next."""
        if self._watch is not None:
            self._watch.has_collected(node.gateway.id)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self) -> None:
        """End the look: a worker has answered all and runs its first test."""
        self._stop_watching()

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what a worker counted; one that died told on its first report, or before."""
        if self._watch is not None:
            self._watch.is_down(node.gateway.id)
        output = getattr(node, "workeroutput", None)
        if output is None:
            self._died += 1
            self._hear_dead(node.gateway.id)
            return
        self._ended += 1
        if OUTPUT in output:
            evals_of(self._config).hear_worker(output[OUTPUT])

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """End the look with the loop, however that ends."""
        try:
            return (yield)
        finally:
            self._stop_watching()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say that there is no record where nobody lived to say which tests ask models."""
        evals = self._config.stash.get(EVALS, None)
        lost = self._died and not self._ended and (evals is None or not evals.has_record)
        wanted = self._config.getoption("ftevals_report") or self._config.getini("ftevals_report")
        if lost and wanted:
            terminalreporter.write_sep("=", "ftevals: no record")
            terminalreporter.write_line(
                "Every worker died before it could say which tests ask models. Nothing was "
                f"written: a record in {wanted} is an earlier run's.",
                red=True,
            )

    def pytest_unconfigure(self) -> None:
        """Remove what the workers told."""
        self._stop_watching()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _stop_watching(self) -> None:
        if self._watch is not None:
            self._watch.stop()

    def _hear_dead(self, worker: str) -> None:
        """Take what a worker planned; without it, nobody would know the tests that never ran."""
        if not self._folder.exists():
            return
        from pytest_ftevals.run.messages import Messages

        planned: Any = Messages(self._folder).get(PLANNED, worker)
        if planned is not None:
            evals_of(self._config).hear_worker(planned, early=True)


def _watch(config: pytest.Config, folder: Path) -> "Watch | None":
    """Return who shows the workers' progress; None where nobody could see it."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None or not terminal.isatty:
        return None
    from pytest_ftevals.plugin.watch import Watch

    return Watch(config, folder)


def _temporary_store(config: pytest.Config) -> Path:
    """Return the folder of a new store, removed at the run's end; raises UsageError."""
    from pytest_ftevals.plugin.mistakes import usage_errors

    with usage_errors():
        return evals_of(config).session.store.folder
