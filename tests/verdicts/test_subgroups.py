"""Measures over the slices of a column: gaps in points, means, and one measure a slice."""

from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import Any

import pytest

from pytest_ftevals.core.comparison import Comparison, Macro
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.subgroup import Subgroups, columns_of, read_subgroups, slices_by
from pytest_ftevals.core.threshold import Threshold
from pytest_ftevals.verdicts.explain import explain
from pytest_ftevals.verdicts.measure import Measure
from pytest_ftevals.verdicts.result import Result
from pytest_ftevals.verdicts.verdict import decide

Make = Callable[..., Measure]


def test_a_gap_is_in_points(measure: Make) -> None:
    """Its value, base and interval too, as its change is."""
    gap = measure().gap("language")
    assert (gap.value, gap.base, gap.delta, gap.n) == (25, 5, 20, 90)
    assert gap.interval == pytest.approx((5, 45))
    assert (gap.drop.value, gap.gain.value) == (20, -20)
    assert gap.drop.interval == (-5, 45)
    assert repr(gap) == "<accuracy[gap(language)] 25.0, base 5.0, +20.0 points>"
    assert repr(gap.drop) == "<drop[gap(language)] 20.0 points, accuracy 25.0, base 5.0>"


def test_a_threshold_on_a_gap(measure: Make, recorded: list[Threshold]) -> None:
    """Held against points, by bounds in points; the worst slice is to blame."""
    assert not measure().gap("language") <= 5
    (stated,) = recorded
    assert (stated.text, stated.slice) == ("accuracy[gap(language)] <= 5", "gap(language)")
    assert (stated.kind, stated.observed, stated.bound) == ("value", 25, 5)
    assert (stated.evidence, stated.verdict, stated.blamed) == ("refuted", "fail", "language=de")
    assert stated.summary == "accuracy gap(language): base 5.0, r8 25.0 (95% 5.0 .. 45.0, n=90)"
    by_chance, left_out = stated.notes
    assert by_chance == (
        "best language=en 0.900 (n=60), worst language=de 0.650 (n=30) of 3 slices; were all "
        "equal in truth, chance alone would show 4.2 points on average"
    )
    assert left_out == "left out of the gap, under two cases: language=fr"


def test_how_much_a_gap_has_grown(measure: Make, recorded: list[Threshold]) -> None:
    """A growing gap is a drop."""
    assert measure().gap("language").drop <= 20
    assert not measure().gap("language").gain >= 0
    assert [one.text for one in recorded] == [
        "drop[gap(language)] <= 20",
        "gain[gap(language)] >= 0",
    ]
    assert recorded[0].notes[0].startswith("now best language=en 0.900 (n=60), worst")


@pytest.mark.parametrize(
    ("bound", "hint"),
    [(0.05, "0.05 is in percentage points, a gap of 0.05%; write 5 if 5 points are meant")],
)
def test_a_bound_that_looks_like_a_rate(
    measure: Make, recorded: list[Threshold], bound: float, hint: str
) -> None:
    """Whoever writes 0.05 may mean 5 points."""
    assert not measure().gap("language") <= bound
    assert recorded[0].notes[0] == hint


@pytest.mark.parametrize("bound", [-1, 101])
def test_bounds_out_of_reach_are_refused(measure: Make, bound: float) -> None:
    """A gap of rates lies between 0 and 100 points."""
    with pytest.raises(FtevalsError, match="between 0 and 100 points") as mistake:
        bool(measure().gap("language") <= bound)
    assert "write 5 for 5 points" in str(mistake.value)


@pytest.mark.parametrize(("op", "bound"), [(ge, 0), (lt, 0), (le, 100), (gt, 100)])
def test_bounds_that_every_gap_meets_or_misses_are_refused(
    measure: Make, op: Callable[[Measure, float], object], bound: float
) -> None:
    """No gap is below 0 or above 100 points, so that they decide nothing."""
    with pytest.raises(FtevalsError, match=r"between 0 and 100 points.* decides nothing"):
        op(measure().gap("language"), bound)


@pytest.mark.parametrize(("op", "bound"), [(le, 0), (gt, 0), (ge, 100), (lt, 100)])
def test_bounds_at_the_ends_that_decide_are_taken(
    measure: Make, recorded: list[Threshold], op: Callable[[Measure, float], object], bound: float
) -> None:
    """No gap at all, and some gap, can be demanded."""
    op(measure().gap("language"), bound)
    assert [one.bound for one in recorded] == [bound]


def test_what_a_failed_gap_says(
    comparison: Callable[..., Comparison], gap_fields: dict[str, Any]
) -> None:
    """Both gaps, and on each side between which slices."""
    verdict = decide(comparison(**gap_fields), "value", "<=", 5, first=True)
    first, *rest = explain(verdict, ["case 1: wrong"])
    assert first == (
        "accuracy[gap(language)] <= 5 does not hold for r8 on tickets: "
        "gap is 25.0 points (95% 5.0 .. 45.0, n=90), refuted"
    )
    assert rest == [
        "accuracy gap(language): base 5.0, r8 25.0, +20.0 points (95% -5.0 .. 45.0)",
        "r8: best language=en 0.900 (n=60), worst language=de 0.650 (n=30)",
        "base: best language=de 0.850 (n=30), worst language=en 0.800 (n=60)",
        "refuted: the threshold is missed by more than chance explains",
        "case 1: wrong",
    ]


def test_gaps_of_other_units(
    comparison: Callable[..., Comparison], gap_fields: dict[str, Any]
) -> None:
    """A metric without points has gaps in its own unit, of any size."""
    found = comparison(**{**gap_fields, "points": False, "metric": "loss"})
    verdict = decide(found, "value", "<=", 0.2, first=True)
    assert verdict.threshold.observed == 0.25
    assert verdict.threshold.notes[0].endswith("chance alone would show 0.042 on average")
    assert (
        explain(verdict)[1]
        == "loss gap(language): base 0.050, r8 0.250, +20.000 (95% -5.000 .. 45.000)"
    )


def test_a_mean_over_slices(measure: Make, comparison: Callable[..., Comparison]) -> None:
    """It keeps the quantity, and its unit."""
    assert measure().macro("language").value == 0.5
    assert measure("drop").macro("language") == measure().macro("language").drop
    found = comparison(slice="macro(language)", macro=Macro(slices=3, fewest=4, most=70))
    lines = explain(decide(found, "value", ">=", 0.9, first=True))
    assert lines[1].startswith("accuracy macro(language): base 0.552, r8 0.500, -5.2 points")
    assert lines[2] == "mean over 3 slices of 4 to 70 cases"


def test_one_measure_a_slice(measure: Make, recorded: list[Threshold]) -> None:
    """By group, of the same quantity; nothing is compared before it is needed."""
    drops = measure("drop").by("language")
    assert list(drops) == ["de", "en"]
    assert drops["de"] <= 6
    assert [(one.text, one.slice) for one in recorded] == [
        ("drop[language=de] <= 6", "language=de")
    ]


@pytest.mark.parametrize(
    ("take", "says"),
    [
        (lambda m: m.gap("colour"), "no column colour"),
        (lambda m: m.macro("colour"), "no column colour"),
        (lambda m: m.by("colour"), "no column colour"),
        (lambda m: m.drop.gap("language"), "a gap lies between values, and drop is none"),
        (lambda m: m.slice("language=de").gap("language"), "is on a slice already"),
        (lambda m: m.slice("language=de").by("language"), "is on a slice already"),
        (lambda m: m.gap("language").macro("language"), "is on a slice already"),
    ],
)
def test_mistakes(measure: Make, take: Callable[[Measure], Any], says: str) -> None:
    """What cannot be taken says so, before any number is asked."""
    with pytest.raises(FtevalsError, match=says):
        take(measure())


def test_results_know_their_columns(result: Result, asked: list[tuple[str, str | None]]) -> None:
    """Any other is a mistake that names them."""
    assert list(result["f1_macro"].by("language")) == ["de", "en"]
    assert result["f1_macro"].gap("language").n == 400
    assert ("f1_macro", "gap(language)") in asked
    with pytest.raises(FtevalsError) as mistake:
        result["f1_macro"].gap("langage")
    assert "makes no slices of 'langage'" in str(mistake.value)
    assert "Did you mean 'language'? Columns: language." in str(mistake.value)
    with pytest.raises(FtevalsError, match="has no slice 'gap"):
        result["f1_macro"].slice("gap(colour)")


def test_a_result_without_slices_says_how_to_make_some(result: Result) -> None:
    """There are no columns to name."""
    bare = Result(
        result.task,
        "r8",
        compare=lambda _metric, _where: result["accuracy"].comparison,
        slices=(),
        record=lambda _, __: None,
    )
    with pytest.raises(FtevalsError, match=r"slices: \[COLUMN\]"):
        bare["accuracy"].by("language")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("gap(gender)", Subgroups(kind="gap", column="gender")),
        ("macro(the subject)", Subgroups(kind="macro", column="the subject")),
        ("gap()", Subgroups(kind="gap", column="")),
        ("gender=f", None),
        ("gap(x)=y", None),
        ("gap=f(x)", None),
        ("kind=gap(x)", None),
        ("mean(gender)", None),
        (None, None),
    ],
)
def test_names(text: str | None, found: Subgroups | None) -> None:
    """No slice is taken for an aggregate: its name holds an equals sign."""
    assert read_subgroups(text) == found
    assert found is None or found.name == text


def test_columns_and_groups() -> None:
    """Groups may hold equals signs, and be empty."""
    slices = ("a=x=1", "a=", "b=x")
    assert columns_of(slices) == ("a", "b")
    assert slices_by("a", slices) == {"x=1": "a=x=1", "": "a="}
