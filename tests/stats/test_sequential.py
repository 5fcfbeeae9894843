"""Early stop: blocks, decisions, and the interval that goes with them."""

import math
import time
from itertools import pairwise

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.core.threshold import Operator
from pytest_ftevals.stats.sequential import Decision, blocks, decide_early, sequential_interval

CHANGE = (-1.0, 1.0)
RATE = (0.0, 1.0)
FLIPPED: dict[Operator, Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}

OPERATORS = st.sampled_from(sorted(FLIPPED))
CHANGES = st.lists(st.sampled_from([-1.0, 0.0, 0.0, 1.0]), min_size=1, max_size=150)
REALS = st.lists(st.floats(-1, 1), min_size=1, max_size=150)
# Long runs of equal values are where a walk decides, and where it turns.
RUNS = st.lists(
    st.tuples(st.sampled_from([-1.0, -0.3, 0.0, 0.3, 1.0]), st.integers(1, 60)),
    min_size=1,
    max_size=5,
).map(lambda runs: [value for value, length in runs for _ in range(length)])
VALUES = st.one_of(CHANGES, REALS, RUNS)


def decided(
    values: list[float],
    *,
    op: Operator = ">=",
    bound: float = -0.03,
    total: int = 14_042,
    limits: tuple[float, float] = CHANGE,
    alpha: float = 0.05,
) -> Decision | None:
    """Return the decision with the same chance of both errors."""
    return decide_early(
        values,
        total=total,
        limits=limits,
        op=op,
        bound=bound,
        alpha_proven=alpha,
        alpha_refuted=alpha,
    )


def interval(values: list[float], *, total: int = 14_042, level: float = 0.9) -> Interval:
    """Return the interval of a change."""
    return sequential_interval(values, total=total, limits=CHANGE, level=level)


def drawn(n: int, lost: float, won: float, seed: int = 0) -> list[float]:
    """Return changes of 0/1 scores."""
    chances = [lost, 1 - lost - won, won]
    found: list[float] = np.random.default_rng(seed).choice([-1.0, 0.0, 1.0], n, p=chances).tolist()
    return found


@pytest.mark.parametrize(
    ("total", "wanted"),
    [
        (1, (1,)),
        (20, (20,)),
        (21, (20, 21)),
        (100, (20, 40, 60, 80, 100)),
        (250, (20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 220, 242, 250)),
    ],
)
def test_blocks_by_hand(total: int, wanted: tuple[int, ...]) -> None:
    """Blocks of 20, then of a tenth of what was seen, up to the total."""
    assert blocks(total) == wanted


@given(total=st.integers(1, 20_000))
def test_blocks_depend_on_the_total_at_the_end_alone(total: int) -> None:
    """They rise, end with the total, are few, and begin like those of any larger task."""
    ends = blocks(total)
    assert ends[-1] == total
    assert all(one < other for one, other in pairwise(ends))
    assert ends[:-1] == blocks(2 * total)[: len(ends) - 1]
    assert len(ends) <= 60


def test_no_cases_have_no_blocks() -> None:
    """A walk over nothing is a mistake of the caller."""
    with pytest.raises(ValueError, match="a case"):
        blocks(0)


@given(total=st.integers(1, 20), bound=st.sampled_from([-1.5, -0.5, 0.0, 0.5, 1.5]))
def test_tasks_of_one_block_are_never_decided_early(total: int, bound: float) -> None:
    """The only block is the last, where the full task's verdict holds."""
    for value in (-1.0, 0.0, 1.0):
        assert decided([value] * total, total=total, bound=bound) is None


def test_nothing_seen_decides_nothing() -> None:
    """Before the first block ends there is no decision, even for what is certain."""
    assert decided([]) is None
    assert decided([1.0] * 19, bound=-2) is None
    assert decided([1.0] * 20, bound=-2) == Decision(evidence="proven", n=20)


@pytest.mark.parametrize(
    ("values", "op", "bound", "evidence"),
    [
        (drawn(3_000, 0.05, 0.05), ">=", -0.03, "proven"),
        (drawn(3_000, 0.09, 0.01), ">=", -0.03, "refuted"),
        ([-value for value in drawn(3_000, 0.05, 0.05)], "<=", 0.03, "proven"),
        ([-value for value in drawn(3_000, 0.09, 0.01)], "<", 0.03, "refuted"),
        (drawn(3_000, 0.02, 0.10), ">", 0.0, "proven"),
        ([0.0] * 400, ">=", -0.03, "proven"),
        ([0.0] * 400, ">=", 0.03, "refuted"),
        ([0.25] * 400, "<", 0.3, "proven"),
    ],
)
def test_clear_cases_are_decided(
    values: list[float], op: Operator, bound: float, evidence: str
) -> None:
    """Each operator and direction, with some way to go before all cases are seen."""
    found = decided(values, op=op, bound=bound)
    assert found is not None
    assert found.evidence == evidence
    assert found.n in blocks(14_042)[:-1]
    assert found.n <= len(values)


def test_values_of_a_rate() -> None:
    """A rate is held against its bound like a change, within its own limits."""
    good = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0] * 60
    found = decided(good, bound=0.8, limits=RATE)
    assert found is not None
    assert found.evidence == "proven"
    assert decided(good, bound=0.9, limits=RATE) is None, "8/9 lies too close"


def test_equality_is_never_decided() -> None:
    """Where every change is the bound itself, nothing shows it to be above or below."""
    for op in FLIPPED:
        assert decided([0.0] * 5_000, op=op, bound=0.0) is None


@settings(max_examples=60, deadline=None)
@given(values=VALUES, op=OPERATORS, bound=st.floats(-0.9, 0.9), more=st.integers(0, 50))
def test_mirror(values: list[float], op: Operator, bound: float, more: int) -> None:
    """Values and bound negated and the operator turned round give the same decision."""
    total = len(values) + more
    found = decided(values, op=op, bound=bound, total=total)
    mirrored = [-value for value in values]
    assert decided(mirrored, op=FLIPPED[op], bound=-bound, total=total) == found
    shown, turned = interval(values, total=total), interval(mirrored, total=total)
    assert (-turned.high, -turned.low) == pytest.approx((shown.low, shown.high), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(values=VALUES, op=OPERATORS, bound=st.floats(-0.9, 0.9), more=st.integers(1, 500))
def test_a_decision_needs_the_cases_up_to_it_alone(
    values: list[float], op: Operator, bound: float, more: int
) -> None:
    """It is the same with any number of later cases, and there is none with one case fewer."""
    total = len(values) + more
    found = decided(values, op=op, bound=bound, total=total)
    if found is None:
        return
    assert found.n <= len(values)
    assert found.n in blocks(total)[:-1]
    assert decided(values[: found.n], op=op, bound=bound, total=total) == found
    assert decided(values[: found.n - 1], op=op, bound=bound, total=total) is None
    assert decided([*values, *values][:total], op=op, bound=bound, total=total) == found


@settings(max_examples=60, deadline=None)
@given(values=VALUES, bound=st.floats(-0.9, 0.9), more=st.integers(0, 500))
def test_strict_operators_decide_alike(values: list[float], bound: float, more: int) -> None:
    """A mean of exactly the bound is shown to be on neither side."""
    total = len(values) + more
    for strict, other in ((">", ">="), ("<", "<=")):
        first = decided(values, op=strict, bound=bound, total=total)  # type: ignore[arg-type]
        assert first == decided(values, op=other, bound=bound, total=total)  # type: ignore[arg-type]


@settings(max_examples=100, deadline=None)
@given(values=VALUES, bound=st.floats(-0.95, 0.95), alpha=st.sampled_from([0.05, 0.0025]))
def test_decided_where_the_interval_says_so(
    values: list[float], bound: float, alpha: float
) -> None:
    """The first block whose one-sided sequential bound lies on one side of the bound decides."""
    total = len(values) + 1
    found = decided(values, bound=bound, total=total, alpha=alpha)
    for end in blocks(total)[:-1]:
        shown = interval(values[:end], total=total, level=1 - 2 * alpha)
        if min(abs(shown.low - bound), abs(shown.high - bound)) < 1e-8:
            return  # rounding decides
        if shown.low > bound or shown.high < bound:
            evidence = "proven" if shown.low > bound else "refuted"
            assert found is not None
            assert (found.evidence, found.n) == (evidence, end)
            return
    assert found is None


@settings(max_examples=100, deadline=None)
@given(values=VALUES, more=st.integers(0, 500))
def test_interval_has_its_shape(values: list[float], more: int) -> None:
    """It lies within the limits, contains the mean so far, and widens with the level."""
    total = len(values) + more
    mean = math.fsum(values) / len(values)
    inner: Interval | None = None
    for level in (0.5, 0.9, 0.95, 0.995):
        outer = interval(values, total=total, level=level)
        assert (outer.level, outer.method) == (level, "sequential")
        assert -1 <= outer.low <= mean + 1e-9
        assert mean - 1e-9 <= outer.high <= 1
        if inner is not None:
            assert outer.low <= inner.low + 1e-8
            assert inner.high - 1e-8 <= outer.high
        inner = outer


def test_interval_narrows_with_cases() -> None:
    """A steady sequence narrows it, and ties alone leave room for unseen changes."""
    widths = []
    for n in (20, 100, 500, 2_000):
        shown = interval(([-1.0] + [0.0] * 8 + [1.0]) * (n // 10))
        widths.append(shown.high - shown.low)
        ties = interval([0.0] * n)
        assert ties.low < -1e-4
        assert ties.high == pytest.approx(-ties.low)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.12


def test_a_turn_for_the_worse_is_no_proof() -> None:
    """A capital that outlasts a turn decides nothing: the mean so far must be on its side."""
    for bad in range(1, 200, 7):
        values = [0.0] * 500 + [-1.0] * bad
        shown = interval(values)
        assert shown.low <= -bad / (500 + bad) <= shown.high


def test_units_do_not_matter() -> None:
    """Values, limits and bound in points instead of shares give the same decision."""
    values = drawn(3_000, 0.05, 0.05)
    points = [100 * value for value in values]
    found = decided(points, bound=-3.0, limits=(-100.0, 100.0))
    assert found == decided(values, bound=-0.03)
    shown = sequential_interval(points[:700], total=14_042, limits=(-100.0, 100.0), level=0.9)
    wanted = interval(values[:700])
    assert (shown.low / 100, shown.high / 100) == pytest.approx((wanted.low, wanted.high))


@pytest.mark.parametrize("limits", [(-math.inf, math.inf), (0.0, math.inf), (1.0, 1.0)])
def test_unbounded_values_cannot_be_decided_early(limits: tuple[float, float]) -> None:
    """A single value might outweigh all others."""
    with pytest.raises(ValueError, match="finite limits"):
        decided([1.0], limits=limits)


@pytest.mark.parametrize("values", [[1.1], [-1.1], [math.nan], [0.0] * 5])
def test_impossible_values(values: list[float]) -> None:
    """Values outside the limits, no numbers, or more of them than cases are refused."""
    with pytest.raises(ValueError, match=r"outside its limits|5 values of 4"):
        decided(values, total=4)


def test_impossible_chances() -> None:
    """Chances and levels outside (0, 1), and an interval of nothing, are refused."""
    with pytest.raises(ValueError, match="chance of an error"):
        decided([0.0], alpha=0)
    with pytest.raises(ValueError, match="a confidence"):
        interval([0.0], level=1)
    with pytest.raises(ValueError, match="no values"):
        interval([])


def test_ten_thresholds_on_mmlu_take_less_than_two_seconds() -> None:
    """Ten walks to the last but one block of 14,042 cases, each with its three intervals."""
    values = drawn(14_042, 0.065, 0.035)
    last = blocks(14_042)[-2]
    before = time.process_time()
    for step in range(10):
        decided(values, bound=-0.03 + step * 1e-4)
        for level in (0.95, 0.9, 0.995):
            interval(values[:last], level=level)
    assert time.process_time() - before < 2
