"""Task files: mistakes in templates that show without any row."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.tasks.conftest import Folder

HEAD = "name: x\nkind: generate\ndata: d.jsonl\nmetrics: [m]\n"
PICK = "name: x\nkind: choice\ndata: d.jsonl\nmetrics: [m]\n"
ASK = HEAD + "expected: x\n"

SYNTAX = {
    "prompt": (ASK + 'prompt: "{{ q"', ":6: `prompt` is not a template: unexpected end"),
    "block": (ASK + "prompt: |\n  one\n  two {{ q", ":8: `prompt` is not a template: "),
    "stripped block": (ASK + "prompt: |-\n  one\n\n  {% if %}", ":9: `prompt` is not a template"),
    "folded": (ASK + "prompt: >\n  one\n  {{ q", ":6: `prompt` is not a template"),
    "filter": (ASK + 'prompt: "{{ q | letered }}"', "No filter named 'letered'"),
    "random": (ASK + 'prompt: "{{ q | random }}"', "No filter named 'random'"),
    "preamble": (ASK + 'prompt: x\npreamble: "{% for %}"', ":7: `preamble` is not a template"),
    "message": (
        ASK + 'messages:\n- {role: system, content: s}\n- {role: user, content: "{{"}',
        ":8: `messages.1.content` is not a template",
    ),
    "expected": (HEAD + 'prompt: x\nexpected: "{{ }}"', ":6: `expected` is not a template"),
    "nested": (
        HEAD + 'prompt: x\nexpected:\n  a: [1, "{{ b c }}"]',
        ":7: `expected.a.1` is not a template",
    ),
    "options": (PICK + 'prompt: x\nanswer: x\noptions: "{{ a b }}"', ":7: `options` is not a tem"),
    "option": (PICK + 'prompt: x\nanswer: x\noptions: [a, "{{"]', ":7: `options.1` is not a templ"),
    "answer": (PICK + 'prompt: x\nanswer: "{{ 1 +"', ":6: `answer` is not a template"),
}
SHOTS = "few_shot: {data: dev.jsonl, count: 2, match: category}\n"


@pytest.mark.parametrize(("text", "message"), SYNTAX.values(), ids=SYNTAX)
def test_syntax_errors_name_the_line(folder: "Folder", text: str, message: str) -> None:
    """A template's syntax error is placed on its line of the task file."""
    assert message in folder.read_error(text)


def test_preamble_may_use_what_match_names(folder: "Folder") -> None:
    """Before a few-shot block the matching columns, loops and literals are fine."""
    line = 'preamble: "{% for x in range(2) %}{{ x }}{{ category }}{% endfor %}"'
    assert folder.generate(line, SHOTS).preamble


@pytest.mark.parametrize("column", ["question", "row['category']"])
def test_preamble_may_use_nothing_else(folder: "Folder", column: str) -> None:
    """Another column would give cases of one block different openings."""
    error = folder.read_error(ASK + f'prompt: x\n{SHOTS}preamble: "{{{{ {column} }}}}"')
    name = column.partition("[")[0]
    assert f":8: `preamble` uses {name}, and before a few-shot block it may" in error
    assert "only category" in error


def test_preamble_without_match(folder: "Folder") -> None:
    """Without `match` the preamble is the same for all cases."""
    text = ASK + "prompt: x\nfew_shot: {data: dev.jsonl, count: 2}\n" + 'preamble: "{{ a }}"'
    assert "none, for there is no `match`" in folder.read_error(text)


def test_preamble_without_examples_may_use_any_column(folder: "Folder") -> None:
    """Without examples there is no block to keep the same."""
    assert folder.generate('preamble: "{{ question }}"').preamble


@pytest.mark.parametrize("text", [PICK + "answer: x\n", ASK + SHOTS], ids=["choice", "few_shot"])
def test_no_white_space_before_an_answer(folder: "Folder", text: str) -> None:
    """A block written with `|` would put a line break between prompt and answer."""
    error = folder.read_error(text + "prompt: |\n  {{ question }}\n  Answer:\n")
    assert "`prompt` ends in white space, and an answer follows it after a space" in error
    assert "write a block as `|-`" in error


def test_white_space_before_a_reply_is_kept(folder: "Folder") -> None:
    """Where the model writes on, the prompt ends as the user wrote it."""
    assert folder.generate(prompt="prompt: |\n  Hi\n").prompt == "Hi\n"
