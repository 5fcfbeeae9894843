"""Task files: messages, expected, options, few_shot and decode."""

from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.case import Message
from pytest_ftevals.core.request import Decode
from pytest_ftevals.tasks import FewShot

if TYPE_CHECKING:
    from tests.tasks.conftest import Folder

HEAD = "name: x\nkind: generate\ndata: d.jsonl\nmetrics: [m]\n"
CHAT = HEAD + "expected: x\n"
BASE = CHAT + "prompt: x\n"
PICK = "name: x\nkind: choice\ndata: d.jsonl\nmetrics: [m]\nprompt: x\nanswer: x\n"

MESSAGES = {
    "type": (CHAT + "messages: hello", ":6: `messages` must be a list of messages, not the text "),
    "empty": (CHAT + "messages: []", ":6: `messages` must be a list of messages, not an empty li"),
    "item": (CHAT + "messages:\n- hello", ":7: a message must be a mapping, not the text 'hello'"),
    "key": (CHAT + "messages:\n- {role: user, text: x}", ":7: `messages.0.text` is not a key"),
    "no role": (CHAT + "messages:\n- {content: x}", ":7: a message needs `messages.0.role`"),
    "no content": (CHAT + "messages:\n- {role: user}", ":7: a message needs `messages.0.content`"),
    "role": (CHAT + "messages:\n- {role: usr, content: x}", "Did you mean `user`? It is one of: s"),
    "content": (CHAT + "messages:\n- {role: user, content: 3}", "`messages.0.content` must be a t"),
    "last": (
        CHAT + "messages:\n- {role: user, content: x}\n- {role: assistant, content: x}",
        ":8: the last message is the assistant's, but a model replies to its user",
    ),
}
OTHERS = {
    "expected number": (HEAD + "prompt: x\nexpected: 5", ":6: `expected` must be a text or a mapp"),
    "expected list": (HEAD + "prompt: x\nexpected: []", "mapping of fields, not an empty list"),
    "expected empty": (HEAD + "prompt: x\nexpected: {}", "mapping of fields, not an empty mapping"),
    "options type": (PICK + "options: 3", ":7: `options` must be a template or a list of templat"),
    "options empty": (PICK + "options: ''", ":7: `options` must be a template or a list of templ"),
    "options one": (PICK + "options: [a]", ":7: `options` needs two or more, not 1"),
    "options item": (PICK + "options: [a, 2]", ":7: an option must be a text, not the number 2"),
    "few_shot type": (BASE + "few_shot: 5", ":7: `few_shot` must be a mapping of keys to values,"),
    "few_shot key": (BASE + "few_shot: {data: a, cuont: 1}", "Did you mean `count`? "),
    "few_shot data": (BASE + "few_shot: {count: 5}", ":7: `few_shot` needs `few_shot.data`"),
    "few_shot count": (BASE + "few_shot: {data: a}", "`few_shot` needs `few_shot.count`\n  Like "),
    "few_shot zero": (
        BASE + "few_shot: {data: a, count: 0}",
        "must be a whole number of at least ",
    ),
    "few_shot match": (
        BASE + "few_shot: {data: a, count: 1, match: 3}",
        "must be a list of one or",
    ),
}
DECODE = {
    "type": ("decode: greedy", "`decode` must be a mapping of keys to values, not the text 'gree"),
    "key": ("decode: {max_tokens: 3}", "Did you mean `max_new_tokens`? The keys here are: max_new"),
    "tokens": ("decode: {max_new_tokens: 0}", "must be a whole number of at least 1, not the nu"),
    "tokens type": ("decode: {max_new_tokens: 1.5}", "a whole number of at least 1, not the num"),
    "tokens bool": ("decode: {max_new_tokens: true}", "a whole number of at least 1, not true"),
    "temperature": ("decode: {temperature: -1}", "`decode.temperature` must be a number of at lea"),
    "top_p zero": ("decode: {top_p: 0}", "`decode.top_p` must be a number above 0 and at most 1"),
    "top_p": ("decode: {top_p: 1.1}", "above 0 and at most 1, not the number 1.1"),
    "top_k": ("decode: {top_k: -1}", "`decode.top_k` must be a whole number of at least 0"),
    "seed": ("decode: {seed: x}", "`decode.seed` must be a whole number of at least 0, not the te"),
    "stop": ('decode: {stop: "x"}', "`decode.stop` must be a list of one or more texts"),
    "samples": ("decode: {temperature: 1, samples: 0}", "must be a whole number of at least 1"),
    "samples text": ("decode: {temperature: 1, samples: x}", "`decode.samples` must be a whole nu"),
    "greedy samples": (
        "decode: {samples: 4}",
        "without a temperature all replies are the same\n  Set `temperature` above 0, or leave",
    ),
    "samples at 0": ("decode: {temperature: 0, samples: 2}", "without a temperature"),
    "stop empty": ('decode: {stop: [""]}', "`decode.stop` holds an empty text, not a text"),
}


@pytest.mark.parametrize(
    ("text", "message"),
    [*MESSAGES.values(), *OTHERS.values()],
    ids=[*(f"messages {name}" for name in MESSAGES), *OTHERS],
)
def test_mistakes(folder: "Folder", text: str, message: str) -> None:
    """A wrong value inside a section is refused at its own line."""
    assert message in folder.read_error(text)


@pytest.mark.parametrize(("line", "message"), DECODE.values(), ids=DECODE)
def test_decode_mistakes(folder: "Folder", line: str, message: str) -> None:
    """Decoding settings are checked for names and ranges."""
    error = folder.read_error(BASE + line)
    assert message in error
    assert error.startswith("demo.task.yaml:7: ")


def test_decode(folder: "Folder") -> None:
    """Every decoding setting arrives."""
    line = "decode: {max_new_tokens: 9, temperature: 0.5, top_p: 0.9, top_k: 4, seed: 7, stop: [x]}"
    assert folder.generate(line).decode == Decode(
        max_new_tokens=9, temperature=0.5, top_p=0.9, top_k=4, seed=7, stop=("x",)
    )


def test_decode_is_greedy_by_default(folder: "Folder") -> None:
    """Without the key the defaults hold."""
    assert folder.generate().decode == Decode()
    assert folder.generate("decode: {temperature: 0, top_k: 0, seed: 0}").decode == Decode()


@pytest.mark.parametrize(
    ("line", "samples"),
    [
        ("decode: {temperature: 0.7, samples: 4}", 4),
        ("decode: {temperature: 0.7}", 1),
        ("decode: {samples: 1}", 1),
        ("slices: [language]", 1),
    ],
)
def test_samples(folder: "Folder", line: str, samples: int) -> None:
    """They arrive at the task, and are no part of how a reply is decoded."""
    folder.rows({"question": "?", "answer": "!", "language": "de"})
    read = folder.generate(line)
    assert folder.load(read).samples == read.samples == samples
    assert "samples" not in read.decode.to_json()


def test_greedy_samples_are_refused_at_their_line(folder: "Folder") -> None:
    """In a block too."""
    error = folder.read_error(BASE + "decode:\n  top_p: 0.5\n  samples: 2")
    assert error.startswith("demo.task.yaml:9: `decode.samples` asks every case 2 times")


def test_messages(folder: "Folder") -> None:
    """Messages keep order, roles and templates."""
    prompt = 'messages: [{role: system, content: s}, {role: user, content: "{{ q }}"}]'
    read = folder.generate(prompt=prompt)
    assert read.prompt is None
    assert read.messages == (
        Message(role="system", content="s"),
        Message(role="user", content="{{ q }}"),
    )


@pytest.mark.parametrize(
    ("match", "columns"),
    [("", ()), (", match: a", ("a",)), (", match: [a, b]", ("a", "b"))],
)
def test_few_shot(folder: "Folder", match: str, columns: tuple[str, ...]) -> None:
    """Examples match by no column, by one, or by several."""
    read = folder.generate(f"few_shot: {{data: dev.jsonl, count: 5{match}}}")
    assert read.few_shot == FewShot(data="dev.jsonl", count=5, match=columns)
