"""What differs between a saved run and this one, as messages list it."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.request import Decode
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.registry import metric
from pytest_ftevals.run.baseline import (
    Baseline,
    SavedMetric,
    SavedModel,
    SavedTask,
    score_libraries,
    task_facts,
)
from pytest_ftevals.run.baseline_check import metric_differences, task_differences

if TYPE_CHECKING:
    from tests.run.conftest import World

CONDITIONS: dict[str, JSON] = {"dtype": "float32", "torch": "2.5.1", "quantization": None}


def _saved(task: Task, *metrics: str) -> Baseline:
    model = SavedModel(name="prod", source="out/prod", fingerprint="f")
    scores = tuple(Score(value=1.0) for _ in task.cases)
    return Baseline(
        plugin="0.1",
        candidate=model,
        base=model,
        conditions=CONDITIONS,
        tasks={
            task.name: SavedTask(
                facts=task_facts(task),
                samples=task.samples,
                cases=tuple(case.id for case in task.cases),
                metrics={
                    name: SavedMetric(libraries=score_libraries(metric(name)), scores=scores)
                    for name in metrics or task.metrics
                },
            )
        },
    )


def test_the_same_task_fits(world: "World") -> None:
    """Of equal contents, wherever its file lies and whatever it is about."""
    task = world.words(4)
    moved = replace(task, path=world.folder / "elsewhere.yaml", about="Other words.", slices=())
    assert task_differences(_saved(task), moved, CONDITIONS) == ()
    assert metric_differences(_saved(task), moved, "accuracy") == ()


def test_every_difference_is_a_line(world: "World") -> None:
    """Conditions first, then the task; digests are cut short; cases are named, ten at most."""
    task = world.words(2)
    other = world.words(
        15,
        data_hash="e" * 64,
        template_hash="new",
        decode=Decode(max_new_tokens=3, stop=("x" * 80,)),
        samples=2,
    )
    now: dict[str, JSON] = {"dtype": "bfloat16", "torch": "2.5.1", "quantization": {"bits": 4}}
    assert task_differences(_saved(task), other, now) == (
        "dtype: float32 -> bfloat16",
        'quantization: none -> {"bits":4}',
        "data: dddddddddddd -> eeeeeeeeeeee",
        "prompt template:  -> new",
        "decode.max_new_tokens: 2 -> 3",
        f'decode.stop: [] -> ["{"x" * 55}...',
        "decode.samples: 1 -> 2",
        "13 cases not in the saved run: 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 3 more",
    )
    assert task_differences(_saved(other), task, CONDITIONS)[-1].startswith(
        "13 cases only in the saved run: 2, 3,"
    )


def test_decoding_of_choices_is_no_matter(world: "World") -> None:
    """Nothing is generated there."""
    task = world.choices(2)
    other = replace(task, decode=Decode(max_new_tokens=77))
    assert task_differences(_saved(task), other, CONDITIONS) == ()


def test_another_kind(world: "World") -> None:
    """A task that became one of choices is another task."""
    task = world.words(2)
    found = task_differences(_saved(task), replace(world.choices(2), name="words"), CONDITIONS)
    assert found[0] == "kind: generate -> choice"


def test_unknown_task_and_metric(world: "World") -> None:
    """What was saved is listed."""
    task = world.words(2)
    other = replace(task, name="quiz")
    assert task_differences(_saved(task), other, CONDITIONS) == (
        "task quiz was not saved; saved are words",
    )
    assert metric_differences(_saved(task), task, "f1_macro") == (
        "metric f1_macro was not saved; saved are accuracy",
    )


@pytest.mark.parametrize("samples", [1, 3])
def test_scores_of_a_case(samples: int) -> None:
    """The mean over its samples, which it carries; one that is not scored leaves none."""
    flat = [Score(value=value) for value in (1.0, 0.0, 0.5) * samples]
    flat[-1] = Score(value=None, reason="broken")
    task = SavedTask(
        facts={},
        samples=samples,
        cases=("a", "b", "c"),
        metrics={"accuracy": SavedMetric(libraries={}, scores=tuple(flat))},
    )
    found = task.scores("accuracy")
    assert list(found) == ["a", "b", "c"]
    assert found["a"].value == (1.0 if samples == 1 else 0.5)
    assert len(found["a"].samples) == (0 if samples == 1 else 3)
    assert found["c"].value is None
    assert "broken" in found["c"].reason
