"""The bound of a threshold: what may stand beside a measure, and what meets it."""

import math
from decimal import Decimal
from numbers import Real

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.threshold import Operator, Quantity

PERCENT = 100
_SUSPICIOUS = 0.1
"""Points: whoever writes a smaller bound may mean 0.03 as 3 points."""


class BoundError(FtevalsError, TypeError):
    """A measure compared with something that cannot be its bound."""


def read_bound(bound: object) -> float:
    """Return the number that a measure is compared with.

    Any real number will do (int, float, numpy, Fraction, Decimal). Raises BoundError for anything
    else, true and false, NaN and the infinities among them.
    """
    if isinstance(bound, bool) or not isinstance(bound, Real | Decimal):
        raise BoundError(
            f"a measure is compared with a number, not with {_described(bound)}",
            fix=_rewrite(bound),
        )
    try:
        value = float(bound)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise BoundError(f"a measure is compared with a finite number, not with {bound}")
    return value


def check_reach(name: str, kind: Quantity, bound: float) -> None:
    """Raise BoundError where a rate, or its change in points, cannot lie on both sides of `bound`.

    Rates lie between 0 and 1, their gains and drops between -100 and 100 points.
    """
    if kind == "value" and not 0 <= bound <= 1:
        raise BoundError(
            f"{name} lies between 0 and 1, so that comparing it with {bound:g} decides nothing",
            fix=f"For {bound:g}% write {bound / 100:g}." if 1 < bound <= PERCENT else "",
        )
    if kind != "value" and abs(bound) > PERCENT:
        raise BoundError(
            f"{name} lies between -100 and 100 points, so that comparing it with {bound:g} "
            "decides nothing",
            fix="Changes of rates are in percentage points: write 3 for 3 points.",
        )


def check_reach_of_gap(name: str, op: Operator, bound: float) -> None:
    """Raise BoundError where every gap between rates meets ``gap op bound``, or none does.

    It lies between 0 and 100 points: ``gap <= 0`` can be missed, ``gap >= 0`` cannot.
    """
    least, most = meets(0, op, bound), meets(PERCENT, op, bound)
    if least == most:
        raise BoundError(
            f"{name} lies between 0 and 100 points, so that comparing it with {bound:g} by {op} "
            "decides nothing",
            fix="Gaps between rates are in percentage points: write 5 for 5 points.",
        )


def unit_hint(what: str, bound: float) -> str:
    """Return a warning where a bound in points looks as if it were none; else "".

    `what` is it that is bound: a gain, a drop, or a gap.
    """
    if not 0 < abs(bound) <= _SUSPICIOUS:
        return ""
    return (
        f"{bound:g} is in percentage points, a {what} of {abs(bound):g}%; "
        f"write {bound * PERCENT:g} if {abs(bound) * PERCENT:g} points are meant"
    )


def meets(value: float, op: Operator, bound: float) -> bool:
    """Return whether ``value op bound`` holds, rounding errors aside.

    100 * (0.55 - 0.52) is 3.0000000000000027, and ``drop <= 3`` holds for it.
    """
    same = math.isclose(value, bound, rel_tol=1e-9, abs_tol=1e-9)
    if op in ("<=", ">="):
        return same or (value < bound if op == "<=" else value > bound)
    return not same and (value < bound if op == "<" else value > bound)


def _described(bound: object) -> str:
    if isinstance(bound, str):
        return f"text {bound[:40]!r}"
    if bound is None or isinstance(bound, bool):
        return repr(bound)
    return f"a value of type {type(bound).__name__}"


def _rewrite(bound: object) -> str:
    if not isinstance(bound, str):
        return ""
    digits = bound.strip().removesuffix("%")
    try:
        value = float(digits) / (100 if bound.strip().endswith("%") else 1)
    except ValueError:
        return ""
    return f"Write {value:g}." if math.isfinite(value) else ""
