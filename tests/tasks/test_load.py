"""Tasks: cases in order, their ids, slices and sources, and the digests."""

import hashlib
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.canonical import JSON

if TYPE_CHECKING:
    from tests.tasks.conftest import Folder

ROW: dict[str, JSON] = {"question": "Q", "answer": "x", "choices": ["x", "y"]}
TEXT = st.text(st.characters(codec="utf-8"), max_size=12)


@given(rows=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=10))
def test_every_row_becomes_one_case_in_order(shared: "Folder", rows: list[tuple[str, str]]) -> None:
    """No row is lost, doubled or moved, whatever its text; loading again gives the same."""
    shared.rows(*({"question": f">{q}", "answer": a} for q, a in rows))
    read = shared.generate()
    task = shared.load(read)
    assert [(case.prompt, case.expected) for case in task.cases] == [
        (f">{question}", answer) for question, answer in rows
    ]
    assert [case.id for case in task.cases] == [str(i + 1) for i in range(len(rows))]
    assert [case.source.rpartition(":")[2] for case in task.cases] == [
        str(i + 1) for i in range(len(rows))
    ]
    assert shared.load(read) == task


def test_a_task_carries_its_file(folder: "Folder") -> None:
    """What the task file says arrives in the task."""
    path = folder.rows(ROW)
    lines = ("about: A.", "pass_at: 0.5", "slices: [answer]", "decode: {seed: 3}")
    read = folder.generate(*lines)
    task = folder.load(read)
    assert (task.name, task.kind, task.path) == ("demo", "generate", read.path)
    assert (task.about, task.pass_at, task.slices) == ("A.", 0.5, ("answer",))
    assert (task.metrics, task.decode.seed, task.schema) == (("accuracy",), 3, None)
    assert (task.data_source, task.data_hash) == (
        "rows.jsonl",
        hashlib.sha256(path.read_bytes()).hexdigest(),
    )
    [case] = task.cases
    assert (case.task, case.row, case.source) == ("demo", ROW, f"{path}:1")


@pytest.mark.parametrize(
    ("ids", "wanted"),
    [
        (["a", "b"], ["a", "b"]),
        ([7, "x"], ["7", "x"]),
        ([7, None], ["1", "2"]),
    ],
)
def test_ids(folder: "Folder", ids: list[JSON], wanted: list[str]) -> None:
    """Ids come from the column where every row has it, else rows are numbered."""
    rows = [ROW if value is None else {**ROW, "id": value} for value in ids]
    folder.rows(*rows)
    assert [case.id for case in folder.load(folder.generate()).cases] == wanted


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["a", "b", "a"], "rows.jsonl:3: the id 'a' is taken by the row rows.jsonl:1"),
        ([1, "1"], "rows.jsonl:2: the id '1' is taken by the row rows.jsonl:1"),
        (["a", ""], "rows.jsonl:2: `id` must be a text or a whole number, not an empty text"),
        ([None], "rows.jsonl:1: `id` must be a text or a whole number, not nothing (null)"),
        ([1.5], "rows.jsonl:1: `id` must be a text or a whole number, not the number 1.5"),
        ([True], "rows.jsonl:1: `id` must be a text or a whole number, not true"),
    ],
)
def test_wrong_ids(folder: "Folder", ids: list[JSON], message: str) -> None:
    """Ids are texts or whole numbers, and unique."""
    folder.rows(*({**ROW, "id": value} for value in ids))
    assert folder.load_error(folder.generate()).startswith(message)


@pytest.mark.parametrize(
    ("value", "text"),
    [("de", "de"), (3, "3"), (True, "true"), (None, "null"), ([1, "ä"], '[1,"ä"]')],
)
def test_slices_are_texts(folder: "Folder", value: JSON, text: str) -> None:
    """A slice's group is a text, other values as JSON spells them."""
    folder.rows({**ROW, "language": value})
    [case] = folder.load(folder.generate("slices: [language]")).cases
    assert case.slices == {"language": text}


def test_a_missing_slice_column(folder: "Folder") -> None:
    """A row without the column is named, with the columns it has."""
    folder.rows({**ROW, "language": "de"}, ROW)
    error = folder.load_error(folder.generate("slices: [language]"))
    assert error.startswith("rows.jsonl:2: `slices` names the column 'language', which this row")
    assert "Columns of the row: question, answer, choices." in error


def test_an_empty_prompt(folder: "Folder") -> None:
    """A row that asks nothing is refused."""
    folder.rows(ROW, {**ROW, "question": " "})
    error = folder.load_error(folder.generate())
    assert error == "rows.jsonl:2: `prompt` makes an empty text of this row"


def test_an_absent_column(folder: "Folder") -> None:
    """The template, its place, the column and the row's columns are named."""
    folder.rows(ROW, {"answer": "x"})
    assert folder.load_error(folder.generate()) == (
        "rows.jsonl:2: the template `prompt` fails on this row: there is no column 'question'\n"
        "  Columns of the row: answer. The template: demo.task.yaml:4."
    )


def test_paths_are_relative_to_the_task_file(
    folder: "Folder", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The working directory does not matter."""
    (folder.path / "data").mkdir()
    folder.rows(ROW, name="data/rows.jsonl")
    monkeypatch.chdir("/")
    assert len(folder.load(folder.generate(data="data: data/rows.jsonl")).cases) == 1


SHAPES = {
    "prompt": {"prompt": 'prompt: "{{ question }}?"'},
    "chat": {"prompt": 'messages: [{role: user, content: "{{ question }}"}]'},
    "preamble": {"more": "preamble: Hi"},
    "answer": {"answer": 'answer: "0"'},
    "options": {"more": 'options: ["{{ answer }}", "b"]'},
    "score": {"more": "score: texts"},
    "ending": {"more": "score: texts\nending: x"},
    "columns": {"more": 'columns: {a: "{{ answer }}", b: x}'},
    "columns in another order": {"more": 'columns: {b: x, a: "{{ answer }}"}'},
    "few_shot": {"more": "few_shot: {data: dev.jsonl, count: 1}"},
    "few_shot count": {"more": "few_shot: {data: dev.jsonl, count: 2}"},
}


def test_the_template_hash_tells_shapes_apart(folder: "Folder") -> None:
    """Whatever changes a prompt or an expectation changes the digest, and nothing else does."""
    folder.rows(ROW, {**ROW, "question": "other"})
    folder.rows({**ROW, "question": "d"}, {**ROW, "question": "e"}, name="dev.jsonl")

    def digest(more: str = "about: x", **changed: str) -> str:
        return folder.load(folder.choice(more, **changed)).template_hash

    plain = digest()
    assert digest("about: y", name="name: other", metrics="metrics: [f1_macro]") == plain
    assert digest("cluster: question") == plain
    digests = [plain, *(digest(**shape) for shape in SHAPES.values())]
    before = digest("few_shot: {data: dev.jsonl, count: 1}")
    folder.rows({**ROW, "question": "z"}, name="dev.jsonl")
    assert digest("few_shot: {data: dev.jsonl, count: 1}") != before
    assert len(set(digests)) == len(digests)


def test_many_rows_are_fast(folder: "Folder") -> None:
    """14,000 five-shot cases, as many as MMLU has, take well under three seconds."""
    rows = [{**ROW, "question": f"Question {i}?", "topic": f"t{i % 57}"} for i in range(14_000)]
    dev = [{**ROW, "question": f"Example {i}?", "topic": f"t{i % 57}"} for i in range(57 * 5)]
    folder.rows(*rows)
    folder.rows(*dev, name="dev.jsonl")
    read = folder.choice(
        "few_shot: {data: dev.jsonl, count: 5, match: topic}",
        'preamble: "On {{ topic }}.\\n\\n"',
        prompt='prompt: "{{ question }}\\n{{ choices | lettered }}\\nAnswer:"',
    )
    begin = time.process_time()
    task = folder.load(read)
    assert time.process_time() - begin < 3
    assert len(task.cases) == 14_000
