"""Values of other libraries as JSON, and back: numbers of numpy, tuples, what is no number."""

import math
from collections.abc import Mapping
from typing import Any

from pytest_ftevals.core.canonical import JSON

TAG = "$python"
"""The one key of an object that stands for something JSON has no word for."""


def plain(value: Any) -> JSON:
    """Return a value as JSON from which `revived` makes an equal one.

    Numbers and arrays of numpy become Python's numbers and lists; tuples, infinities and NaN are
    tagged. Raises TypeError for anything that JSON cannot hold (an object, a key that is no text).
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        value = float(value)  # numpy's float64 is one by inheritance
        return value if math.isfinite(value) else {TAG: ["float", repr(value)]}
    if isinstance(value, tuple):
        return {TAG: ["tuple", [plain(one) for one in value]]}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        wrong = [key for key in value if not isinstance(key, str) or key == TAG]
        if wrong:
            raise TypeError(f"an object with the key {wrong[0]!r}")
        return {key: plain(one) for key, one in value.items()}
    if callable(getattr(value, "tolist", None)):  # numpy's numbers and arrays
        return plain(value.tolist())
    raise TypeError(f"a value of type {type(value).__name__}")


def revived(value: Any) -> Any:
    """Return the value from the JSON that `plain` wrote."""
    if isinstance(value, list):
        return [revived(one) for one in value]
    if not isinstance(value, dict):
        return value
    if TAG not in value:
        return {key: revived(one) for key, one in value.items()}
    kind, content = value[TAG]
    return float(content) if kind == "float" else tuple(revived(content))


def readable(value: Any) -> JSON:
    """Return any value as JSON for reading: tuples as lists, what JSON cannot hold as its text."""
    if isinstance(value, float) and not math.isfinite(value):
        return repr(float(value))
    if isinstance(value, list | tuple):
        return [readable(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): readable(one) for key, one in value.items()}
    try:
        return plain(value)
    except TypeError:
        return str(value)
