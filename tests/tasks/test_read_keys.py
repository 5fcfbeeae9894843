"""Task files: the keys, which go together, and what type each has."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks import check_names, read_task_file

if TYPE_CHECKING:
    from tests.tasks.conftest import Folder

HEAD = "name: demo\nkind: generate\ndata: d.jsonl\nmetrics: [accuracy]\n"
BASE = HEAD + 'prompt: "{{ q }}"\nexpected: "{{ a }}"\n'
PICK = 'name: demo\nkind: choice\ndata: d.jsonl\nmetrics: [m]\nprompt: "{{ q }}"\nanswer: "0"\n'

MISTAKES = {
    "unknown": (BASE + "promt: x", ":7: `promt` is not a key of a task file\n  Did you mean `pr"),
    "valid keys": (BASE + "zzz: x", "The keys here are: name, about, kind, data, columns, "),
    "no kind": ("name: demo\ndata: x", ":1: a task file needs `kind`\n  It is one of: generate"),
    "kind": ("name: x\nkind: chioce", ":2: `kind` cannot be 'chioce'\n  Did you mean `choice`? "),
    "kind type": ("name: x\nkind: 3", ":2: `kind` must be a text, not the number 3"),
    "no name": (BASE.replace("name: demo\n", ""), ":1: a task file needs `name`"),
    "no data": (BASE.replace("data: d.jsonl\n", ""), ":1: a task file needs `data`"),
    "no metrics": (BASE.replace("metrics: [accuracy]\n", ""), ":1: a task file needs `metrics`"),
    "no prompt": (HEAD + "expected: x", ":2: a generate task needs `prompt`\n  For a chat write"),
    "no expected": (
        HEAD + "prompt: x\nfew_shot: {data: d, count: 1}",
        ":6: `few_shot` needs `expected`",
    ),
    "no answer": (PICK.replace('answer: "0"\n', ""), ":2: a choice task needs `answer`"),
    "options": (BASE + "options: x", ":7: `options` belongs to choice tasks, and this is a gener"),
    "answer": (BASE + "answer: x", ":7: `answer` belongs to choice tasks"),
    "score": (BASE + "score: texts", ":7: `score` belongs to choice tasks"),
    "expected": (PICK + "expected: x", ":7: `expected` belongs to generate and deployment tasks"),
    "decode": (PICK + "decode: {seed: 1}", ":7: `decode` belongs to generate and deployment tasks"),
    "schema": (PICK + "schema: x.json", ":7: `schema` belongs to generate tasks"),
    "both": (BASE + "messages: []", ":7: `messages` and `prompt` exclude each other"),
    "name type": (BASE.replace("demo", "3"), ":1: `name` must be a text, not the number 3"),
    "name": (BASE.replace("demo", "a b"), ":1: 'a b' cannot be a task's name\n  Use letters"),
    "name path": (BASE.replace("demo", "a/b"), ":1: 'a/b' cannot be a task's name"),
    "name null": (BASE.replace("demo", ""), ":1: `name` must be a text, not nothing (null)"),
    "data type": (BASE.replace("d.jsonl", "[a]"), ":3: `data` must be a text, not a list"),
    "data blank": (BASE.replace("d.jsonl", '" "'), ":3: `data` must be a text, not a blank text"),
    "prompt empty": (BASE.replace('"{{ q }}"', '""'), ":5: `prompt` must be a text, not an empty"),
    "prompt type": (BASE.replace('"{{ q }}"', "{a: 1}"), ":5: `prompt` must be a text, not a map"),
    "about": (BASE + "about: false", ":7: `about` must be a text, not false"),
    "metrics type": (BASE.replace("[accuracy]", "f1"), ":4: `metrics` must be a list of one or mo"),
    "metrics empty": (
        BASE.replace("[accuracy]", "[]"),
        "of one or more metrics, not an empty list",
    ),
    "metrics item": (BASE.replace("[accuracy]", "[f1, 3]"), ":4: `metrics` holds the number 3, n"),
    "metrics twice": (BASE.replace("[accuracy]", "[a, b, a]"), ":4: `metrics` names 'a' twice"),
    "slices": (BASE + "slices: language", ":7: `slices` must be a list of one or more texts, not "),
    "slices twice": (BASE + "slices:\n  - a\n  - a", ":9: `slices` names 'a' twice"),
    "cluster list": (BASE + "cluster: [a]", ":7: `cluster` must be the name of one column, not a"),
    "cluster fix": (BASE + "cluster: [a]", "not a list\n  Like `cluster: passage`."),
    "cluster null": (BASE + "cluster:", "`cluster` must be the name of one column, not nothing"),
    "cluster blank": (BASE + 'cluster: " "', "`cluster` must be the name of one column, not a b"),
    "clusters": (BASE + "clusters: a", "`clusters` is not a key of a task file\n  Did you mean `"),
    "Slices": (BASE + "SLICES: [a]", "Did you mean `slices`? "),
    "pass_at": (BASE + "pass_at: high", ":7: `pass_at` must be a number, not the text 'high'"),
    "pass_at bool": (BASE + "pass_at: true", ":7: `pass_at` must be a number, not true"),
    "schema type": (BASE + "schema: {type: object}", ":7: `schema` must be a text, not a mapping"),
    "score word": (PICK + "score: text", ":7: `score` cannot be 'text'\n  Did you mean `texts`? "),
    "preamble": (
        HEAD + "messages: [{role: user, content: x}]\nexpected: x\npreamble: x",
        ":7: `preamble` goes with `prompt` only",
    ),
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_name_line_and_remedy(folder: "Folder", text: str, message: str) -> None:
    """A wrong key or value is refused at its line, with what would be valid."""
    error = folder.read_error(text)
    assert message in error
    assert error.startswith("demo.task.yaml:")


def test_every_key_of_a_generate_task(folder: "Folder") -> None:
    """Every key arrives with its type, and has its line."""
    read = folder.generate(
        "about: Short answers.",
        "decode: {max_new_tokens: 8}",
        "schema: s.json",
        "slices: [language]",
        "pass_at: 0.5",
        "preamble: Hello",
        "cluster: passage",
    )
    assert (read.name, read.kind, read.data) == ("demo", "generate", "rows.jsonl")
    assert (read.prompt, read.expected) == ("{{ question }}", "{{ answer }}")
    assert (read.metrics, read.slices, read.pass_at) == (("accuracy",), ("language",), 0.5)
    assert (read.about, read.schema, read.preamble) == ("Short answers.", "s.json", "Hello")
    assert read.cluster == "passage"
    assert read.line_of("metrics") == 6
    assert read.where("pass_at").endswith("demo.task.yaml:11")


def test_defaults_of_a_choice_task(folder: "Folder") -> None:
    """Options come from the column `choices` and are scored by letter."""
    read = folder.choice()
    assert (read.options, read.score, read.few_shot) == ("{{ choices }}", "letters", None)
    assert read.cluster is None


def test_task_files_can_be_compared_and_hashed(folder: "Folder") -> None:
    """The same text read twice gives equal values that can be keys."""
    expected = "expected: {category: '{{ answer }}'}"
    assert len({folder.generate(expected=expected), folder.generate(expected=expected)}) == 1


def test_one_name_in_two_files(folder: "Folder") -> None:
    """Two task files of one name are refused, and both are named."""
    first = folder.write("one.yaml", BASE)
    second = folder.write("two.yaml", "# comment\n" + BASE)
    with pytest.raises(FtevalsError) as caught:
        check_names([read_task_file(first), read_task_file(second)])
    assert "two.yaml:2: the task name 'demo' is taken by " in str(caught.value)
    assert "one.yaml:1" in str(caught.value)


def test_one_file_twice(folder: "Folder", monkeypatch: pytest.MonkeyPatch) -> None:
    """The same file under two spellings of its path is one task."""
    path = folder.write("one.yaml", BASE)
    monkeypatch.chdir(folder.path)
    check_names([read_task_file(path), read_task_file(Path("one.yaml")), read_task_file(path)])
