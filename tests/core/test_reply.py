"""Replies read as JSON: strictly, and without harm whatever a model wrote."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.reply import MAX_DEPTH, NotJSONError, parse_json

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(value=VALUES, before=st.text(" \t\r\n"), after=st.text(" \t\r\n"))
def test_json_is_read(value: Any, before: str, after: str) -> None:
    """Any JSON value, white space around it or not."""
    assert parse_json(f"{before}{json.dumps(value)}{after}") == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Expecting value at line 1, column 1"),
        ("Sure! {}", "Expecting value at line 1, column 1"),
        ("{} Done.", "Extra data at line 1, column 4"),
        ("```json\n{}\n```", "Expecting value at line 1, column 1"),
        ('{"a": 1,}', "line 1, column 9"),
        ("{'a': 1}", "line 1, column 2"),
        ("NaN", "NaN is no JSON"),
        ('{"a": [-Infinity]}', "-Infinity is no JSON"),
        ("1e999", "a number is too large"),
        ("9" * 5_000, "a number is too large"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "nested deeper than 100 levels"),
        ("[" * 100_000, "nested deeper than 100 levels"),
        ('{"a":' * 100_000, "nested deeper than 100 levels"),
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_anything_else_is_refused(text: str, why: str) -> None:
    """Each with one short reason that says where."""
    with pytest.raises(NotJSONError) as caught:
        parse_json(text)
    assert why in str(caught.value)
    assert len(str(caught.value)) < 90


@given(text=st.text() | st.text('{}[]",:0eE-+.tfn '))
def test_no_text_does_harm(text: str) -> None:
    """Every text is a value or a NotJSONError, never anything else."""
    try:
        parse_json(text)
    except NotJSONError:
        return


def test_depth_is_counted_to_the_limit() -> None:
    """As deep as allowed is allowed; of a key twice the last counts."""
    assert parse_json("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert parse_json('{"a": 1, "a": 2}') == {"a": 2}
