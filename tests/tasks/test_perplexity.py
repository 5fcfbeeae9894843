"""Perplexity tasks: the text that is scored, what it stands behind, and what is counted."""

from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.case import Message
from pytest_ftevals.planning.plan import request_of

if TYPE_CHECKING:
    from tests.tasks.conftest import Folder

HEAD = "name: demo\nkind: perplexity\ndata: rows.jsonl\nmetrics: [word_perplexity]\n"
CHAT = "messages: [{role: user, content: 'About {{ topic }}:'}]\n"


def test_a_text_by_itself(folder: "Folder") -> None:
    """By default the column `text` is scored, from its first token on."""
    folder.rows({"text": " = Bees =\n"}, {"text": "Wasps"})
    task = folder.load(folder.yaml(HEAD))
    first, second = task.cases
    assert (first.prompt, first.continuations, first.options) == (
        "",
        (" = Bees =\n",),
        (" = Bees =\n",),
    )
    assert (second.continuations, second.expected, second.givens) == (("Wasps",), None, ())
    assert request_of(task, first).kind == "loglikelihood_rolling"


def test_what_is_counted(folder: "Folder") -> None:
    """Words and bytes may be those of the text as it was before it was cleaned."""
    folder.rows({"page": "bees , wasps"})
    lines = "text: \"{{ page | replace(' ,', ',') }}\"\ncounted: \"{{ page }}\"\n"
    [case] = folder.load(folder.yaml(HEAD + lines)).cases
    assert (case.continuations, case.options) == (("bees, wasps",), ("bees , wasps",))


@pytest.mark.parametrize(
    ("ask", "prompt", "continuation"),
    [
        ("prompt: 'About {{ topic }}:'\n", "About bees:", " They sting."),
        (CHAT, (Message(role="user", content="About bees:"),), "They sting."),
    ],
)
def test_a_completion(folder: "Folder", ask: str, prompt: object, continuation: str) -> None:
    """After a prompt only the text is scored; the space belongs to what is scored, not counted."""
    folder.rows({"topic": "bees", "text": "They sting."})
    task = folder.load(folder.yaml(HEAD + ask))
    [case] = task.cases
    assert (case.prompt, case.continuations) == (prompt, (continuation,))
    assert case.options == ("They sting.",)
    assert request_of(task, case).kind == "loglikelihood"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            "decode: {seed: 1}",
            ":5: `decode` belongs to generate and deployment tasks, and this is a p",
        ),
        ("expected: x", "A perplexity task may have: name, about, kind, data, "),
        ("answer: x", ":5: `answer` belongs to choice tasks"),
        (
            "prompt: x\nfew_shot: {data: d, count: 1}",
            ":6: `few_shot` belongs to generate, choic",
        ),
        ("prompt: x\npreamble: x", ":6: `preamble` belongs to generate, choice and deployment t"),
        ("prompt: x\n" + CHAT, ":6: `messages` and `prompt` exclude each other"),
        ("prompt: 'x '", ":5: `prompt` ends in white space, and an answer follows it"),
        ("text: 3", ":5: `text` must be a text, not the number 3"),
        ("text: ''", ":5: `text` must be a text, not an empty text"),
        ("counted: [a]", ":5: `counted` must be a text, not a list"),
        ("text: '{{ a'", ":5: `text` is not a template: "),
        ("counted: '{{ a'", ":5: `counted` is not a template: "),
    ],
)
def test_mistakes_in_the_file(folder: "Folder", lines: str, message: str) -> None:
    """Keys of other kinds, and values that are no templates, are refused at their line."""
    assert message in folder.read_error(HEAD + lines)


@pytest.mark.parametrize(
    ("row", "lines", "message"),
    [
        ({"page": "x"}, "", "the template `text` fails on this row: there is no column 'text'"),
        ({"text": None}, "", "`text` fails on this row: it puts null into the text (null in this"),
        ({"text": ""}, "", "`text` makes an empty text of this row: there is nothing to score"),
        ({"text": " \n"}, "", "`text` makes an empty text of this row: there is nothing to score"),
        (
            {"text": "x", "page": ""},
            "counted: '{{ page }}'",
            "`counted` makes an empty text of this row: there is nothing to count",
        ),
        ({"text": "x"}, 'prompt: \'{{ text | replace("x", "") }}\'', "`prompt` makes an empty t"),
    ],
)
def test_mistakes_name_the_row(
    folder: "Folder", row: dict[str, str | None], lines: str, message: str
) -> None:
    """A row without a text is named."""
    folder.rows({"text": "x y", "page": "x y"}, row)
    error = folder.load_error(folder.yaml(HEAD + lines))
    assert error.startswith("rows.jsonl:2: ")
    assert message in error


def test_the_digest(folder: "Folder") -> None:
    """What is scored and counted is part of it."""
    folder.rows({"text": "x", "page": "y"})
    texts = ("", "text: '{{ page }}'", "counted: '{{ page }}'", "prompt: x", "text: '{{ text }}!'")
    digests = {folder.load(folder.yaml(HEAD + text)).template_hash for text in texts}
    assert len(digests) == len(texts)
