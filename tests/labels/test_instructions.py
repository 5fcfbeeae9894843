"""Ignored instructions: which a prompt gives, and which a reply breaks."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.case import Case, Message
from pytest_ftevals.core.form import Form
from pytest_ftevals.core.response import Finish, Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.labels.counting import sentences, words
from pytest_ftevals.labels.failure import Failure
from pytest_ftevals.labels.instruction_rules import FILE, instruction_rules
from pytest_ftevals.labels.instructions import broken, instructions_in, messages

DATA: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
NUMBERED = list(enumerate(DATA["instructions"]))
EXAMPLES = [(index, one) for index, rule in NUMBERED for one in rule["examples"]]
OTHERS = [(index, prompt) for index, rule in NUMBERED for prompt in rule["counterexamples"]]


def breaks(prompt: str, reply: str, finish: Finish = "stop", expected: str = "happy") -> list[str]:
    """Return the instructions of a prompt that a reply breaks."""
    case = Case(id="1", task="t", prompt=prompt, expected=expected)
    task = Task(
        name="t", kind="generate", path=Path("t.task.yaml"), cases=(case,), metrics=("contains",)
    )
    response = Response(text=reply, finish=finish)
    return broken(Failure(task=task, case=case, response=response, form=Form()))


@pytest.mark.parametrize(("index", "example"), EXAMPLES, ids=lambda one: str(one)[:40])
def test_examples(index: int, example: Any) -> None:
    """Every kind finds its instruction in its prompts, and tells what keeps it from what not."""
    rule = instruction_rules().instructions[index]
    assert rule in [given.rule for given in instructions_in(example["prompt"])]
    assert breaks(example["prompt"], example["kept"]) == []
    assert breaks(example["prompt"], example["broken"])


@pytest.mark.parametrize(("index", "prompt"), OTHERS, ids=lambda one: str(one)[:40])
def test_counterexamples(index: int, prompt: str) -> None:
    """No kind finds one in prompts that only speak of such things."""
    rule = instruction_rules().instructions[index]
    assert rule not in [given.rule for given in instructions_in(prompt)]


@pytest.mark.parametrize(
    ("prompt", "reply", "kept"),
    [
        ("Answer in fewer than three words.", "one two three", False),
        ("Answer in more than three words.", "one two three", False),
        ("Answer in at least three words.", "one two three", True),
        ("Answer in exactly twenty words.", "one two three", False),
        ("Answer in 200 words.", "one two three", True),
        ("Use at most 10 characters.", "  1234567890\n", True),
        ("Write two paragraphs. Use exactly two paragraphs.", "a\nb\n\nc", True),
        ("List them. Give exactly 2 bullets.", "1. a\n2. b", True),
        ("Use at least 10 words and at most 5 words.", "one", True),
        ("Do not use the words 'red' and 'blue'.", "Red!", False),
        ("Do not use the word red.", "A redder hue.", True),
        ('Start with "It\'s".', "It\u2019s here.", True),
        ("End with '[your name]'.", "Ada", True),
        ("End with 'Yours, [name]'.", "Bye. Yours, Ada.", True),
        ("End with 'Yours, [name]'.", "Bye, Ada.", False),
        ("Summarise this in one sentence.", "Dr. Weber, e.g. J. Smith, came at 3.5 pm.", True),
        ("Answer yes or no.", "**Yes**, it is.", True),
    ],
)
def test_single_instructions(prompt: str, reply: str, *, kept: bool) -> None:
    """Relations, units and texts; wishes that contradict each other bind nobody."""
    assert (not breaks(prompt, reply)) == kept


def test_a_reply_that_was_cut_off_has_not_yet_broken_all() -> None:
    """What is too long stays so; what is missing might have followed."""
    assert breaks("Answer in at most two words.", "one two three", "length")
    assert breaks("Answer in exactly two words.", "one two three", "length")
    assert not breaks("Answer in exactly four words.", "one two three", "length")
    assert not breaks("End with 'Amen'.", "one two three", "length")
    assert breaks("Do not use commas.", "one, two", "length")


def test_only_what_is_said_to_the_model_counts() -> None:
    """System messages and the last of the user's; not examples before, nor the middle of a text."""
    chat = (
        Message(role="system", content="Answer in one word."),
        Message(role="user", content="Answer in two words."),
        Message(role="assistant", content="Answer in three words."),
        Message(role="user", content="Answer in four words."),
    )
    case = Case(id="1", task="t", prompt=chat, expected="x")
    assert list(messages(case)) == ["Answer in one word.", "Answer in four words."]
    talk = Case(id="1", task="t", prompt=chat[:2], expected="x", turns=("Why?", "In one line."))
    assert list(messages(talk)) == ["Answer in one word.", "In one line."]
    document = "It rains. " * 500
    assert instructions_in(f"{document}Answer in one word.")
    assert not instructions_in(f"{document}Answer in one word. {document}")


def test_the_label_alone_is_told_by_what_is_expected() -> None:
    """A few words more may belong to it."""
    prompt = "Answer with the label only."
    assert not breaks(prompt, "very happy", expected="happy")
    assert breaks(prompt, "I think that it is happy, as the text says so.", expected="happy")
    assert not breaks(prompt, "I think that it is happy, as the text says so.", expected="w " * 9)


def test_counting() -> None:
    """Sentences end where one reads them to end, and words have letters or digits."""
    assert words("a - b \u2013 c") == 3
    assert list(sentences("Dr. Weber came. He left!")) == [2]
    assert list(sentences("It costs 3.5 euros. ")) == [1]
    assert list(sentences("Sure:\n\nIt rains.")) == [2]
    assert list(sentences("...")) == list(sentences("")) == [0]
    assert list(sentences("1. Rain.\n2. Snow.")) == [2]
    assert list(sentences("It is in the U.S. He is 5 ft. tall.")) == [1, 2]


REVIEWED: Any = json.loads((Path(__file__).parent / "reviewed.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("one", REVIEWED["instructions"], ids=lambda one: str(one["prompt"])[:50])
def test_a_second_persons_instructions(one: Any) -> None:
    """Written against the rules: quotations, subjects' requirements, parts, kept in odd forms."""
    assert bool(breaks(one["prompt"], one["reply"])) is one["broken"]


@pytest.mark.parametrize(
    ("prompt", "reply", "kept"),
    [
        ('Email: "Hi,\nanswer in one word.\nBye"\nWhat is wanted?', "A short reply.", True),
        ("Summarize this: Answer in one word. It was short.", "It was a rule.", True),
        ("Text: Ann has a dog. What has she? Answer in one word.", "A dog.", False),
        ("Explain what 'answer in one word' means.", "It means a short reply.", True),
        ("Explain why the sky is blue in one sentence.", "Air. It scatters.", False),
        ("Write a poem that has exactly two lines.", "a\nb\nc", False),
        ("Give advice to someone who must write exactly two sentences.", "Do. It. Now.", True),
        ("List the errors and fix them. Answer in one sentence.", "One. Two.", False),
        ("List the errors and fix them in one sentence.", "One. Two.", True),
    ],
)
def test_texts_that_speak_of_instructions(prompt: str, reply: str, *, kept: bool) -> None:
    """Pasted or quoted ones, those of a subject, and those for one of several things."""
    assert (not breaks(prompt, reply)) == kept


FORMS = (
    "Answer in one sentence. Answer in JSON. Write a numbered list. Use bullet points. "
    "Give only the number. Answer yes or no. Write it in quotes. Do not use commas. "
)


@pytest.mark.parametrize(
    "text",
    ["in one ", "with the words ", ".", "{A", "1.\n", "'a", '"', "\n", " 1., ", "- ", "[x] N "],
)
def test_hostile_texts_take_no_time(text: str) -> None:
    """A prompt's data or a reply may repeat anything."""
    began = time.process_time()
    many = text * (40_000 // len(text))
    breaks(f"{many}\n{FORMS} End with '{text * 9}'. Start with \"{text * 9} N ...\".", many)
    breaks(f"{FORMS} End with 'a [x] b ... c N'.", f"{many}!")
    assert time.process_time() - began < 2
