"""Fisher's exact test, against SciPy's and against what it must obey."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.stats.fisher import fisher_p


@st.composite
def tables(draw: st.DrawFn, largest: int = 60) -> tuple[int, int, int, int]:
    """Return (failed with it, with it, failed, all) of any table."""
    total = draw(st.integers(0, largest))
    having, failed = draw(st.integers(0, total)), draw(st.integers(0, total))
    both = draw(st.integers(max(0, having + failed - total), min(having, failed)))
    return both, having, failed, total


def _scipy(both: int, having: int, failed: int, total: int) -> float:
    from scipy.stats import fisher_exact

    table = [[both, having - both], [failed - both, total - having - failed + both]]
    return float(fisher_exact(table, alternative="greater").pvalue)


def test_the_lady_tasting_tea() -> None:
    """Fisher's own example (The Design of Experiments, 1935, chapter 2): 1 and 17 in 70."""
    assert fisher_p(4, 4, 4, 8) == pytest.approx(1 / 70, rel=1e-14)
    assert fisher_p(3, 4, 4, 8) == pytest.approx(17 / 70, rel=1e-14)


@given(tables())
def test_small_tables_equal_scipys(table: tuple[int, int, int, int]) -> None:
    """In all digits but the last."""
    assert fisher_p(*table) == pytest.approx(_scipy(*table), rel=1e-12)


@pytest.mark.parametrize(
    "table",
    [
        (1300, 3500, 4000, 14_042),
        (1050, 3500, 4000, 14_042),
        (997, 3500, 4000, 14_042),
        (900, 3500, 4000, 14_042),
        (8088, 12_429, 8720, 14_042),
        (30, 30, 98, 400),
        (5, 9, 14_000, 14_042),
    ],
)
def test_large_tables_equal_scipys(table: tuple[int, int, int, int]) -> None:
    """Of as many cases as MMLU has, in both tails."""
    assert fisher_p(*table) == pytest.approx(_scipy(*table), rel=1e-9)


def test_what_is_too_small_for_a_float_is_none() -> None:
    """Powers of thousands of cases: 0, not an error."""
    assert fisher_p(3500, 3500, 4000, 14_042) == 0.0


@given(tables())
def test_more_failures_are_less_likely_by_chance(table: tuple[int, int, int, int]) -> None:
    """The least possible number is certain; each one more is rarer; all lie between 0 and 1."""
    _, having, failed, total = table
    least, most = max(0, having + failed - total), min(having, failed)
    p_values = [fisher_p(both, having, failed, total) for both in range(least, most + 1)]
    assert p_values[0] == 1
    assert p_values == sorted(p_values, reverse=True)
    assert len(set(p_values)) == len(p_values)
    assert all(0 < p <= 1 for p in p_values)


@given(tables())
def test_what_is_had_and_what_fails_may_change_places(table: tuple[int, int, int, int]) -> None:
    """The table is the same seen from its side."""
    both, having, failed, total = table
    other = fisher_p(both, failed, having, total)
    assert fisher_p(both, having, failed, total) == pytest.approx(other, rel=1e-12)


@pytest.mark.parametrize(
    "table", [(3, 2, 5, 9), (3, 5, 2, 9), (0, 5, 6, 9), (-1, 2, 2, 9), (1, 12, 2, 9), (1, 2, 12, 9)]
)
def test_impossible_tables_are_refused(table: tuple[int, int, int, int]) -> None:
    """More failures than cases, say."""
    with pytest.raises(ValueError, match="no table has"):
        fisher_p(*table)
