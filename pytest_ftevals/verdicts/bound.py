"""The bound of a threshold: what may stand beside a measure, and what meets it."""

import math
from decimal import Decimal
from numbers import Real

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.threshold import Operator

PERCENT = 100


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


def check_reach(name: str, bound: float) -> None:
    """Raise BoundError where a metric between 0 and 1 could not lie on either side of `bound`."""
    if not 0 <= bound <= 1:
        fix = f"For {bound:g}% write {bound / 100:g}." if 1 < bound <= PERCENT else ""
        raise BoundError(
            f"{name} lies between 0 and 1, so that comparing it with {bound:g} decides nothing",
            fix=fix,
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
