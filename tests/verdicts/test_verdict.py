"""Verdicts: evidence, rounding, and how they show themselves."""

from collections.abc import Callable, Mapping
from dataclasses import FrozenInstanceError, replace

import hypothesis.strategies as st
import pytest
from hypothesis import given

from pytest_ftevals.core.comparison import Comparison, Estimate, Interval
from pytest_ftevals.core.threshold import MODES, Decide, Evidence, Operator, Quantity, Word
from pytest_ftevals.verdicts.bound import meets
from pytest_ftevals.verdicts.verdict import decide, evidence_for

OPERATORS: tuple[Operator, ...] = ("<", "<=", ">", ">=")


def bounds(low: float, high: float) -> Interval:
    """Return one-sided bounds."""
    return Interval(low=low, high=high, level=0.9, method="newcombe")


@pytest.mark.parametrize(
    ("op", "bound", "evidence"),
    [
        ("<=", 9, "proven"),
        ("<=", 8, "proven"),
        ("<", 8, "not proven"),
        ("<=", 5, "not proven"),
        ("<=", 2, "not proven"),
        ("<", 2, "refuted"),
        ("<=", 1, "refuted"),
        (">=", 1, "proven"),
        (">=", 2, "proven"),
        (">", 2, "not proven"),
        (">=", 5, "not proven"),
        (">=", 8, "not proven"),
        (">", 8, "refuted"),
        (">=", 9, "refuted"),
    ],
)
def test_evidence(op: Operator, bound: float, evidence: str) -> None:
    """With bounds 2 .. 8: proven where even the unfavourable end meets it, refuted where no end."""
    assert evidence_for(bounds(2, 8), bounds(2, 8), op, bound) == evidence


@given(
    low=st.floats(-50, 50),
    value=st.floats(-50, 50),
    high=st.floats(-50, 50),
    bound=st.floats(-60, 60),
    op=st.sampled_from(OPERATORS),
)
def test_evidence_agrees_with_the_outcome(
    low: float, value: float, high: float, bound: float, op: Operator
) -> None:
    """What is proven holds, and what is refuted does not, wherever the estimate lies within."""
    low, value, high = sorted((low, value, high))
    evidence = evidence_for(bounds(low, high), bounds(low, high), op, bound)
    holds = meets(value, op, bound)
    assert holds or evidence != "proven"
    assert not holds or evidence != "refuted"


def test_a_gain_and_the_opposite_drop_agree(comparison: Callable[..., Comparison]) -> None:
    """``drop <= 3`` and ``gain >= -3`` are one statement, bounds included."""
    for bound in (0, 2.1, 3, 5.2, 8, 9):
        drop = decide(comparison(), "drop", "<=", bound, first=True).threshold
        gain = decide(comparison(), "gain", ">=", -bound, first=True).threshold
        assert (drop.holds, drop.evidence) == (gain.holds, gain.evidence)


def test_rounding_errors_decide_nothing(comparison: Callable[..., Comparison]) -> None:
    """A drop of exactly 3 points meets ``drop <= 3`` although 100 * (0.55 - 0.52) is above 3."""
    exact = 100 * (0.52 - 0.55)
    assert exact < -3
    gain = Estimate(value=exact, interval=bounds(-5, -1), bounds=bounds(-5, -1))
    assert decide(comparison(gain=gain), "drop", "<=", 3, first=True)
    assert not decide(comparison(gain=gain), "drop", "<", 3, first=True)
    assert not decide(comparison(gain=gain), "drop", ">", 3, first=True)


@pytest.mark.parametrize(
    ("kind", "op", "bound", "text"),
    [
        ("drop", "<=", 1, "<FAIL drop <= 1: drop is 5.2 points (95% 2.1 .. 8.3, n=400), refuted>"),
        ("drop", "<=", 9, "<PASS drop <= 9: drop is 5.2 points (95% 2.1 .. 8.3, n=400), proven>"),
        (
            "value",
            ">=",
            0.8,
            "<FAIL accuracy >= 0.8: accuracy is 0.500 (95% 0.451 .. 0.549, n=400), refuted>",
        ),
        (
            "gain",
            ">",
            0,
            "<FAIL gain > 0: gain is -5.2 points (95% -8.3 .. -2.1, n=400), refuted>",
        ),
    ],
)
def test_repr(
    comparison: Callable[..., Comparison], kind: Quantity, op: Operator, bound: float, text: str
) -> None:
    """A verdict shows outcome, threshold, estimate, interval, n and evidence."""
    assert repr(decide(comparison(), kind, op, bound, first=True)) == text


def test_numbers_never_contradict_the_verdict(comparison: Callable[..., Comparison]) -> None:
    """A drop of 3.04 that fails ``drop <= 3`` is not shown as 3.0."""
    gain = Estimate(value=-3.04, interval=bounds(-5, -1), bounds=bounds(-5, -1))
    assert "drop is 3.04 points" in repr(decide(comparison(gain=gain), "drop", "<=", 3, first=True))
    least = Estimate(value=-3.0000000031, interval=bounds(-5, -1), bounds=bounds(-5, -1))
    assert "is 3.0000000031 p" in repr(decide(comparison(gain=least), "drop", "<=", 3, first=True))
    tiny = Estimate(value=-3.00000001, interval=bounds(-5, -1), bounds=bounds(-5, -1))
    assert "is 3.00000001 p" in repr(decide(comparison(gain=tiny), "drop", "<=", 3, first=True))


def test_minus_zero_is_never_shown(comparison: Callable[..., Comparison]) -> None:
    """A gain of nothing is 0.0 points."""
    none = Estimate(value=-0.0, interval=bounds(-1, 1), bounds=bounds(-1, 1))
    assert "gain is 0.0 points" in repr(decide(comparison(gain=none), "gain", ">", 1, first=True))


def test_verdicts_are_frozen(comparison: Callable[..., Comparison]) -> None:
    """Nothing can be changed in what was decided."""
    verdict = decide(comparison(), "drop", "<=", 3, first=True)
    with pytest.raises(FrozenInstanceError):
        verdict.threshold = verdict.threshold  # type: ignore[misc]


@pytest.mark.parametrize(
    ("bound", "evidence", "words"),
    [
        (9, "proven", {"point": "pass", "proven": "pass", "refuted": "pass"}),
        (6, "not proven", {"point": "pass", "proven": "inconclusive", "refuted": "inconclusive"}),
        (4, "not proven", {"point": "fail", "proven": "inconclusive", "refuted": "inconclusive"}),
        (1, "refuted", {"point": "fail", "proven": "fail", "refuted": "fail"}),
    ],
)
def test_modes(
    comparison: Callable[..., Comparison],
    bound: float,
    evidence: Evidence,
    words: Mapping[Decide, Word],
) -> None:
    """A drop of 5.2: the estimate decides, or only proven ones pass, or only refuted ones fail."""
    for mode, word in words.items():
        verdict = decide(comparison(), "drop", "<=", bound, first=True, mode=mode)
        assert verdict.threshold.evidence == evidence
        assert verdict.threshold.verdict == word
        met = {"pass": True, "fail": False, "inconclusive": mode == "refuted"}
        assert bool(verdict) == met[word]


def test_only_refuting_shares_the_error(comparison: Callable[..., Comparison]) -> None:
    """Passing only what is proven needs no correction; calling misses proven among many does."""
    gain = replace(comparison().gain, shared=bounds(-9, -0.5))
    told: list[tuple[str, str]] = []
    for mode, bound in (("refuted", 1), ("point", 1), ("proven", 8.5), ("refuted", 0.2)):
        found = decide(comparison(gain=gain), "drop", "<=", bound, first=True, mode=MODES[mode])
        told.append((mode, found.threshold.evidence))
    assert told == [
        ("refuted", "not proven"),
        ("point", "refuted"),
        ("proven", "proven"),
        ("refuted", "refuted"),
    ]


def test_a_bound_in_another_unit_is_noted(comparison: Callable[..., Comparison]) -> None:
    """``drop <= 0.03`` on a rate is 0.03 points; other bounds and other units are not suspected."""
    suspect = decide(comparison(), "drop", "<=", 0.03, first=True).threshold
    assert suspect.notes == (
        "0.03 is in percentage points, a drop of 0.03%; write 3 if 3 points are meant",
    )
    usual: list[tuple[Quantity, float]] = [("drop", 3), ("drop", 0), ("value", 0.03)]
    for kind, bound in usual:
        shown = decide(comparison(), kind, "<=", bound, first=True).threshold
        assert not any("percentage points" in note for note in shown.notes)
    own = decide(comparison(points=False), "drop", "<=", 0.03, first=True).threshold
    assert not any("percentage points" in note for note in own.notes)
