"""The trade-off: what counts as target and general, who dominates whom, and what a step brings."""

from dataclasses import replace
from typing import Literal

import pytest

from pytest_ftevals.core.record import ComparisonRow, ThresholdRow, TradeoffRow
from pytest_ftevals.core.threshold import Decide, Quantity, Word
from pytest_ftevals.verdicts.tradeoff import trade_off

_BOTH: tuple[Word, Word] = ("fail", "pass")
FIRST = {"tickets": "accuracy", "mmlu": "accuracy", "arc": "accuracy", "wiki": "perplexity"}


def _threshold(
    kind: Quantity,
    *,
    verdict: Word = "pass",
    decide: Decide = "point",
    test: str = "t",
    text: str = "",
) -> ThresholdRow:
    return ThresholdRow(
        text=text or f"{kind} of something",
        kind=kind,
        op=">=",
        bound=0.0,
        observed=0.0,
        holds=verdict == "pass",
        evidence="not proven",
        decide=decide,
        verdict=verdict,
        n_used=100,
        p=None,
        p_holm=None,
        notes=(),
        test=test,
    )


def _row(
    candidate: str,
    task: str,
    delta: float,
    *thresholds: ThresholdRow,
    metric: str = "accuracy",
    unit: Literal["points", "own"] = "points",
    **changed: object,
) -> ComparisonRow:
    row = ComparisonRow(
        task=task,
        metric=metric,
        slice=None,
        candidate=candidate,
        reference="base",
        n=100,
        total=None,
        base=0.5,
        value=0.5 + delta / 100,
        delta=delta,
        interval=(delta - 1, delta + 1),
        level=0.95,
        method="t",
        detectable=None,
        unit=unit,
        higher_is_better=unit == "points",
        wins=0,
        losses=0,
        ties=100,
        thresholds=thresholds,
    )
    return replace(row, **changed)  # type: ignore[arg-type]


def _rows(candidate: str, target: float, *general: float) -> list[ComparisonRow]:
    tasks = ("mmlu", "arc")
    return [
        _row(candidate, "tickets", target, _threshold("value")),
        *(
            _row(candidate, task, change, _threshold("drop"))
            for task, change in zip(tasks, general, strict=False)
        ),
    ]


def _trade(
    rows: list[ComparisonRow],
    sizes: dict[str, int],
    *passed: str,
    seeds: dict[str, tuple[str, ...]] | None = None,
) -> dict[str, TradeoffRow]:
    found = trade_off(rows, sizes, seeds=seeds or {}, first=FIRST, passed=passed)
    return {row.candidate: row for row in found}


def test_targets_are_averaged_and_the_worst_change_counts() -> None:
    """A drop makes a general task, a value or gain a target; both make a target."""
    rows = [
        _row("a", "tickets", 40.0, _threshold("gain")),
        _row("a", "arc", 2.0, _threshold("drop"), _threshold("value")),
        _row("a", "mmlu", -1.5, _threshold("drop")),
        _row("b", "tickets", 50.0, _threshold("gain")),
        _row("b", "arc", 4.0, _threshold("drop")),
        _row("b", "mmlu", 3.0, _threshold("drop")),
    ]
    found = _trade(rows, {"a": 1, "b": 2})
    assert (found["a"].target, found["a"].general) == (21.0, -1.5)
    assert (found["b"].target, found["b"].general) == (27.0, 3.0)
    roles = {one.task: one.role for one in found["b"].measures}
    assert roles == {"arc": "target", "tickets": "target", "mmlu": "general"}
    assert list(roles) == ["arc", "tickets", "mmlu"]
    assert _trade(rows[::-1], {"b": 2, "a": 1}) == found


def test_only_the_first_metric_of_a_whole_task_against_the_base_counts() -> None:
    """Slices, further metrics, pass rates and other references are no task of their own."""
    rows = [
        *_rows("a", 10.0, -1.0),
        *_rows("b", 20.0, -2.0),
        _row("a", "tickets", -90.0, _threshold("value"), slice="language=de"),
        _row("a", "tickets", -80.0, _threshold("drop"), metric="json_valid"),
        _row("a", "tickets", -70.0, _threshold("value"), reference="b"),
        _row("a", "other", -60.0, _threshold("drop")),
    ]
    found = _trade(rows, {"a": 1, "b": 2})["a"]
    assert (found.target, found.general) == (10.0, -1.0)
    assert [one.task for one in found.measures] == ["tickets", "mmlu"]


@pytest.mark.parametrize(
    ("sizes", "rows"),
    [
        ({"a": 1}, _rows("a", 10.0, -1.0)),
        ({}, []),
        ({"a": 1, "b": 2}, []),
        (
            {"a": 1, "b": 2},
            [_row("a", "mmlu", -1.0, _threshold("drop")), _row("b", "mmlu", 1.0)],
        ),
        ({"a": 1, "b": 2}, [_row("a", "mmlu", -1.0), _row("b", "mmlu", 1.0)]),
    ],
)
def test_without_two_candidates_and_a_target_there_is_none(
    sizes: dict[str, int], rows: list[ComparisonRow]
) -> None:
    """One candidate trades nothing, and without a target nothing is gained."""
    assert _trade(rows, sizes) == {}


def test_pareto_set() -> None:
    """Who is no better on either than another, and worse on one, is not in it; equals are."""
    points = {"a": (10, -1), "b": (20, -3), "c": (15, -3), "d": (20, -3), "e": (9, -1), "f": (5, 0)}
    rows = [row for name, (target, kept) in points.items() for row in _rows(name, target, kept)]
    found = _trade(rows, dict.fromkeys(points, 1))
    assert {name for name, row in found.items() if row.pareto} == {"a", "b", "d", "f"}


def test_best_is_the_largest_target_among_those_that_meet_all() -> None:
    """A threshold that is missed anywhere excludes: on a slice, or against another reference."""
    fail = _threshold("value", verdict="fail", text="x")
    rows = [*_rows("a", 10.0, -1.0), *_rows("b", 20.0, -2.0), *_rows("c", 30.0, -3.0)]
    sizes = {"a": 1, "b": 2, "c": 3}
    assert [name for name, row in _trade(rows, sizes).items() if row.best] == ["c"]
    rows.append(_row("c", "tickets", 1.0, fail, slice="language=de"))
    found = _trade(rows, sizes)
    assert (found["c"].met, found["c"].best) == (False, False)
    # The same demand was made of nobody else: for them it is undecided.
    assert (found["b"].met, found["b"].best) == (None, False)
    for name in ("a", "b"):
        met = replace(fail, verdict="pass", holds=True)
        rows.append(_row(name, "tickets", 1.0, met, slice="language=de"))
    found = _trade(rows, sizes)
    assert [name for name, row in found.items() if row.best] == ["b"]


def test_equal_targets_are_told_apart_by_what_they_cost() -> None:
    """Then by size: the smaller one."""
    rows = [*_rows("a", 20.0, -3.0), *_rows("b", 20.0, -1.0), *_rows("c", 20.0, -1.0)]
    found = _trade(rows, {"a": 1, "c": 3, "b": 2})
    assert [name for name, row in found.items() if row.best] == ["b"]


@pytest.mark.parametrize(
    ("verdict", "decide", "passed", "met"),
    [
        ("pass", "point", True, True),
        ("pass", "point", False, True),  # its test failed elsewhere
        ("fail", "point", False, False),
        ("fail", "point", True, True),  # `not`, `or`: not required
        ("inconclusive", "proven", False, False),
        ("inconclusive", "refuted", True, None),
    ],
)
def test_met(verdict: Word, decide: Decide, *, passed: bool, met: bool | None) -> None:
    """Inconclusive is never a pass; what a passed test did not require is no miss."""
    rows = [*_rows("a", 10.0, -1.0), *_rows("b", 20.0, -2.0)]
    stated = _threshold("value", verdict=verdict, decide=decide)
    rows[0] = replace(rows[0], thresholds=(stated,))
    found = _trade(rows, {"a": 1, "b": 2}, *(["t"] if passed else []))
    assert (found["a"].met, found["b"].met) == (met, True)


def test_a_group_answers_for_its_seeds() -> None:
    """A pass rate that one seed misses is a threshold missed; their rows are no candidates."""
    missed, kept = (_threshold("value", text="names >= 0.9", verdict=verdict) for verdict in _BOTH)
    rows = [*_rows("r8", 10.0, -1.0), *_rows("r16", 20.0, -2.0), *_rows("r8.0", 99.0, 9.0)]
    rows += [
        _row(name, "tickets", 0.0, stated, metric="names")
        for name, stated in (("r8.0", kept), ("r8.1", missed), ("r16", kept))
    ]
    found = _trade(rows, {"r8": 1, "r16": 2}, seeds={"r8": ("r8.0", "r8.1")})
    assert list(found) == ["r8", "r16"]
    assert (found["r8"].met, found["r8"].seeds, found["r8"].target) == (False, 2, 10.0)
    assert (found["r16"].met, found["r16"].seeds) == (True, None)


def test_steps_go_by_size_then_by_name() -> None:
    """Each over the one before it; a percentage point pays, whatever floating point makes of it."""
    rows = [
        *_rows("late", 100 * (0.56 - 0.01), -1.0),
        *_rows("early", 100 * (0.55 - 0.01), -1.0),
        *_rows("big", 54.0, -1.0),
    ]
    found = _trade(rows, {"big": 9, "late": 2, "early": 2})
    assert list(found) == ["early", "late", "big"]
    assert (found["early"].smaller, found["early"].marginal, found["early"].pays) == (
        None,
        None,
        None,
    )
    assert (found["late"].smaller, found["late"].pays) == ("early", True)
    assert found["late"].marginal == pytest.approx(1.0)
    assert (found["big"].smaller, found["big"].pays) == ("late", False)
    assert found["big"].marginal == pytest.approx(-1.0)


def test_what_is_missing_is_never_zero() -> None:
    """Who lacks a measure has no mean, no step, and is neither best nor in the Pareto set."""
    rows = [*_rows("a", 10.0, -1.0), *_rows("b", 20.0), *_rows("d", 20.0, -1.0)]
    rows += _rows("c", 0.0, -1.0)[1:]
    found = _trade(rows, {"a": 1, "b": 2, "c": 3, "d": 4})
    assert (found["b"].general, found["b"].met, found["b"].pareto) == (None, None, False)
    assert (found["c"].target, found["c"].marginal, found["c"].pareto) == (None, None, False)
    assert [one.gain for one in found["c"].measures] == [None, -1.0]
    assert found["d"].best
    assert found["d"].smaller == "b"


def test_a_candidate_without_rows_is_listed() -> None:
    """It could not be loaded, say: nothing is known, and nothing is claimed."""
    found = _trade(_rows("a", 10.0, -1.0), {"a": 1, "b": 2})["b"]
    assert (found.target, found.general, found.met, found.pareto) == (None, None, None, False)


def test_other_units_are_listed_and_not_averaged() -> None:
    """Lower perplexity is a gain, and no percentage point."""
    own = {"metric": "perplexity", "unit": "own"}
    rows = [
        *_rows("a", 10.0),
        _row("a", "wiki", 0.7, _threshold("drop"), **own),  # type: ignore[arg-type]
        *_rows("b", 20.0),
        _row("b", "wiki", -0.2, _threshold("drop"), **own),  # type: ignore[arg-type]
    ]
    found = _trade(rows, {"a": 1, "b": 2})
    assert [row.general for row in found.values()] == [None, None]
    assert [row.measures[1].gain for row in found.values()] == [-0.7, 0.2]
    assert [row.pareto for row in found.values()] == [False, True]
    assert found["b"].best
    rows = [
        _row(name, "wiki", 0.7, _threshold("value"), **own)  # type: ignore[arg-type]
        for name in ("a", "b")
    ]
    found = _trade(rows, {"a": 1, "b": 2})
    assert [(row.target, row.pareto, row.best) for row in found.values()] == [
        (None, False, False)
    ] * 2


def _early(row: ComparisonRow, n: int) -> ComparisonRow:
    return replace(row, n=n, total=900)


def test_different_cases_are_not_held_together() -> None:
    """Estimates that an early stop left on other cases make no step, no Pareto set and no best."""
    rows = [*_rows("a", 10.0, -1.0), *_rows("b", 20.0, -2.0), *_rows("c", 25.0, -2.0)]
    sizes = {"a": 1, "b": 2, "c": 3}
    same = [_early(row, 60) for row in rows]
    assert _trade(same, sizes) == _trade(rows, sizes)
    apart = [_early(row, 40 if row.candidate == "a" else 60) for row in rows]
    found = _trade(apart, sizes)
    assert [row.marginal for row in found.values()] == [None, None, 5.0]
    assert [row.smaller for row in found.values()] == [None, None, "b"]
    assert not any(row.best or row.pareto for row in found.values())
    assert [row.target for row in found.values()] == [10.0, 20.0, 25.0]


def test_cases_left_out_by_name_are_no_early_stop() -> None:
    """One that could not be scored leaves the rest comparable."""
    rows = [*_rows("a", 10.0, -1.0), *_rows("b", 20.0, -2.0)]
    rows[0] = replace(rows[0], n=99, excluded=("17",))
    found = _trade(rows, {"a": 1, "b": 2})
    assert (found["b"].best, found["b"].marginal) == (True, 10.0)


def test_best_among_the_same_cases_alone() -> None:
    """Who does not meet the thresholds is no rival, whatever it was decided on."""
    missed = _threshold("value", verdict="fail")
    rows = [*_rows("a", 10.0, -1.0), *_rows("b", 20.0, -2.0), *_rows("c", 30.0, -2.0)]
    rows[0] = replace(rows[0], thresholds=(missed,), n=40, total=900)
    found = _trade(rows, {"a": 1, "b": 2, "c": 3})
    assert [name for name, row in found.items() if row.best] == ["c"]
