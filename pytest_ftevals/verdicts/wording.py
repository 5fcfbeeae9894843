"""Numbers and thresholds as messages spell them."""

from pytest_ftevals.core.comparison import Comparison, Interval
from pytest_ftevals.core.threshold import Operator, Quantity
from pytest_ftevals.verdicts.bound import PERCENT, meets

MOST_DIGITS = 9


def plain(bound: float) -> str:
    """Return a bound as a test writes it: ``3``, ``0.8``."""
    return repr(bound).removesuffix(".0")


def number(value: float, digits: int, *, signed: bool = False) -> str:
    """Return `value` with so many decimals; never a negative zero."""
    rounded = round(value, digits) + 0.0
    return f"{rounded:+.{digits}f}" if signed else f"{rounded:.{digits}f}"


def against(value: float, op: Operator, bound: float, digits: int) -> str:
    """Return `value` with as many decimals as it takes to see on which side of `bound` it is."""
    holds = meets(value, op, bound)
    for more in range(digits, MOST_DIGITS):
        if meets(float(number(value, more)), op, bound) == holds:
            return number(value, more)
    return repr(value)


def decimals(comparison: Comparison, kind: Quantity) -> int:
    """Return how many decimals a quantity is shown with: points 1, anything else 3."""
    return 1 if comparison.in_points(kind) else 3


def unit(comparison: Comparison, kind: Quantity) -> str:
    """Return the unit that follows a quantity, with its leading space, or nothing."""
    return " points" if comparison.in_points(kind) else ""


def sides(comparison: Comparison) -> str:
    """Return both values: ``accuracy: base 0.552, r8 0.500``, those of gaps in points."""
    over = comparison.slice if comparison.gap or comparison.macro else None
    name = comparison.metric if over is None else f"{comparison.metric} {over}"
    base, value = (side_value(comparison, one.value) for one in (comparison.base, comparison.value))
    return f"{name}: {comparison.reference} {base}, {comparison.candidate} {value}"


def side_value(comparison: Comparison, value: float) -> str:
    """Return one side's value as it is shown beside a change: 0.552, of a gap 12.4 (points)."""
    scale = PERCENT if comparison.in_points("value") else 1
    return number(scale * value, decimals(comparison, "value"))


def span(interval: Interval, digits: int) -> str:
    """Return ``95% 2.1 .. 8.3``."""
    level = f"{100 * interval.level:.3g}%"
    return f"{level} {number(interval.low, digits)} .. {number(interval.high, digits)}"


def quantity_name(comparison: Comparison, kind: Quantity, *, first: bool) -> str:
    """Return what a threshold speaks of: ``drop``, ``f1_macro gain``, ``accuracy[language=de]``."""
    part = f"[{comparison.slice}]" if comparison.slice else ""
    if kind == "value":
        return f"{comparison.metric}{part}"
    return f"{kind}{part}" if first else f"{comparison.metric}{part} {kind}"
