"""Conversations: the user's turns, what stands before them, and what is refused."""

from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Message
from pytest_ftevals.planning.plan import request_of

if TYPE_CHECKING:
    from tests.tasks.conftest import Folder

HEAD = "name: demo\nkind: generate\ndata: rows.jsonl\nmetrics: [accuracy]\nexpected: x\n"
LISTED = 'turns: "{{ questions }}"\n'
SYSTEM = "messages: [{role: system, content: 'You know {{ topic }}.'}]\n"
ROW: dict[str, JSON] = {"questions": ["One?", "Two?", "Three?"], "topic": "law"}


def test_the_first_turn_ends_the_prompt(folder: "Folder") -> None:
    """The others are said after a reply each."""
    folder.rows(ROW)
    task = folder.load(folder.yaml(HEAD + LISTED))
    [case] = task.cases
    assert case.prompt == (Message(role="user", content="One?"),)
    assert case.turns == request_of(task, case).turns == ("Two?", "Three?")


def test_messages_stand_before_the_turns(folder: "Folder") -> None:
    """A system message, and examples as turns of user and assistant."""
    folder.rows(ROW)
    shown = SYSTEM.replace("]", ", {role: user, content: u}, {role: assistant, content: a}]")
    for messages, roles in ((SYSTEM, ["system"]), (shown, ["system", "user", "assistant"])):
        [case] = folder.load(folder.yaml(HEAD + messages + LISTED)).cases
        assert not isinstance(case.prompt, str)
        assert [message.role for message in case.prompt] == [*roles, "user"]
        assert case.prompt[0].content == "You know law."
        assert case.prompt[-1].content == "One?"


def test_a_template_a_turn(folder: "Folder") -> None:
    """Turns may come from columns, and later ones repeat earlier ones."""
    folder.rows({"first": "One?", "second": "Two?"})
    lines = 'turns: ["{{ first }}", "{{ second }}", "Are you sure: {{ first }}"]'
    [case] = folder.load(folder.yaml(HEAD + lines)).cases
    assert case.prompt == (Message(role="user", content="One?"),)
    assert case.turns == ("Two?", "Are you sure: One?")


def test_one_turn_is_a_chat_like_any_other(folder: "Folder") -> None:
    """It asks what a user's message would."""
    folder.rows({**ROW, "questions": ["One?"]})
    task = folder.load(folder.yaml(HEAD + SYSTEM + LISTED))
    said = SYSTEM.replace("]", ", {role: user, content: '{{ questions[0] }}'}]")
    plain = folder.load(folder.yaml(HEAD + said))
    assert request_of(task, task.cases[0]) == request_of(plain, plain.cases[0])


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("prompt: x\n" + LISTED, ":7: `turns` and `prompt` exclude each other\n  Turns are a ch"),
        (
            LISTED + "messages:\n- {role: user, content: x}",
            ":8: the last message is the user's, and `turns` begin with the user\n  Make it the fi",
        ),
        (
            LISTED + "few_shot: {data: d, count: 1}",
            ":7: `few_shot` and `turns` exclude each other\n  Write the examples into `messages`",
        ),
        (LISTED + "preamble: x", ":7: `preamble` goes with `prompt` only"),
        ("turns: []", ":6: `turns` must be a template or a list of templates, not an empty list"),
        ("turns: ''", ":6: `turns` must be a template or a list of templates, not an empty text"),
        ("turns: 3", ":6: `turns` must be a template or a list of templates, not the number 3"),
        ("turns:\n- x\n- 3", ":8: a turn must be a text, not the number 3"),
        ("turns: '{{ a'", ":6: `turns` is not a template: "),
        ("turns:\n- x\n- '{{ a'", ":8: `turns.1` is not a template: "),
    ],
)
def test_mistakes_in_the_file(folder: "Folder", lines: str, message: str) -> None:
    """What does not go together is refused at its line."""
    assert message in folder.read_error(HEAD + lines)


def test_turns_belong_to_generate_tasks(folder: "Folder") -> None:
    """Options are scored after one prompt."""
    text = 'name: x\nkind: choice\ndata: d\nmetrics: [m]\nanswer: "0"\n'
    assert ":6: `turns` belongs to generate tasks" in folder.read_error(text + LISTED)


@pytest.mark.parametrize(
    ("questions", "message"),
    [
        ([], "`turns` must make a list of one or more texts, not an empty list\n  Like "),
        ("One?", "`turns` must make a list of one or more texts, not the text 'One?'"),
        (["One?", None], "`turns` must make a list of texts, but turn 2 is nothing (null)"),
        (["One?", 2], "`turns` must make a list of texts, but turn 2 is the number 2"),
        (["One?", " "], "`turns` make an empty text of turn 2"),
    ],
)
def test_mistakes_name_the_row(folder: "Folder", questions: JSON, message: str) -> None:
    """A row whose turns say nothing is named."""
    folder.rows(ROW, {**ROW, "questions": questions})
    error = folder.load_error(folder.yaml(HEAD + LISTED))
    assert error.startswith(f"rows.jsonl:2: {message}")


def test_a_turn_that_is_no_text_of_a_list_of_templates(folder: "Folder") -> None:
    """One expression keeps its type there, too, so that null is seen."""
    folder.rows({"first": "One?", "second": None})
    error = folder.load_error(folder.yaml(HEAD + 'turns: ["{{ first }}", "{{ second }}"]'))
    assert error.startswith("rows.jsonl:1: `turns` must make a list of texts, but turn 2 is noth")


def test_the_digest(folder: "Folder") -> None:
    """What the user says is part of it."""
    folder.rows(ROW)
    lines = (LISTED, 'turns: "{{ questions[:2] }}"', 'turns: ["x"]', SYSTEM + LISTED)
    digests = {folder.load(folder.yaml(HEAD + line)).template_hash for line in lines}
    assert len(digests) == len(lines)
