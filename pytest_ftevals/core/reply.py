"""A reply read as JSON: strictly, and safely whatever a model wrote."""

import json
import math
from collections.abc import Iterable

from pytest_ftevals.core.canonical import JSON

MAX_DEPTH = 100
"""Deeper nesting is refused, so that nothing downstream runs out of stack on a reply."""


class NotJSONError(ValueError):
    """Why a reply is no JSON, in one short line."""


def parse_json(text: str) -> JSON:
    """Return the JSON value that the whole of `text` spells, outer white space aside.

    Raises NotJSONError for anything else: text around the JSON, ``NaN`` and ``Infinity`` (no JSON,
    though Python reads them), numbers too large to hold, nesting deeper than `MAX_DEPTH`. Of
    duplicate keys the last counts.
    """
    try:
        value: JSON = json.loads(text.strip(), parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise NotJSONError(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise NotJSONError(f"nested deeper than {MAX_DEPTH} levels") from None
    except NotJSONError:
        raise
    except ValueError:  # Python refuses to read integers of thousands of digits
        raise NotJSONError("a number is too large") from None
    if _deeper_than(MAX_DEPTH, value):
        raise NotJSONError(f"nested deeper than {MAX_DEPTH} levels")
    return value


def _no_constant(name: str) -> float:
    raise NotJSONError(f"{name} is no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise NotJSONError("a number is too large")
    return number


def _deeper_than(limit: int, value: JSON) -> bool:
    level = _containers([value])
    for _ in range(limit):
        level = [
            inner
            for outer in level
            for inner in _containers(outer.values() if isinstance(outer, dict) else outer)
        ]
    return bool(level)


def _containers(values: Iterable[JSON]) -> "list[list[JSON] | dict[str, JSON]]":
    return [value for value in values if isinstance(value, list | dict)]
