"""Comparisons, measures and results for the tests of verdicts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.comparison import Comparison, Estimate, Gap, Interval, SliceValue
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.threshold import Quantity, Threshold
from pytest_ftevals.verdicts.measure import Deciding, Measure
from pytest_ftevals.verdicts.result import Result


def estimate(value: float, low: float, high: float) -> Estimate:
    """Return an estimate whose one-sided bounds lie a tenth inside its interval."""
    tenth = (high - low) / 10
    return Estimate(
        value=value,
        interval=Interval(low=low, high=high, level=0.95, method="wilson"),
        bounds=Interval(low=low + tenth, high=high - tenth, level=0.90, method="wilson"),
    )


@pytest.fixture
def gap_fields() -> dict[str, Any]:
    """What a comparison of the gap between languages has."""
    return {
        "slice": "gap(language)",
        "n": 90,
        "base": estimate(0.05, 0.0, 0.2),
        "value": estimate(0.25, 0.05, 0.45),
        "gain": estimate(-20.0, -45.0, 5.0),
        "higher_is_better": False,
        "wins": 0,
        "losses": 0,
        "ties": 0,
        "gap": Gap(
            slices=3,
            best=SliceValue(name="language=en", n=60, value=0.9),
            worst=SliceValue(name="language=de", n=30, value=0.65),
            reference_best=SliceValue(name="language=de", n=30, value=0.85),
            reference_worst=SliceValue(name="language=en", n=60, value=0.8),
            by_chance=0.042,
            left_out=("language=fr",),
        ),
    }


@pytest.fixture
def comparison() -> Callable[..., Comparison]:
    """Build a comparison: base 0.552, candidate 0.500, a drop of 5.2 points unless told."""

    def build(**fields: Any) -> Comparison:
        values: dict[str, Any] = {
            "task": "tickets",
            "metric": "accuracy",
            "candidate": "r8",
            "slice": None,
            "n": 400,
            "base": estimate(0.552, 0.503, 0.600),
            "value": estimate(0.5, 0.451, 0.549),
            "gain": estimate(-5.2, -8.3, -2.1),
            "points": True,
            "higher_is_better": True,
            "wins": 12,
            "losses": 33,
            "ties": 355,
        }
        return Comparison(**{**values, **fields})

    return build


@pytest.fixture
def recorded() -> list[Threshold]:
    """Hold the thresholds that measures recorded, in order."""
    return []


@pytest.fixture
def measure(
    comparison: Callable[..., Comparison],
    recorded: list[Threshold],
    gap_fields: dict[str, Any],
) -> Callable[..., Measure]:
    """Build a measure over a comparison."""

    def slices(name: str) -> Comparison:
        if name == "gap(language)":
            return comparison(**gap_fields)
        if name not in {"language=de", "language=en", "macro(language)"}:
            raise FtevalsError(f"no slice {name}")
        return comparison(slice=name, n=40)

    def groups(column: str) -> dict[str, str]:
        if column != "language":
            raise FtevalsError(f"no column {column}")
        return {"de": "language=de", "en": "language=en"}

    def build(kind: Quantity = "value", *, first: bool = True, **fields: Any) -> Measure:
        found = comparison(**fields)
        deciding = Deciding(record=lambda one, _: recorded.append(one))
        return Measure(
            lambda: found, kind, deciding=deciding, slices=slices, groups=groups, first=first
        )

    return build


@pytest.fixture
def asked() -> list[tuple[str, str | None]]:
    """Hold what a result asked to be compared."""
    return []


@pytest.fixture
def result(
    comparison: Callable[..., Comparison],
    recorded: list[Threshold],
    asked: list[tuple[str, str | None]],
) -> Result:
    """Return a result of a task with two metrics and two slices."""
    case = Case(id="1", task="tickets", prompt="?", expected="x")
    task = Task(
        name="tickets",
        kind="generate",
        path=Path("tickets.task.yaml"),
        cases=(case,),
        metrics=("accuracy", "f1_macro"),
    )

    def compare(metric: str, part: str | None) -> Comparison:
        asked.append((metric, part))
        return comparison(metric=metric, slice=part)

    parts = ("language=de", "language=en")
    return Result(
        task, "r8", compare=compare, slices=parts, record=lambda one, _: recorded.append(one)
    )
