"""Tests generated from candidates, variants and cases."""

import inspect
import math
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.threshold import read_mode
from pytest_ftevals.plugin.declare import DeclaredTask, RateCases
from pytest_ftevals.plugin.interest import CASES, EVALUATES, PASS_RATE
from pytest_ftevals.plugin.missing import task_or_reason
from pytest_ftevals.plugin.mistakes import collection_errors

if TYPE_CHECKING:
    from pytest_ftevals.plugin.evals import Evals
    from pytest_ftevals.run.settings import Settings

_RATE_ARGUMENTS = frozenset({"at_least", "drop", "decide", "misses"})
_BODY = "Write: def test_...(model, case): ..."
PERCENT = 100


def generate(metafunc: pytest.Metafunc, evals: "Evals") -> None:
    """Parametrize a test with candidates, variants and cases.

    Function scope throughout: a session-scoped parameter would regroup the user's tests.
    """
    node = metafunc.definition
    with collection_errors(node):
        rate = node.get_closest_marker(PASS_RATE)
        task = _task(node)
        for mark in node.iter_markers(EVALUATES):
            _check_evaluates(mark)
        if rate is not None:
            _check_rate(metafunc, rate, task)
        _variants(metafunc, evals.settings, rated=rate is not None)
        if task is not None:
            _cases(metafunc, evals, task, rated=rate is not None)


def _variants(metafunc: pytest.Metafunc, settings: "Settings", *, rated: bool) -> None:
    """Candidates get ids when there are several; ``model`` always shows which it is.

    Comparisons are of a group as a whole, replies are of one of its seeds.
    """
    variants = settings.variants
    candidates = variants[1:]
    names = metafunc.fixturenames
    asked = settings.compared if "_ftevals_compare" in names else candidates
    if "_ftevals_candidate" in names and (len(asked) > 1 or settings.groups):
        metafunc.parametrize("_ftevals_candidate", asked, ids=asked, indirect=True)
    if "_ftevals_model" in names and rated:
        ids = candidates if len(candidates) > 1 else [pytest.HIDDEN_PARAM] * len(candidates)
        if candidates:
            metafunc.parametrize("_ftevals_model", candidates, ids=ids, indirect=True)
    elif "_ftevals_model" in names:
        metafunc.parametrize("_ftevals_model", variants, ids=variants, indirect=True)


def _cases(
    metafunc: pytest.Metafunc, evals: "Evals", declared: DeclaredTask, *, rated: bool
) -> None:
    if "case" not in metafunc.fixturenames:
        raise FtevalsError(
            f"is marked with {declared.name}.cases() but takes no argument `case`",
            fix="Write: def test_...(candidate, case): ...",
        )
    task = task_or_reason(declared, evals.session.library, collecting=True)
    if isinstance(task, str):
        skipped = pytest.param(None, marks=pytest.mark.skip(reason=task))
        metafunc.parametrize("case", [skipped], ids=["no-data"])
        return
    chosen = evals.chosen(task)
    if rated:
        metafunc.parametrize(
            "case", [RateCases(task, chosen)], ids=[pytest.HIDDEN_PARAM], indirect=False
        )
        return
    metafunc.parametrize("case", chosen, ids=[case.id for case in chosen])


def _task(node: pytest.Item) -> DeclaredTask | None:
    marks = list(node.iter_markers(CASES))
    if len(marks) > 1:
        raise FtevalsError(
            "takes the cases of one task; it is marked with several `.cases()`",
            fix="Write a test for each task.",
        )
    if not marks:
        return None
    declared = marks[0].args[0] if marks[0].args else None
    if not isinstance(declared, DeclaredTask):
        raise FtevalsError("the cases of what?", fix="Use TASK.cases() of a task from load_task.")
    return declared


def _check_evaluates(mark: pytest.Mark) -> None:
    for one in mark.args:
        if not isinstance(one, DeclaredTask):
            raise FtevalsError(
                f"evaluates({one!r}) names no task", fix="Give it what load_task returned."
            )
    if not mark.args or mark.kwargs:
        raise FtevalsError("evaluates() takes one or more tasks from load_task")


def _check_rate(metafunc: pytest.Metafunc, mark: pytest.Mark, task: DeclaredTask | None) -> None:
    """Raise FtevalsError for a ``pass_rate`` that could not decide, or would decide wrongly."""
    function = metafunc.function
    if (
        inspect.iscoroutinefunction(function)
        or inspect.isgeneratorfunction(function)
        or (inspect.isasyncgenfunction(function))
    ):
        raise FtevalsError(
            "a pass_rate body is called for every case and can be no coroutine or generator",
            fix="Write a plain function; replies are there already when it runs.",
        )
    names = set(metafunc.fixturenames)
    if names & {"_ftevals_candidate", "_ftevals_compare"}:
        raise FtevalsError(
            "a pass_rate body takes `model`, the base and the candidate in turn, and neither "
            "`candidate` nor `compare`",
            fix=_BODY,
        )
    if "model" in names and "_ftevals_model" not in names:
        raise FtevalsError(
            "a fixture of your own called `model` hides the one that pass_rate needs",
            fix="Give it another name, or override it out of this test's reach.",
        )
    if task is None or not {"_ftevals_model", "case"} <= names:
        raise FtevalsError(
            "pass_rate runs a body for every case of a task, for the base and a candidate",
            fix=f"Mark it with TASK.cases() too. {_BODY}",
        )
    unknown = set(mark.kwargs) - _RATE_ARGUMENTS
    if mark.args or unknown:
        raise FtevalsError(
            f"pass_rate() does not take {', '.join(sorted(unknown)) or 'positional arguments'}",
            fix="Valid are at_least=RATE (0 to 1), drop=POINTS, decide=MODE and "
            "misses=(EXCEPTION, ...).",
        )
    _check_bounds(mark)


def _check_bounds(mark: pytest.Mark) -> None:
    at_least, drop = mark.kwargs.get("at_least"), mark.kwargs.get("drop")
    if at_least is None and drop is None:
        raise FtevalsError(
            "pass_rate() demands nothing", fix="Give at_least=RATE (0 to 1), drop=POINTS or both."
        )
    for name, number in (("at_least", at_least), ("drop", drop)):
        real = isinstance(number, int | float) and not isinstance(number, bool)
        if number is not None and not (real and math.isfinite(number)):
            raise FtevalsError(
                f"{name}={number!r} of pass_rate() is no number",
                fix="at_least is a rate from 0 to 1, drop is in percentage points.",
            )
    if at_least is not None and not 0 <= at_least <= 1:
        fix = f"For {at_least:g}% write {at_least / 100:g}." if 1 < at_least <= PERCENT else ""
        raise FtevalsError(f"at_least={at_least:g} is no rate between 0 and 1", fix=fix)
    decide = mark.kwargs.get("decide", "point")
    read_mode(decide, wrong=f"decide={decide!r} of pass_rate() is no mode")
    misses = mark.kwargs.get("misses", ())
    if not all(
        isinstance(one, type) and issubclass(one, Exception)
        for one in (misses if isinstance(misses, tuple | list) else [misses])
    ):
        raise FtevalsError(
            f"misses={misses!r} of pass_rate() names no exception classes",
            fix="Like misses=(KeyError, ValueError).",
        )
