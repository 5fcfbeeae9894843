"""What users decorate custom metrics with."""

from collections.abc import Callable

import pytest

from pytest_ftevals.core.custom_metric import CustomMetric, says_bool
from pytest_ftevals.run.custom_metrics import is_taken

Function = Callable[..., object]


def metric(
    name: str,
    *,
    higher_is_better: bool = True,
    points: bool = True,
    binary: bool | None = None,
) -> Callable[[Function], CustomMetric]:
    """Return a decorator that makes a function a metric, which task files name under ``metrics:``.

    The function takes a case and a response, and options by name if it has any; it returns a
    number, true or false, or a `Score`. `points`: its numbers lie between 0 and 1. `binary`: they
    are 0 or 1; without it, where the function is annotated to return ``bool``. Decorate functions
    at the top of a module that is imported before tasks are loaded: the test's own, or conftest.py.
    Raises ``pytest.Collector.CollectError`` for a name that is taken or is none.
    """

    def register(function: Function) -> CustomMetric:
        found = CustomMetric(
            name=name,
            function=function,
            higher_is_better=higher_is_better,
            points=points,
            binary=says_bool(function) if binary is None else binary,
        )
        if not name.strip() or ":" in name:
            what = f"{name!r} cannot be a metric's name: it has no colon and is not blank"
            raise pytest.Collector.CollectError(f"{found.where}: {what}")
        if is_taken(name):
            what = f"the metric {name!r} is there already; give yours a name of its own"
            raise pytest.Collector.CollectError(f"{found.where}: {what}")
        return found

    if not isinstance(name, str):
        what = f'write @metric("NAME") over {getattr(name, "__qualname__", name)}'
        raise pytest.Collector.CollectError(what)
    return register
