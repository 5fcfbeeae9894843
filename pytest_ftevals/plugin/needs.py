"""What one selected test needs answered: read off its parameters, marks and fixtures."""

from collections.abc import Iterator

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.plugin.declare import DeclaredTask, RateCases
from pytest_ftevals.plugin.interest import CASES, EVALUATES, PASS_RATE
from pytest_ftevals.plugin.missing import needed_task
from pytest_ftevals.run.library import Library
from pytest_ftevals.run.session import Need
from pytest_ftevals.run.settings import Settings


def needs_of(item: pytest.Item, settings: Settings, library: Library) -> list[Need]:
    """Return a test's needs; empty for one that is skipped by a mark.

    Raises FtevalsError for a mistake in a task's data.
    """
    if is_skipped(item):
        return []
    if not hasattr(item, "callspec") and any(map(item.get_closest_marker, (CASES, PASS_RATE))):
        raise FtevalsError(
            "a method of a unittest class cannot run once per case: it would ask nothing",
            where=item.nodeid,
            fix="Write a test function, or a class that is no unittest.TestCase.",
        )
    asked = _asked(item, settings)
    needs = []
    for value in _values(item):
        if isinstance(value, DeclaredTask):
            task = needed_task(item, value, library)
            if task is None:
                return []
            needs.append(Need(task=task, cases=task.cases, variants=asked))
            if task.varied and "_ftevals_compare" in getattr(item, "fixturenames", ()):
                needs.append(Need(task=task, cases=task.varied, variants=asked))
        elif isinstance(value, RateCases):
            needs.append(Need(task=value.task, cases=value.cases, variants=asked))
        elif isinstance(value, Case):
            needs.append(Need(task=library.named(value.task), cases=(value,), variants=asked))
    return needs


def only_compares(item: pytest.Item) -> bool:
    """Return whether a test asks models for nothing but comparisons of whole tasks."""
    fixtures = set(getattr(item, "fixturenames", ()))
    return (
        "_ftevals_compare" in fixtures
        and not fixtures & {"base", "candidate", "model"}
        and not any(isinstance(one, Case | RateCases) for one in _params(item).values())
    )


def case_ids(item: pytest.Item) -> list[str]:
    """Return the ids of the cases that a test runs one by one."""
    cases: list[Case] = []
    for value in _params(item).values():
        if isinstance(value, RateCases):
            cases += value.cases
        elif isinstance(value, Case):
            cases.append(value)
    return [case.id for case in cases]


def is_skipped(item: pytest.Item) -> bool:
    """Return whether a mark skips the test for certain; string conditions are pytest's business."""
    return item.get_closest_marker("skip") is not None or any(
        mark.args and not isinstance(mark.args[0], str) and bool(mark.args[0])
        for mark in item.iter_markers("skipif")
    )


def _asked(item: pytest.Item, settings: Settings) -> tuple[str, ...]:
    """Return the variants that a test asks, base first."""
    fixtures = set(getattr(item, "fixturenames", ()))
    params = _params(item)
    asked: dict[str, None] = {}
    if fixtures & {"_ftevals_base", "_ftevals_compare"} or item.get_closest_marker(PASS_RATE):
        asked[BASE] = None
    if "_ftevals_candidate" in fixtures:
        # Without a parameter it is the only one, or the fixture says that there are several.
        chosen = params.get("_ftevals_candidate", *settings.variants[1:2])
        asked.update(dict.fromkeys(settings.seeds(str(chosen))))
    if "_ftevals_model" in params:
        asked[str(params["_ftevals_model"])] = None
    return tuple(asked)


def _values(item: pytest.Item) -> Iterator[object]:
    """Yield parameters, then what the marks name."""
    yield from _params(item).values()
    for mark in item.iter_markers(EVALUATES):
        yield from mark.args


def _params(item: pytest.Item) -> dict[str, object]:
    callspec = getattr(item, "callspec", None)
    return {} if callspec is None else dict(callspec.params)
