"""Choice tasks: options, the right answer's index, and what is scored."""

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.tasks.choice import answer_index, right_options
from pytest_ftevals.tasks.template import LETTERS

if TYPE_CHECKING:
    from tests.tasks.conftest import Folder

CITIES = ("Paris", "Rome", "Bonn")


@pytest.mark.parametrize(
    ("answer", "options", "index"),
    [
        (0, CITIES, 0),
        (2, CITIES, 2),
        ("1", CITIES, 1),
        (" 1 ", CITIES, 1),
        ("C", CITIES, 2),
        ("C ", CITIES, 2),
        ("Rome", CITIES, 1),
        (1, ("1", "2", "3"), 1),
        ("5", ("4", "5", "6"), 1),
        ("0", ("0", "1"), 0),
        ("A", ("A", "B"), 0),
        ("A", ("x", "y"), 0),
        ("Z", tuple(f"option {letter}" for letter in LETTERS), 25),
        ("27", tuple(f"option {number}" for number in range(30)), 27),
    ],
)
def test_answers(answer: JSON, options: tuple[str, ...], index: int) -> None:
    """An answer is an index from 0, a letter, or an option's text."""
    assert answer_index(answer, options) == index


@pytest.mark.parametrize(
    ("answer", "options", "message"),
    [
        (3, CITIES, "`answer` is 3, and the options have the indexes 0 to 2"),
        (-1, CITIES, "`answer` is -1, and the options have the indexes 0 to 2"),
        ("3", CITIES, "`answer` is '3', which is no index from 0 to 2, a letter from A to C, "),
        ("D", CITIES, "no option's text ('Paris', 'Rome', 'Bonn')"),
        ("a", CITIES, "`answer` is 'a', which is no index"),
        ("", CITIES, "`answer` is '', which is no index"),
        ("²", CITIES, "`answer` is '²', which is no index"),
        ("9" * 5000, CITIES, "which is no index from 0 to 2"),
        ("1", ("1", "2"), "means more than one option: the text of option 0 and the index 1"),
        ("B", ("B", "A"), "means more than one option: the text of option 0 and the letter of o"),
        ("x", ("x", "x"), "means more than one option: the text of option 0 and the text of opt"),
        (True, CITIES, "`answer` must be an index, a letter or an option's text, not true"),
        (None, CITIES, "an option's text, not nothing (null)"),
        (1.0, CITIES, "an option's text, not the number 1.0"),
        ([1], CITIES, "an option's text, not a list"),
    ],
)
def test_wrong_answers(answer: JSON, options: tuple[str, ...], message: str) -> None:
    """An answer outside the options, of another type, or with two meanings is refused."""
    with pytest.raises((TypeError, ValueError)) as caught:
        answer_index(answer, options)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "right"),
    [([0, 2], [0, 2]), ([2, 0], [2, 0]), (["C", "Rome", "0"], [2, 1, 0]), ([1], [1]), ("B", [1])],
)
def test_several_right_options(answer: JSON, right: list[int]) -> None:
    """A list names right options in any spelling, and keeps its order."""
    assert right_options(answer, CITIES) == right


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ([], "`answer` is an empty list: no option is right"),
        ([0, 3], "`answer` is 3, and the options have the indexes 0 to 2"),
        ([0, 1, 0], "`answer` names the option 0 twice ('Paris')"),
        (["B", "Rome"], "`answer` names the option 1 twice ('Rome')"),
        ([0, None], "an option's text, not nothing (null)"),
        ([[0]], "an option's text, not a list"),
        ({"a": 1}, "an option's text, not a mapping"),
    ],
)
def test_wrong_lists_of_answers(answer: JSON, message: str) -> None:
    """A list is refused that names nothing, an option twice, or what is no option."""
    with pytest.raises((TypeError, ValueError)) as caught:
        right_options(answer, CITIES)
    assert message in str(caught.value)


def test_a_case_with_several_right_options(folder: "Folder") -> None:
    """The case keeps them; a list of one is that option; an example shows the first."""
    choices: JSON = ["x", "y", "z"]
    folder.rows(
        {"question": "Q", "choices": choices, "labels": [0, 1, 1]},
        {"question": "R", "choices": choices, "labels": [1, 0, 0]},
    )
    folder.rows({"question": "d", "choices": choices, "labels": [0, 1, 1]}, name="dev.jsonl")
    marked = "{% for label in labels %}{% if label %}{{ loop.index0 }} {% endif %}{% endfor %}"
    read = folder.choice(
        f'columns: {{right: "{marked}"}}',
        "few_shot: {data: dev.jsonl, count: 1}",
        answer="answer: \"{{ right.split() | map('int') }}\"",
    )
    several, one = folder.load(read).cases
    assert (several.expected, one.expected) == ([1, 2], 0)
    assert several.prompt == "d B\n\nQ"


@given(st.lists(st.text(min_size=2), min_size=2, max_size=26, unique=True), st.data())
def test_every_spelling_names_the_same_option(texts: list[str], data: st.DataObject) -> None:
    """Index, digits, letter and text of an option all lead back to it."""
    options = tuple(f"option {text}" for text in texts)
    index = data.draw(st.integers(0, len(options) - 1))
    for spelling in (index, str(index), LETTERS[index], options[index]):
        assert answer_index(spelling, options) == index


def test_letters(folder: "Folder") -> None:
    """By default the letters behind a space are scored."""
    folder.rows({"question": "Q", "choices": ["x", "y", "z"], "answer": "y"})
    [case] = folder.load(folder.choice()).cases
    assert case.options == ("x", "y", "z")
    assert case.continuations == (" A", " B", " C")
    assert case.expected == 1


def test_texts(folder: "Folder") -> None:
    """With `score: texts` the options' own texts behind a space are scored."""
    folder.rows({"question": "Q", "choices": ["x", "y"], "answer": 1})
    [case] = folder.load(folder.choice("score: texts")).cases
    assert case.continuations == (" x", " y")


@pytest.mark.parametrize(
    ("score", "continuations"), [("letters", ("A", "B")), ("texts", ("x", "y"))]
)
def test_chat_replies_begin_without_a_space(
    folder: "Folder", score: str, continuations: tuple[str, ...]
) -> None:
    """In a chat the answer begins the reply."""
    folder.rows({"question": "Q", "choices": ["x", "y"], "answer": 0})
    messages = 'messages: [{role: user, content: "{{ question }}"}]'
    [case] = folder.load(folder.choice(f"score: {score}", prompt=messages)).cases
    assert case.continuations == continuations


def test_options_from_csv_columns(folder: "Folder") -> None:
    """A list of templates makes options of columns."""
    folder.write("rows.csv", "question,a,b,answer\nQ,x,007,B\n")
    read = folder.choice('options: ["{{ a }}", "{{ b }}"]', data="data: rows.csv")
    [case] = folder.load(read).cases
    assert case.options == ("x", "007")
    assert case.expected == 1


def test_options_computed(folder: "Folder") -> None:
    """An expression can pick options and answer out of nested rows."""
    pairs: list[JSON] = [{"text": "x", "label": "1"}, {"text": "y", "label": "2"}]
    folder.rows({"question": {"stem": "Q", "choices": pairs}, "key": "2"})
    read = folder.choice(
        "options: \"{{ question.choices | map(attribute='text') }}\"",
        prompt='prompt: "{{ question.stem }}"',
        answer="answer: \"{{ (question.choices | map(attribute='label') | list).index(key) }}\"",
    )
    [case] = folder.load(read).cases
    assert (case.prompt, case.options, case.expected) == ("Q", ("x", "y"), 1)


@pytest.mark.parametrize(
    ("row", "lines", "message"),
    [
        ({"answer": 0}, (), "the template `options` fails on this row: there is no column 'choic"),
        ({"choices": "xy", "answer": 0}, (), "`options` must make a list of texts, not the text"),
        ({"choices": {"a": 1}, "answer": 0}, (), "must make a list of texts, not a mapping"),
        ({"choices": [], "answer": 0}, (), "`options` must make two or more texts, not 0"),
        ({"choices": ["x"], "answer": 0}, (), "`options` must make two or more texts, not 1"),
        ({"choices": [1, 2], "answer": 0}, (), "a list of texts, but it holds the number 1"),
        ({"choices": ["x", None], "answer": 0}, (), "but it holds nothing (null)"),
        ({"choices": ["x"] * 27, "answer": 0}, (), "27 texts, and there are 26 letters to score"),
        ({"choices": ["x", " "], "answer": 0}, ("score: texts",), "`options` hold an empty text"),
        ({"choices": ["x", "y"], "answer": 2}, (), "`answer` is 2, and the options have the index"),
        ({"choices": ["x", "y"]}, (), "the template `answer` fails on this row: there is no colum"),
    ],
)
def test_mistakes_name_the_row(
    folder: "Folder", row: dict[str, JSON], lines: tuple[str, ...], message: str
) -> None:
    """Rows with wrong options or answers are named."""
    good: JSON = {"question": "Q", "choices": ["x", "y"], "answer": 0}
    folder.rows(good, {"question": "Q", **row})
    error = folder.load_error(folder.choice(*lines))
    assert error.startswith("rows.jsonl:2: ")
    assert message in error


def test_the_remedy_for_two_meanings_works(folder: "Folder") -> None:
    """The templates that the message suggests settle what a digit means."""
    folder.rows({"question": "Q", "choices": ["1", "0"], "answer": "1"})
    assert "means more than one option" in folder.load_error(folder.choice())
    as_index = folder.choice(answer='answer: "{{ answer | int }}"')
    as_text = folder.choice(answer='answer: "{{ choices.index(answer) }}"')
    assert folder.load(as_index).cases[0].expected == 1
    assert folder.load(as_text).cases[0].expected == 0
