"""Whether a case passed."""

import math
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.labels.passing import passed


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A metric, as far as passing is concerned."""

    binary: bool
    higher_is_better: bool = True


BINARY, REAL = Scale(binary=True), Scale(binary=False)
LOSS = Scale(binary=False, higher_is_better=False)
HARM = Scale(binary=True, higher_is_better=False)


@pytest.mark.parametrize(
    ("scale", "pass_at", "value", "wanted"),
    [
        (BINARY, None, 1, True),
        (BINARY, None, 0, False),
        (HARM, None, 0, True),
        (HARM, None, 1, False),
        (REAL, None, 1, None),
        (REAL, 0.5, 0.5, True),
        (REAL, 0.5, 0.49, False),
        (LOSS, 2.0, 2.0, True),
        (LOSS, 2.0, 2.1, False),
        (BINARY, None, None, None),
        (REAL, 0.5, None, None),
        (BINARY, None, math.nan, None),
        (REAL, 0.5, math.nan, None),
        (LOSS, 2.0, math.nan, None),
    ],
)
def test_passed(
    scale: Scale, pass_at: float | None, value: float | None, wanted: bool | None
) -> None:
    """0/1 metrics need the better score, others ``pass_at``; without either nothing is known."""
    case = Case(id="1", task="t", prompt="?", expected="x")
    task = Task(
        name="t",
        kind="generate",
        path=Path("t.task.yaml"),
        cases=(case,),
        metrics=("accuracy",),
        pass_at=pass_at,
    )
    assert passed(task, scale, Score(value=value)) is wanted
