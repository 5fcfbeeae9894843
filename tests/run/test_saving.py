"""A run is saved, and what is compared with it later is what it found."""

from typing import TYPE_CHECKING, Any

import pytest

from pytest_ftevals.core.comparison import Comparison
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.run.baseline import (
    Baseline,
    SavedMetric,
    SavedModel,
    SavedTask,
    conditions_of,
    task_facts,
)
from pytest_ftevals.run.baseline_file import write_baseline
from pytest_ftevals.run.saving import check_saving

if TYPE_CHECKING:
    from pytest_ftevals.run.session import Session
    from tests.run.conftest import World


def _write(world: "World", session: "Session", task: Task, values: list[float | None]) -> None:
    model = SavedModel(name="prod", source="out/prod", fingerprint="f")
    scores = tuple(
        Score(value=value, reason="" if value is not None else "not a number") for value in values
    )
    baseline = Baseline(
        plugin="0.1",
        candidate=model,
        base=model,
        conditions=conditions_of(session.device.context("base")),
        tasks={
            task.name: SavedTask(
                facts=task_facts(task),
                samples=1,
                cases=tuple(case.id for case in task.cases),
                metrics={"accuracy": SavedMetric(libraries={}, scores=scores)},
            )
        },
    )
    write_baseline(world.folder, "prod", baseline)


def _against(session: "Session", task: Task) -> Comparison:
    stated: list[Any] = []
    result = session.result(task, "r8", lambda one, _: stated.append(one))
    return result.against["accuracy"].comparison


def test_a_case_that_was_not_scored_then_is_left_out(world: "World") -> None:
    """Missing is never zero: it is excluded by name on either side."""
    task = world.words(4)
    session = world.run(task, world.adapter("r8"), against="prod", baselines=world.folder)
    _write(world, session, task, [1.0, None, 0.0, 1.0])
    found = _against(session, task)
    assert (found.n, found.excluded, found.reference) == (3, ("1",), "prod")
    assert found.base.value == pytest.approx(2 / 3)


def test_nothing_was_scored_then(world: "World") -> None:
    """An error with the first reason."""
    task = world.words(2)
    session = world.run(task, world.adapter("r8"), against="prod", baselines=world.folder)
    _write(world, session, task, [None, None])
    with pytest.raises(
        FtevalsError, match="could be scored with accuracy\n  The first reason: not"
    ):
        _against(session, task)


def test_against_of_against_is_the_same(world: "World") -> None:
    """There is one saved run."""
    task = world.words(2)
    session = world.run(task, world.adapter("r8"), against="prod", baselines=world.folder)
    _write(world, session, task, [1.0, 0.0])
    stated: list[Any] = []
    result = session.result(task, "r8", lambda one, _: stated.append(one)).against
    assert result.against["accuracy"].comparison == result["accuracy"].comparison


def test_a_run_to_save_has_one_candidate(world: "World") -> None:
    """Neither none nor two; those there are are named."""
    check_saving(world.settings(world.adapter("r8"), save="a", baselines=world.folder))
    for candidates, says in (
        ((), "this run has 0"),
        ((world.adapter("r8"), world.adapter("r16")), "this run has 2: r8, r16"),
    ):
        with pytest.raises(FtevalsError, match=says):
            check_saving(world.settings(*candidates, save="a", baselines=world.folder))
