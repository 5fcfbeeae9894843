"""The pytest plugin: hooks, in the order that pytest calls them. PYTEST_DONT_REWRITE.

Every body is a few lines; the work is done in the modules beside this one, which are imported when
the first test that asks models something is seen. A project without such tests pays for this file,
the options table and the fixtures' names alone.
"""

from collections.abc import Generator

import pytest

from pytest_ftevals.plugin import hookspecs, options
from pytest_ftevals.plugin.fixtures import (
    _ftevals,
    _ftevals_base,
    _ftevals_candidate,
    _ftevals_compare,
    _ftevals_model,
    base,
    candidate,
    compare,
    model,
)
from pytest_ftevals.plugin.interest import MARKERS, asks_models, parameter_id
from pytest_ftevals.plugin.listener import Listener
from pytest_ftevals.plugin.stash import EVALS, evals_of

__all__ = [
    "_ftevals",
    "_ftevals_base",
    "_ftevals_candidate",
    "_ftevals_compare",
    "_ftevals_model",
    "base",
    "candidate",
    "compare",
    "model",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    options.add(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks that a project may implement."""
    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks; refuse options that no test could be run with."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    config.pluginmanager.register(Listener(config), "ftevals-listener")
    if any(config.getoption(option.key) is not None for option in options.OPTIONS):
        from pytest_ftevals.plugin.mistakes import usage_errors

        with usage_errors():
            evals_of(config).settings  # noqa: B018 - reading them checks them


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name tasks and cases in test ids."""
    return parameter_id(val)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Expand candidates, variants and cases into tests."""
    if asks_models(metafunc.definition, metafunc.fixturenames):
        from pytest_ftevals.plugin.generate import generate

        generate(metafunc, evals_of(metafunc.config))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Gather what the selected tests need; refuse what can be seen wrong without a model."""
    items = [item for item in session.items if asks_models(item, _fixtures(item))]
    if items:
        evals_of(session.config).gather(items)


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """Say what the run will ask, in one line."""
    evals = config.stash.get(EVALS, None)
    return [evals.plan_line()] if evals is not None and evals.has_tests else []


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Under xdist, work through the plan before the worker's own loop."""
    evals = session.config.stash.get(EVALS, None)
    if evals is not None and evals.is_worker and not session.config.getoption("collectonly"):
        evals.answer()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Answer everything before the first test that asks models, outside of any test's time."""
    evals = item.config.stash.get(EVALS, None)
    if evals is not None:
        evals.running = item.nodeid
        if item.nodeid in evals.tests:
            evals.answer()
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a ``pass_rate`` test's body for every case and variant."""
    if pyfuncitem.get_closest_marker("pass_rate") is None:
        return None
    from pytest_ftevals.plugin.pass_rate import run_pass_rate

    run_pass_rate(pyfuncitem, evals_of(pyfuncitem.config))
    return True


def pytest_assertrepr_compare(
    config: pytest.Config, op: str, left: object, right: object
) -> list[str] | None:
    """Explain a measure's failed comparison."""
    evals = config.stash.get(EVALS, None)
    return None if evals is None else evals.explain(op, left, right)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn our mistakes into one message, and send what a test found along with its report."""
    evals = item.config.stash.get(EVALS, None)
    if evals is None:
        return (yield)
    from pytest_ftevals.plugin.mistakes import show_as_message
    from pytest_ftevals.plugin.outcome import attach

    show_as_message(call)
    report = yield
    attach(evals, item, report)
    evals.announce(report)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Make the record, write the report files, save the run."""
    evals = session.config.stash.get(EVALS, None)
    if evals is not None and not session.config.getoption("collectonly"):
        session.exitstatus = evals.finish(int(session.exitstatus))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the delta table and the failures."""
    evals = config.stash.get(EVALS, None)
    if evals is not None:
        evals.summarize(terminalreporter)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Free the models and the store."""
    evals = config.stash.get(EVALS, None)
    if evals is not None:
        evals.close()


def _fixtures(item: pytest.Item) -> tuple[str, ...]:
    return tuple(getattr(item, "fixturenames", ()))
