"""Comparisons over all slices of a column, made from scores."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.comparison import Comparison
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.per_case import PerCase
from pytest_ftevals.run.subgroups import compare_subgroups
from pytest_ftevals.verdicts.verdict import decide

LEVELS = (0.95, 0.90, 0.99)


def _rate(_task: Task, _case: Case, _response: Response) -> Score:
    raise TypeError("scores are given here")


def _metric(**changed: Any) -> PerCase:
    return PerCase(
        **{"name": "score", "binary": False, "needs": lambda _: None, "rate": _rate, **changed}
    )


def _task(groups: str, clusters: Sequence[str] = ()) -> Task:
    """Return a task whose cases, numbered from 1, are of the groups spelt by letters."""
    cases = tuple(
        Case(
            id=str(number),
            task="people",
            prompt="?",
            expected="x",
            slices={"group": group},
            cluster=clusters[number - 1] if clusters else None,
        )
        for number, group in enumerate(groups, start=1)
    )
    return Task(
        name="people",
        kind="generate",
        path=Path("people.task.yaml"),
        cases=cases,
        metrics=("score",),
        slices=("group",),
        cluster="page" if clusters else None,
    )


def _scores(values: Sequence[float | None]) -> dict[str, Score]:
    return {
        str(number): Score(value=value, reason="" if value is not None else "not said")
        for number, value in enumerate(values, start=1)
    }


def _compare(
    where: str, task: Task, base: Sequence[float | None], own: Sequence[float | None], **metric: Any
) -> Comparison:
    return compare_subgroups(
        task, _metric(**metric), "r8", _scores(base), _scores(own), where=where, levels=LEVELS
    )


def test_a_gap_of_rates() -> None:
    """Values are rates, the gain is in points, and a wider gap is a drop."""
    task = _task("aaaabbbb")
    found = _compare(
        "gap(group)", task, [1, 1, 1, 0, 1, 0, 0, 1], [1, 1, 1, 1, 1, 0, 0, 0], binary=True
    )
    assert (found.slice, found.n, found.higher_is_better) == ("gap(group)", 8, False)
    assert (found.base.value, found.value.value, found.gain.value) == (0.25, 0.75, -50)
    assert found.delta == 50
    assert found.gap is not None
    assert (found.gap.best.name, found.gap.worst.name) == ("group=a", "group=b")
    assert (found.gap.best.value, found.gap.best.n) == (1, 4)
    assert found.blamed == "group=b"
    assert (found.wins, found.losses, found.ties) == (0, 0, 0)
    for one in (found.base, found.value, found.gain):
        assert one.shared is not None
        assert one.shared.low <= one.interval.low <= one.bounds.low <= one.value
        assert one.value <= one.bounds.high <= one.interval.high <= one.shared.high


def test_where_lower_is_better_and_units_are_their_own() -> None:
    """The best slice is the lowest; nothing is called points."""
    task = _task("aabb")
    found = _compare(
        "gap(group)", task, [1, 3, 4, 6], [1, 3, 8, 10], higher_is_better=False, points=False
    )
    assert (found.base.value, found.value.value, found.gain.value) == (3, 7, -4)
    assert not found.points
    assert found.gap is not None
    assert (found.gap.best.name, found.gap.worst.name) == ("group=a", "group=b")
    mean = _compare(
        "macro(group)", task, [1, 3, 4, 6], [1, 3, 8, 10], higher_is_better=False, points=False
    )
    assert (mean.base.value, mean.value.value, mean.gain.value) == (3.5, 5.5, -2)
    assert (mean.higher_is_better, mean.delta) == (False, 2)


def test_slices_without_spread_in_a_unit_without_limits() -> None:
    """Unseen cases could lie anywhere: nothing is proven of the gap, and no chance is told."""
    found = _compare("gap(group)", _task("aabb"), [1, 1, 2, 2], [1, 1, 2, 2], points=False)
    assert (found.value.value, found.value.bounds.low) == (1, 0)
    assert found.value.bounds.high == math.inf
    assert (found.gain.bounds.low, found.gain.bounds.high) == (-math.inf, math.inf)
    (note,) = decide(found, "value", "<=", 3, first=True).threshold.notes
    assert note == "best group=b 2.000 (n=2), worst group=a 1.000 (n=2) of 2 slices"
    mean = _compare("macro(group)", _task("aabb"), [1, 1, 2, 2], [1, 1, 2, 2], points=False)
    assert mean.value.bounds.high == math.inf


def test_equal_slices_have_two_names() -> None:
    """Where all are alike, two of them are named all the same."""
    found = _compare("gap(group)", _task("aabb"), [1, 1, 1, 1], [1, 1, 1, 1], binary=True)
    assert found.value.value == 0
    assert found.gap is not None
    assert {found.gap.best.name, found.gap.worst.name} == {"group=a", "group=b"}
    assert found.value.bounds.high > 0.3


def test_excluded_cases_are_named() -> None:
    """A case that one side could not be scored on is in no slice's value."""
    base, own = [1, None, 1, 1, 0, 1], [1, 1, 0, 1, 1, 1]
    for kind, n in (("gap", 5), ("macro", 5)):
        found = _compare(f"{kind}(group)", _task("aaabbb"), base, own, binary=True)
        assert (found.excluded, found.n) == (("2",), n)
        assert found.excluded_because == "not said"


@pytest.mark.parametrize("kind", ["gap", "macro"])
def test_a_slice_without_any_scored_case_is_a_mistake(kind: str) -> None:
    """It might be the worst one; what is left would speak of other slices."""
    with pytest.raises(FtevalsError, match="group=b") as mistake:
        _compare(f"{kind}(group)", _task("aabb"), [1, 1, None, None], [1, 1, 1, 1], binary=True)
    assert "no case of task 'people' could be scored with score on group=b" in str(mistake.value)
    assert "The first reason: not said" in str(mistake.value)


def test_a_slice_of_which_one_case_is_scored_is_a_mistake_for_a_gap() -> None:
    """Its other cases may be the worst ones: the gap is not proven by leaving it out."""
    task, own = _task("aa" + "b" * 40 + "cc"), [1, 1, 1, *[None] * 39, 1, 0]
    with pytest.raises(FtevalsError, match="group=b") as mistake:
        _compare("gap(group)", task, [1] * 44, own, binary=True)
    assert "only 1 of 40 cases of task 'people' could be scored with score" in str(mistake.value)
    assert "The first reason: not said" in str(mistake.value)


@pytest.mark.parametrize("scored", [1, None])
def test_a_slice_of_a_single_case_is_left_out_of_a_gap(scored: float | None) -> None:
    """Whether that case could be scored or not: it would tell nothing."""
    task, own = _task("aabcc"), [1, 1, scored, 1, 0]
    found = _compare("gap(group)", task, [1, 1, 1, 1, 1], own, binary=True)
    assert found.gap is not None
    assert (found.gap.slices, found.gap.left_out, found.n) == (2, ("group=b",), 4)


def test_only_aggregates_are_compared_here() -> None:
    """A slice is not taken over slices."""
    with pytest.raises(ValueError, match="group=a is not taken over slices"):
        _compare("group=a", _task("aabb"), [1, 1, 1, 1], [1, 1, 1, 1], binary=True)


def test_one_template_for_both_groups() -> None:
    """A model that guesses one gender for all: right in one slice where it is wrong in the other.

    Slices depend on each other, and a gap is less certain than if they did not.
    """
    groups, own = "ab" * 40, [1.0, 0.0] * 20 + [0.0, 1.0] * 20
    base = [1.0] * 80
    pages = [f"p{number // 2}" for number in range(80)]
    shared = _compare("gap(group)", _task(groups, pages), base, own, binary=True)
    free = _compare("gap(group)", _task(groups), base, own, binary=True)
    assert shared.value.value == free.value.value == 0
    assert shared.value.bounds.high == pytest.approx(math.sqrt(2) * free.value.bounds.high, rel=0.1)
    mean = [
        _compare("macro(group)", _task(groups, one), base, own, binary=True).value.interval
        for one in ([], pages)
    ]
    # Their mean is the same whatever the model guesses, and yet no narrower than without clusters.
    assert mean[1].high == pytest.approx(mean[0].high)


def test_noise_is_paired_between_base_and_candidate() -> None:
    """Slices that both sides find equally hard: the gap is wide, its change is not."""
    groups = "a" * 200 + "b" * 200
    base = ([1.0] * 19 + [0.0]) * 10 + [1.0, 0.0] * 100
    own = [*base]
    own[200] = 0.0
    found = _compare("gap(group)", _task(groups), base, own, binary=True)
    value, gain = found.value.bounds, found.gain.bounds
    assert 100 * (value.high - value.low) > 12
    assert gain.high - gain.low < 5
