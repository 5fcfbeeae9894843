"""Geometry of the drawings: numbers stand where their axis says, whatever the numbers are."""

import math
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import ComparisonRow, Record, TaskRow
from pytest_ftevals.core.threshold import Quantity
from pytest_ftevals.reports.html.charts import Scale, centred_scale, even_scale, points_scale
from pytest_ftevals.reports.html.confusion import confusions
from pytest_ftevals.reports.html.forest import bar, own_scale, scale_of
from pytest_ftevals.reports.html.page import html_parts
from pytest_ftevals.reports.html.scatter import traded
from tests.html.candidates import candidates
from tests.html.parsed import found, one, parsed, text_of
from tests.reports.conftest import Build

BUILD = Build()
EVEN = Scale(low=-10.0, high=10.0)
floats = st.lists(st.floats(), max_size=6)


def row(
    op: str = "<=", kind: Quantity = "drop", bound: float = 3.0, *, up: bool = True
) -> ComparisonRow:
    """Return a comparison of -0.4 points with one threshold."""
    threshold = replace(BUILD.threshold(f"{kind} {op} {bound}", kind=kind), op=op, bound=bound)
    made = BUILD.row("mmlu", "accuracy", threshold, base=0.302, value=0.298)
    return replace(made, higher_is_better=up)


def test_an_even_axis_is_even() -> None:
    """The ends, the middle, and what lies beyond an end."""
    assert [EVEN.at(x) for x in (-10, -5, 0, 10, 11, -math.inf)] == [0, 25, 50, 100, 100, 0]
    assert EVEN.ticks() == (-10, -5, 0, 5, 10)


def test_a_far_gain_compresses_the_axis() -> None:
    """Then a drop of 3 points beside a gain of 60 still has room."""
    scale = points_scale([-3.0, 60.0], [2.0, 2.0, 9.0])
    assert scale.bend == 3.0
    assert scale.at(0.0) - scale.at(-3.0) > 15
    assert {0.0, 10.0} <= set(scale.ticks())
    assert points_scale([-3.0, 19.0], [2.0, 2.0]).bend is None
    assert points_scale([-40.0, 60.0], [30.0, 20.0]).bend is None


def test_zero_is_on_every_axis_of_deltas() -> None:
    """It is what an interval is held against."""
    for scale in (points_scale([30.0, 40.0], [10.0]), centred_scale([30.0, 40.0])):
        assert scale.shows(0.0)
    assert centred_scale([1.0, -7.0]).at(0.0) == 50


@given(floats, floats)
def test_any_numbers_have_an_axis(ends: list[float], widths: list[float]) -> None:
    """No place outside of the drawing, no order turned round, few ticks, each with room."""
    for scale in (points_scale(ends, widths), even_scale(ends, least=2.0), centred_scale(ends)):
        places = [scale.at(one) for one in sorted(one for one in ends if not math.isnan(one))]
        assert places == sorted(places)
        assert all(0 <= one <= 100 for one in places)
        ticks = [scale.at(one) for one in scale.ticks()]
        assert len(ticks) <= 9
        assert all(after - before > 12 for before, after in pairwise(ticks))


@pytest.mark.parametrize(
    ("comparison", "at", "side"),
    [
        (row("<=", "drop"), -3.0, 1),
        (row("<=", "drop", up=False), 3.0, -1),
        (row(">", "gain", 2.0), 2.0, 1),
        (row(">", "gain", 2.0, up=False), -2.0, -1),
        (row(">=", "drop", 1.0), -1.0, -1),
    ],
)
def test_a_threshold_stands_where_a_delta_just_meets_it(
    comparison: ComparisonRow, at: float, side: int
) -> None:
    """A drop is a negative delta, unless lower is better; the mark is open to what passes."""
    (limit,) = bar(comparison, EVEN).limits
    assert (limit.at, limit.side) == (EVEN.at(at), side)


def test_a_bound_of_a_value_has_no_place_among_deltas() -> None:
    """It speaks of one value, not of a difference."""
    assert bar(row(">=", "value", 0.8), EVEN).limits == ()


def test_a_bar_shows_what_is_known() -> None:
    """Ends beyond the axis are marked; what is no number is not drawn."""
    shown = bar(replace(row(), interval=(-math.inf, 4.0)), EVEN)
    assert (shown.low, shown.high, shown.beyond) == (0, 70, (True, False))
    nothing = bar(replace(row(), delta=math.nan, interval=(math.nan, math.nan)), EVEN)
    assert (nothing.at, nothing.low, nothing.high) == (None, None, None)


def test_drawn_places_are_the_records() -> None:
    """In the page: the mark, the interval and the threshold of every row, on its table's axis."""
    record = candidates()
    page = parsed("".join(html_parts(record, ())))
    table = next(found(page, "table", class_="deltas"))
    rows = [
        each
        for each in record.comparisons
        if each.slice is None and each.unit == "points" and each.reference == "base"
    ]
    scale = scale_of(rows)
    order = sorted(rows, key=lambda each: each.task)  # mmlu before tickets, as in the record
    drawn = list(found(table, "td", class_="plot"))
    assert len(drawn) == len(order) == 6
    for cell, each in zip(drawn, order, strict=True):
        lines = one(cell, "line", class_="reach")
        assert _percent(lines, "x1", "x2") == [scale.at(end) for end in each.interval]
        mark = [use for use in cell.iter("use") if (use.get("href") or "").startswith("#m-")]
        assert _percent(mark[0], "x") == [scale.at(each.delta)]
        limits = [_percent(use, "x")[0] for use in found(cell, "use", class_="limit")]
        assert limits == [scale.at(-2.0) for _ in each.thresholds]


def _percent(element: ET.Element, *names: str) -> list[float]:
    return [float((element.get(name) or "").removesuffix("%")) for name in names]


def test_marks_tell_verdicts_apart_by_shape() -> None:
    """A shape for each, in the plot and beside the word."""
    page = parsed("".join(html_parts(candidates(), ())))
    table = next(found(page, "table", class_="deltas"))
    shapes = {
        text_of(cell.find("div/span[2]")): cell.find("div/span[2]/svg/use").get("href")  # type: ignore[union-attr, arg-type]
        for cell in found(table, "td", class_="demands")
        if len(cell)
    }
    assert shapes == {
        "pass, proven": "#m-pass",
        "FAIL, refuted": "#m-fail",
        "pass, not proven": "#m-open",
    }


def test_own_units_have_an_axis_each() -> None:
    """A perplexity's delta has no place on an axis of points."""
    scale = own_scale(BUILD.perplexity())
    assert scale.at(0.0) == 50
    assert scale.shows(1.022)
    assert scale.high < 2


def test_the_trade_off_is_drawn_where_it_is() -> None:
    """Right is better on the general tasks, up on the target; the front joins its neighbours."""
    trade = traded(candidates())
    assert trade is not None
    points = {one.row.candidate: one for one in trade.points}
    assert points["full"].x < points["r16"].x < points["r4"].x
    assert points["full"].y < points["r16"].y < points["r4"].y
    assert points["r4"].x == trade.x.at(-0.4)
    assert [(a.row.candidate, b.row.candidate) for a, b in trade.front] == [
        ("full", "r16"),
        ("r16", "r4"),
    ]
    assert points["full"].radius > points["r4"].radius


def test_a_candidate_without_a_measure_is_in_the_table_alone() -> None:
    """What was not measured has no place in the drawing; it is not 0."""
    record = candidates()
    rows = (replace(record.tradeoff[0], general=None), *record.tradeoff[1:])
    trade = traded(replace(record, tradeoff=rows))
    assert trade is not None
    assert [one.row.candidate for one in trade.points] == ["r16", "full"]
    assert len(trade.rows) == 3
    assert traded(replace(record, tradeoff=())) is None


def with_confusion(confusion: dict[str, JSON]) -> Record:
    """Return a record of one task with these matrices."""
    task: TaskRow = BUILD.task("mmlu", 10, "accuracy")
    return Record(tasks=(replace(task, confusion=confusion),))


def test_confusion_matrices_are_the_records() -> None:
    """Every count, the base first, each row shaded by its shares."""
    tickets, mmlu = confusions(candidates())
    assert [one.variant for one in tickets.matrices] == ["base", "r4"]
    label, cells, total = tickets.matrices[1].rows[0]
    assert (label, [cell.count for cell in cells], total) == ("LOC", ["40", "3", "", "1"], "44")
    assert [cell.shade for cell in cells] == [9, 0, 0, 0]
    assert [cell.right for cell in cells] == [True, False, False, False]
    assert (mmlu.task, tickets.folded) == ("mmlu", False)


def test_a_column_without_answers_is_left_out() -> None:
    """Where every answer is of some class."""
    counts: dict[str, JSON] = {"base": [[3, 1, 0], [0, 4, 0]]}
    (shown,) = confusions(with_confusion({"labels": ["a", "b"], "counts": counts}))
    assert not shown.none
    assert [len(cells) for _, cells, _ in shown.matrices[0].rows] == [2, 2]


def test_too_many_classes_are_listed_by_their_mistakes() -> None:
    """The most frequent ones of any variant first."""
    size = 61
    labels: list[JSON] = [f"c{number}" for number in range(size)]
    answers = {"base": {(3, 5): 2, (7, size): 4, (9, 9): 99}, "r4": {(3, 5): 6}}
    counts: dict[str, JSON] = {
        name: [[known.get((row, column), 0) for column in range(size + 1)] for row in range(size)]
        for name, known in answers.items()
    }
    (shown,) = confusions(with_confusion({"labels": labels, "counts": counts}))
    assert shown.matrices == ()
    assert shown.folded
    assert [(one.expected, one.answered, one.counts) for one in shown.mistakes] == [
        ("c3", "c5", ("2", "6")),
        ("c7", None, ("4", "")),
    ]


@pytest.mark.parametrize(
    "confusion",
    [
        {"labels": ["a"], "counts": {"base": [[1]]}},
        {"labels": ["a"], "counts": {"base": [[1, "2"]]}},
        {"labels": "a", "counts": {}},
        {"labels": ["a"]},
    ],
)
def test_what_is_no_matrix_is_none(confusion: dict[str, JSON]) -> None:
    """A record from elsewhere may hold anything here."""
    assert confusions(with_confusion(confusion)) == []
