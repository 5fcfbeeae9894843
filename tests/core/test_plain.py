"""Values of other libraries as JSON, and back."""

import json
import math
from typing import Any

import pytest

from pytest_ftevals.core.canonical import canonical
from pytest_ftevals.core.plain import plain, readable, revived


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        -0.5,
        "text",
        [1, [2.0, "x"]],
        (1, (2, [3])),
        {"a": (1, 2), "b": {"c": None}},
        math.inf,
        -math.inf,
        (),
        [],
    ],
)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    """Through canonical JSON, tuples as tuples and infinities as infinities."""
    back = revived(json.loads(canonical(plain(value))))
    assert back == value
    assert type(back) is type(value)


def test_nan_comes_back() -> None:
    """It equals nothing, itself included."""
    assert math.isnan(revived(json.loads(canonical(plain(float("nan"))))))


def test_numbers_and_arrays_of_numpy_become_pythons() -> None:
    """A number stays the same number."""
    import numpy as np

    assert plain(np.float64(0.1)) == 0.1
    assert type(plain(np.float64(0.1))) is float
    assert plain(np.bool_(True)) is True
    assert plain(np.int64(7)) == 7
    assert revived(plain((2, np.array([[0.5, 1.0]])))) == (2, [[0.5, 1.0]])


@pytest.mark.parametrize("value", [object(), {1: 2}, {"$python": 1}, {1, 2}, b"x", [object()]])
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    """Nothing is guessed."""
    with pytest.raises(TypeError):
        plain(value)


def test_anything_can_be_read() -> None:
    """For showing a row: tuples are lists, keys texts, the rest its text."""
    row = {1: (2, float("nan")), "x": {"y": b"z"}, "n": None}
    assert readable(row) == {"1": [2, "nan"], "x": {"y": "b'z'"}, "n": None}
    canonical(readable(row))
