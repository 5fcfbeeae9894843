"""Generate tasks: what a row expects, as a text or an object."""

from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.canonical import JSON

if TYPE_CHECKING:
    from tests.tasks.conftest import Folder

OBJECT: JSON = {"queue": "billing", "lines": [1, 2]}


@pytest.mark.parametrize(
    ("expected", "wanted"),
    [
        ('"{{ answer }}"', "yes"),
        ('"{{ n }}"', "3"),
        ('"{{ half }}"', "0.5"),
        ('"{{ n }} {{ answer }}"', "3 yes"),
        ('"{{ empty }}"', ""),
        ('"{{ ticket }}"', OBJECT),
        ("no", "no"),
        ('{category: "{{ answer }}"}', {"category": "yes"}),
        ('{n: "{{ n }}", m: "{{ n }}!"}', {"n": 3, "m": "3!"}),
        ('{a: {b: ["{{ n }}", 5, true, null]}}', {"a": {"b": [3, 5, True, None]}}),
        ('{gone: "{{ gone }}", all: "{{ ticket.lines }}"}', {"gone": None, "all": [1, 2]}),
    ],
)
def test_expected(folder: "Folder", expected: str, wanted: JSON) -> None:
    """A template makes a text, a mapping of templates an object of native values."""
    row: JSON = {
        "question": "Q", "answer": "yes", "n": 3, "half": 0.5, "empty": "", "gone": None,
        "ticket": OBJECT,
    }  # fmt: skip
    folder.rows(row)
    [case] = folder.load(folder.generate(expected=f"expected: {expected}")).cases
    assert case.expected == wanted
    assert case.options == case.continuations == ()


def test_nothing_expected(folder: "Folder") -> None:
    """A task whose metrics compare with nothing may leave the key out."""
    folder.rows({"question": "Q"})
    [case] = folder.load(folder.generate(expected="")).cases
    assert case.expected is None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "`expected` must make a text or an object, not nothing (null)"),
        (True, "must make a text or an object, not true"),
        (["x"], "must make a text or an object, not a list"),
        ({}, "must make a text or an object, not an empty mapping"),
    ],
)
def test_values_without_a_text(folder: "Folder", value: JSON, message: str) -> None:
    """What has no obvious spelling as text is refused at its row."""
    folder.rows({"question": "Q", "answer": "x"}, {"question": "Q", "answer": value})
    error = folder.load_error(folder.generate())
    assert error.startswith("rows.jsonl:2: ")
    assert message in error


def test_absent_column_in_a_field(folder: "Folder") -> None:
    """A field's template is named by its dotted key."""
    folder.rows({"question": "Q"})
    error = folder.load_error(folder.generate(expected='expected: {a: {b: "{{ c }}"}}'))
    assert error.startswith("rows.jsonl:1: the template `expected.a.b` fails on this row: ")
    assert "Columns of the row: question. The template: demo.task.yaml:5." in error
