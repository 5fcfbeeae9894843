"""Number formats: one way to write each kind, and no number where there is none."""

import math

import pytest

from pytest_ftevals.reports import numbers


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.302, "30.2"),
        (1.0, "100.0"),
        (0.0, "0.0"),
        (-0.0, "0.0"),
        (None, "n/a"),
        (math.nan, "n/a"),
    ],
)
def test_rates_are_percent(value: float | None, shown: str) -> None:
    """A rate is percent with one decimal and no sign."""
    assert numbers.rate(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (52.6, "+52.6"),
        (-0.4, "-0.4"),
        (0.0, "0.0"),
        (0.04, "0.0"),
        (-0.04, "0.0"),
        (1234.5, "+1,234.5"),
        (math.inf, "+inf"),
        (-math.inf, "-inf"),
        (None, "n/a"),
        (math.nan, "n/a"),
    ],
)
def test_points_carry_their_sign(value: float | None, shown: str) -> None:
    """Percentage points have a sign unless the shown digits are zero."""
    assert numbers.points(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (24.317, "24.3"),
        (1234.5, "1,234"),
        (1.5, "1.50"),
        (0.25, "0.250"),
        (0.0123, "0.0123"),
        (2.5e12, "2.50e+12"),
        (3e-7, "3.00e-07"),
        (0.0, "0.0000"),
        (None, "n/a"),
        (math.nan, "n/a"),
        (math.inf, "inf"),
    ],
)
def test_own_units_keep_three_digits(value: float | None, shown: str) -> None:
    """A value in its metric's own unit shows about three digits, however large it is."""
    assert numbers.own(value, numbers.decimals_for(value)) == shown


def test_own_differences_carry_their_sign() -> None:
    """Differences in own units are signed and share the decimals of the largest."""
    decimals = numbers.decimals_for(0.703, 0.41, 1.022, None, math.nan)
    assert decimals == 2
    assert numbers.own_signed(0.703, decimals) == "+0.70"
    assert numbers.own_signed(-0.001, decimals) == "0.00"
    assert numbers.own_signed(None, decimals) == "n/a"
    assert numbers.decimals_for(24.3, digits=4) == 2


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.0, "0.00 s"),
        (0.42, "0.42 s"),
        (0.999, "1.0 s"),
        (12.345, "12.3 s"),
        (59.96, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3599.7, "1 h 00 min"),
        (7440, "2 h 04 min"),
        (None, "n/a"),
        (math.nan, "n/a"),
    ],
)
def test_durations(seconds: float | None, shown: str) -> None:
    """Durations use the unit a reader would, and never read 60 s or 60 min."""
    assert numbers.duration(seconds) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_840_000, "1.8 MB"),
        (269_060_552, "269.1 MB"),
        (3_000_000_000_000_000_000, "3000.0 PB"),
        (None, "n/a"),
    ],
)
def test_sizes(value: int | None, shown: str) -> None:
    """Sizes are in decimal units."""
    assert numbers.size(value) == shown


def test_counts_and_levels() -> None:
    """Counts have thousands separators, nouns their plural, levels only needed decimals."""
    assert numbers.count(1240) == "1,240"
    assert numbers.count(None) == "n/a"
    assert numbers.counted(1, "test") == "1 test"
    assert numbers.counted(0, "test") == "0 tests"
    assert numbers.level(0.95) == "95%"
    assert numbers.level(0.975) == "97.5%"
    assert numbers.level(None) == "n/a"
