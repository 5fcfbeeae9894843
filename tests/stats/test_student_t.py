"""Student's t quantiles, against scipy."""

import pytest

from pytest_ftevals.stats.student_t import EXACT_TO, t_quantile


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95, 0.99, 0.999])
def test_equals_scipy(level: float) -> None:
    """Every quantile is within 1e-7 of scipy's, on both sides of the change of method."""
    from scipy.stats import t

    for freedom in [*range(1, EXACT_TO + 60), 1_000, 14_000]:
        wanted = t.ppf((1 + level) / 2, freedom)
        assert t_quantile(level, freedom) == pytest.approx(wanted, rel=1e-7)


@pytest.mark.parametrize(
    ("level", "freedom", "quantile"), [(0.95, 1, 12.706), (0.95, 10, 2.228), (0.90, 199, 1.653)]
)
def test_known_from_tables(level: float, freedom: int, quantile: float) -> None:
    """The quantiles are those that every textbook prints."""
    assert t_quantile(level, freedom) == pytest.approx(quantile, abs=5e-4)
