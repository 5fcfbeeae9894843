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


@pytest.mark.parametrize(
    ("expected", "wanted"),
    [
        ('"{{ answers }}"', ["Denver Broncos", "Broncos"]),
        ("\"{{ answers | map('upper') }}\"", ["DENVER BRONCOS", "BRONCOS"]),
        ('["{{ answers[1] }}", "{{ short }}", "{{ n }}", "no {{ n }}"]', ["Broncos", "3", "no 3"]),
        ('["{{ short }}"]', "Broncos"),
        ('"{{ [n, n] }}"', "3"),
        ('"{{ answers[:1] }}"', "Denver Broncos"),
        ("\"{{ none or 'none' }}\"", "none"),
    ],
)
def test_several_right_texts(folder: "Folder", expected: str, wanted: JSON) -> None:
    """Each is right; said twice it is one, and a list of one is that text."""
    answers: JSON = ["Denver Broncos", "Broncos", "Denver Broncos"]
    row: JSON = {"question": "Q", "answers": answers, "short": "Broncos", "n": 3, "none": []}
    folder.rows(row)
    [case] = folder.load(folder.generate(expected=f"expected: {expected}")).cases
    assert case.expected == wanted


def test_an_example_shows_the_first_right_text(folder: "Folder") -> None:
    """An example has one answer."""
    folder.rows({"question": "d", "answer": ["one", "two"]}, name="dev.jsonl")
    folder.rows({"question": "q", "answer": ["three", "four"]})
    shots = "few_shot: {data: dev.jsonl, count: 1}"
    assert folder.load(folder.generate(shots)).cases[0].prompt == "d one\n\nq"


def test_a_wrong_item_of_a_list_in_the_file(folder: "Folder") -> None:
    """A list under the key is of texts, seen without any row."""
    error = folder.read_error(
        "name: x\nkind: generate\ndata: d\nmetrics: [m]\nprompt: x\nexpected:\n- a\n- {b: c}"
    )
    assert error.startswith("demo.task.yaml:8: a right text must be a text, not a mapping")


def test_nothing_expected(folder: "Folder") -> None:
    """A task whose metrics compare with nothing may leave the key out."""
    folder.rows({"question": "Q"})
    [case] = folder.load(folder.generate(expected="")).cases
    assert case.expected is None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "`expected` must make a text, a list of texts or an object, not nothing (null)"),
        (True, "must make a text, a list of texts or an object, not true"),
        ({}, "must make a text, a list of texts or an object, not an empty mapping"),
        ([], "`expected` makes an empty list: no text is right\n  Where a question has no answer"),
        (["x", None], "makes a list that holds nothing (null), and every item must be a text"),
        (["x", True], "makes a list that holds true, and every item must be a text"),
        ([{"a": "x"}], "makes a list that holds a mapping, and every item must be a text"),
        ([["x"]], "makes a list that holds a list, and every item must be a text"),
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
