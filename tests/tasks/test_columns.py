"""Derived columns: made of each row, and usable wherever a column of the data is."""

from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.canonical import JSON

if TYPE_CHECKING:
    from tests.tasks.conftest import Folder

ROW: dict[str, JSON] = {"question": " Q ", "answer": "x", "subject": "law", "choices": ["x", "y"]}


def test_order_and_types(folder: "Folder") -> None:
    """Later columns see earlier ones, one expression keeps its type, and a test sees them all."""
    folder.rows(ROW)
    read = folder.choice(
        "columns:",
        '  first: "{{ choices[0] }}"',
        '  both: "{{ [first, first] }}"',
        '  text: "{{ first }} and {{ both | length }}"',
        '  gone: "{{ none }}"',
        prompt='prompt: "{{ text }}"',
    )
    [case] = folder.load(read).cases
    assert case.prompt == "x and 2"
    assert case.row == {**ROW, "first": "x", "both": ["x", "x"], "text": "x and 2", "gone": None}


def test_a_column_may_take_the_place_of_one_in_the_data(folder: "Folder") -> None:
    """A template sees the column as it was."""
    folder.rows(ROW)
    [case] = folder.load(folder.choice('columns: {question: "{{ question | trim }}!"}')).cases
    assert case.prompt == "Q!"


def test_everything_can_use_them(folder: "Folder") -> None:
    """Ids, slices, clusters, options, answers, and few-shot rows in preamble and match."""
    folder.rows(ROW, {**ROW, "subject": "art"})
    folder.rows(*({**ROW, "question": s, "subject": s} for s in ("art", "law")), name="dev.jsonl")
    read = folder.choice(
        "columns:",
        "  id: \"{{ subject | replace('a', 'A') }}\"",
        "  group: \"{{ {'law': 'social', 'art': 'humanities'}[subject] }}\"",
        '  right: "{{ choices.index(answer) + 1 }}"',
        'preamble: "{{ group }}: "',
        "few_shot: {data: dev.jsonl, count: 1, match: group}",
        "slices: [group]",
        "cluster: group",
        'options: "{{ choices }}"',
        prompt='prompt: "{{ question | trim }}"',
        answer='answer: "{{ right }}"',
    )
    first, second = folder.load(read).cases
    assert (first.id, second.id) == ("lAw", "Art")
    assert (first.prompt, second.prompt) == ("social: law B\n\nQ", "humanities: art B\n\nQ")
    assert (first.slices, second.cluster) == ({"group": "social"}, "humanities")
    assert first.expected == 1


def test_a_failure_names_row_and_template(folder: "Folder") -> None:
    """Also where the row is an example."""
    folder.rows(ROW)
    folder.rows({"question": "d"}, name="dev.jsonl")
    read = folder.choice(
        'columns: {group: "{{ subject }}"}', "few_shot: {data: dev.jsonl, count: 1}"
    )
    assert folder.load_error(read) == (
        "dev.jsonl:1: the template `columns.group` fails on this row: there is no column "
        "'subject'\n  Columns of the row: question. The template: demo.task.yaml:7."
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("columns: [a]", ":7: `columns` must be a mapping of keys to values, not a list"),
        ("columns: {}", ":7: `columns` must be a mapping of keys to values, not an empty mapping"),
        ("columns:\n  a: 3", ":8: `columns.a` must be a text, not the number 3"),
        ("columns:\n  a: ''", ":8: `columns.a` must be a text, not an empty text"),
        ("columns:\n  a: x\n  b c: x", ":9: 'b c' cannot be a column's name in templates\n  Use l"),
        ("columns: {row: x}", ":7: 'row' cannot be a column's name in templates"),
        ('columns: {a: "{{ b"}', ":7: `columns.a` is not a template: "),
        ('columns: {a: x}\nslices: ["b"]', "names the column 'b', which this row lacks"),
    ],
)
def test_mistakes(folder: "Folder", line: str, message: str) -> None:
    """A name that templates could not use, and a value that is no template, are refused."""
    text = 'name: x\nkind: choice\ndata: rows.jsonl\nmetrics: [m]\nprompt: x\nanswer: "0"\n'
    folder.rows(ROW)
    if "slices" in line:
        assert message in folder.load_error(folder.yaml(text + line))
    else:
        assert message in folder.read_error(text + line)


def test_what_is_derived_of_a_varied_column_varies_with_it(folder: "Folder") -> None:
    """A variation changes a column before others are made of it; a derived one may vary, too."""
    folder.rows({**ROW, "question": "Which planet is the largest of all?"})
    columns = 'columns: {asked: "{{ question | upper }}", again: "{{ asked }}!"}'
    for vary in ("question", "asked"):
        lines = (columns, f"variations: {{vary: {vary}, kinds: [typos], strength: 0.5}}")
        task = folder.load(folder.choice(*lines, prompt='prompt: "{{ again }}"'))
        [case], [varied] = task.cases, task.varied
        assert case.prompt == "WHICH PLANET IS THE LARGEST OF ALL?!"
        assert varied.prompt == f"{varied.row['asked']}!" != case.prompt
        if vary == "question":
            assert varied.row["asked"] == str(varied.row["question"]).upper()
