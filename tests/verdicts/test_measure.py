"""Measures: what comparing them gives, what it records, and what is refused."""

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.threshold import Threshold
from pytest_ftevals.verdicts.measure import Measure
from pytest_ftevals.verdicts.verdict import Verdict

Make = Callable[..., Measure]


@pytest.mark.parametrize(
    ("state", "holds", "text"),
    [
        (lambda m: m <= 3, False, "drop <= 3"),
        (lambda m: m < 5.5, True, "drop < 5.5"),
        (lambda m: m > 3, True, "drop > 3"),
        (lambda m: m >= 6, False, "drop >= 6"),
        (lambda m: 3 >= m, False, "drop <= 3"),  # noqa: SIM300
        (lambda m: 3 < m, True, "drop > 3"),  # noqa: SIM300
        (lambda m: 6 <= m, False, "drop >= 6"),  # noqa: SIM300
        (lambda m: 5.5 > m, True, "drop < 5.5"),  # noqa: SIM300
        (lambda m: np.float64(3) >= m, False, "drop <= 3"),
        (lambda m: m <= np.float32(3.5), False, "drop <= 3.5"),
        (lambda m: m <= np.int64(6), True, "drop <= 6"),
        (lambda m: m <= Fraction(7, 2), False, "drop <= 3.5"),
        (lambda m: Decimal("3.5") >= m, False, "drop <= 3.5"),
        (lambda m: m >= -1, True, "drop >= -1"),
    ],
)
def test_comparing_with_a_number(
    measure: Make,
    recorded: list[Threshold],
    state: Callable[[Measure], Verdict],
    holds: bool,
    text: str,
) -> None:
    """Every order and kind of number gives a verdict, recorded once as the test means it."""
    verdict = state(measure("drop"))
    assert isinstance(verdict, Verdict)
    assert bool(verdict) is holds
    assert recorded == [verdict.threshold]
    assert (recorded[0].text, recorded[0].holds) == (text, holds)


def test_what_is_recorded(measure: Make, recorded: list[Threshold]) -> None:
    """A threshold carries everything that the record needs."""
    assert not measure("drop") <= 3
    (stated,) = recorded
    assert (stated.task, stated.metric, stated.candidate) == ("tickets", "accuracy", "r8")
    assert (stated.slice, stated.kind, stated.op, stated.bound) == (None, "drop", "<=", 3)
    assert (stated.observed, stated.n_used, stated.evidence) == (5.2, 400, "not proven")
    assert stated.summary == (
        "accuracy: base 0.552, r8 0.500; drop 5.2 points (95% 2.1 .. 8.3, n=400)"
    )


@pytest.mark.parametrize(
    ("kind", "fields", "text"),
    [
        ("value", {}, "accuracy >= 0.4"),
        ("value", {"slice": "language=de"}, "accuracy[language=de] >= 0.4"),
        ("gain", {}, "gain >= 0.4"),
        ("gain", {"first": False, "metric": "f1_macro"}, "f1_macro gain >= 0.4"),
        ("drop", {"slice": "language=de"}, "drop[language=de] >= 0.4"),
        (
            "drop",
            {"first": False, "metric": "f1_macro", "slice": "language=de"},
            "f1_macro[language=de] drop >= 0.4",
        ),
    ],
)
def test_texts(
    measure: Make, recorded: list[Threshold], kind: str, fields: dict[str, Any], text: str
) -> None:
    """A threshold's text names metric, slice and quantity as far as they are not implied."""
    bool(measure(kind, **fields) >= 0.4)
    assert recorded[0].text == text


def test_plain_numbers(measure: Make, recorded: list[Threshold]) -> None:
    """Values, intervals and counts are plain numbers; the drop's mirror the gain's."""
    value, drop = measure(), measure().drop
    assert (value.value, value.base, value.delta, value.n) == (0.5, 0.552, -5.2, 400)
    assert (value.interval, drop.interval) == ((0.451, 0.549), (2.1, 8.3))
    assert (drop.value, drop.gain.value, value.gain.interval) == (5.2, -5.2, (-8.3, -2.1))
    assert value.comparison.wins == 12
    assert not recorded


def test_lower_is_better(measure: Make) -> None:
    """Where lower is better the delta is the gain's negative."""
    assert measure(higher_is_better=False).delta == 5.2


def test_slices(measure: Make, recorded: list[Threshold]) -> None:
    """A slice keeps the quantity; an unknown one is the builder's error."""
    assert measure("drop").slice("language=de").n == 40
    assert measure().drop.slice("language=de") <= 6
    assert recorded[0].slice == "language=de"
    with pytest.raises(FtevalsError, match="no slice language=fr"):
        measure().slice("language=fr")


def test_measures_compare_as_numbers(measure: Make, recorded: list[Threshold]) -> None:
    """Two measures give a plain bool and record nothing."""
    one, other = measure(), measure("gain")
    found = (one > other, one >= other, one < other, one <= other, one == other, one != other)
    assert found == (True, True, False, False, False, True)
    assert all(type(answer) is bool for answer in found)
    assert not recorded


def test_equality_compares_the_value(measure: Make, recorded: list[Threshold]) -> None:
    """``==`` is about the number, works with approx, and records nothing."""
    assert measure() == 0.5
    assert measure() != 0.6
    assert measure() == pytest.approx(0.5000001)
    assert measure() == measure()
    assert measure() != "0.5"
    assert not recorded


def test_measures_are_not_hashable(measure: Make) -> None:
    """Equal to numbers, they cannot stand in a set beside them."""
    with pytest.raises(TypeError, match="unhashable"):
        {measure()}


@pytest.mark.parametrize(
    ("bound", "message"),
    [
        ("80%", "with a number, not with text '80%'\n  Write 0.8."),
        ("0.80", "not with text '0.80'\n  Write 0.8."),
        ("high", "not with text 'high'"),
        (None, "not with None"),
        (True, "not with True"),
        (np.bool_(True), "not with a value of type bool"),
        ([0.8], "not with a value of type list"),
        (1j, "not with a value of type complex"),
        (math.nan, "with a finite number, not with nan"),
        (np.float64("nan"), "with a finite number, not with nan"),
        (math.inf, "with a finite number, not with inf"),
        (10**400, "with a finite number"),
    ],
)
def test_other_bounds_are_refused(
    measure: Make, recorded: list[Threshold], bound: Any, message: str
) -> None:
    """Anything but a finite number gives one clear message, either way round."""
    either_way: tuple[Callable[[], object], ...] = (
        lambda: measure("drop") <= bound,
        lambda: bound >= measure("drop"),
    )
    for state in either_way:
        with pytest.raises(FtevalsError) as mistake:
            state()
        assert message in str(mistake.value)
        assert isinstance(mistake.value, TypeError)
    assert not recorded


@pytest.mark.parametrize(("bound", "fix"), [(80, "For 80% write 0.8."), (1.5, "0.015"), (-1, "")])
def test_bounds_out_of_reach_are_refused(measure: Make, bound: float, fix: str) -> None:
    """A rate compared with 80 could never be met, or never fail."""
    with pytest.raises(FtevalsError, match=r"accuracy lies between 0 and 1") as mistake:
        bool(measure() >= bound)
    assert fix in str(mistake.value)


def test_other_units_reach_anywhere(measure: Make) -> None:
    """Drops, and metrics of a unit of their own, may be compared with any number."""
    assert measure("drop") <= 80
    assert measure(points=False) <= 80
    assert measure(points=False, first=False).gain <= 2


def test_a_measure_alone_is_no_assertion(measure: Make) -> None:
    """``assert measure`` would always pass; it is an error that says what to write."""
    with pytest.raises(FtevalsError, match="neither true nor false") as mistake:
        bool(measure())
    assert "assert ... >= 0.8" in str(mistake.value)


@pytest.mark.parametrize(
    ("kind", "fields", "text"),
    [
        ("value", {}, "<accuracy 0.500, base 0.552, -5.2 points>"),
        ("drop", {}, "<drop 5.2 points, accuracy 0.500, base 0.552>"),
        (
            "value",
            {"slice": "language=de"},
            "<accuracy[language=de] 0.500, base 0.552, -5.2 points>",
        ),
        ("gain", {"points": False, "metric": "loss"}, "<gain -5.200, loss 0.500, base 0.552>"),
    ],
)
def test_repr(measure: Make, kind: str, fields: dict[str, Any], text: str) -> None:
    """A measure shows itself in a few words."""
    assert repr(measure(kind, **fields)) == text


def test_chains_and_logic_record_every_threshold(measure: Make, recorded: list[Threshold]) -> None:
    """Chained comparisons and ``or`` record what they evaluated."""
    drop = measure("drop")
    assert 0 <= drop <= 6
    assert drop <= 3 or drop <= 6
    assert not drop <= 1
    assert [(stated.text, stated.holds) for stated in recorded] == [
        ("drop >= 0", True),
        ("drop <= 6", True),
        ("drop <= 3", False),
        ("drop <= 6", True),
        ("drop <= 1", False),
    ]


def test_a_slice_of_a_slice_is_a_mistake(measure: Make) -> None:
    """It would silently mean the second slice alone."""
    with pytest.raises(FtevalsError, match="slices of slices"):
        measure().slice("language=de").slice("language=de")
