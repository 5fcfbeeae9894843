"""Choice tasks with an ending: options become part of what is given, and the ending is scored."""

from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.canonical import JSON

if TYPE_CHECKING:
    from tests.tasks.conftest import Folder

ENDING = ('ending: "{{ rest }}"', "score: texts")
ROW: dict[str, JSON] = {
    "question": "The cup missed the box, for", "choices": ["the cup", "the box"],
    "rest": "was too small.", "answer": 1,
}  # fmt: skip


def test_plain_prompt(folder: "Folder") -> None:
    """Options stand behind the prompt after a space, and the same ending is scored after each."""
    folder.rows(ROW)
    [case] = folder.load(folder.choice(*ENDING)).cases
    assert case.prompt == ROW["question"]
    assert case.givens == (" the cup", " the box")
    assert case.continuations == (" was too small.", " was too small.")
    assert (case.options, case.expected) == (("the cup", "the box"), 1)


def test_without_a_prompt_the_options_begin_the_text(folder: "Folder") -> None:
    """Where what stands before an option is part of the option, no space is added."""
    folder.rows(ROW)
    read = folder.choice(*ENDING, prompt='options: ["{{ question }} it", "({{ question }})"]')
    [case] = folder.load(read).cases
    assert case.prompt == ""
    assert case.givens == (f"{ROW['question']} it", f"({ROW['question']})")


def test_chat(folder: "Folder") -> None:
    """In a chat option and ending are the reply, which begins without a space."""
    folder.rows(ROW)
    messages = 'messages: [{role: user, content: "{{ question }}"}]'
    [case] = folder.load(folder.choice(*ENDING, prompt=messages)).cases
    assert case.givens == ("the cup", "the box")
    assert case.continuations == (" was too small.", " was too small.")


@pytest.mark.parametrize(
    ("prompt", "block"),
    [
        (
            'prompt: "{{ question }}"',
            "Bees sting, for bees fear you.\n\nThe cup missed the box, for",
        ),
        ("about: x", "bees fear you.\n\n"),
    ],
)
def test_an_example_is_a_whole_sentence(folder: "Folder", prompt: str, block: str) -> None:
    """The right option and the ending stand behind an example's prompt."""
    folder.rows(ROW)
    example: JSON = {
        "question": "Bees sting, for", "choices": ["bees", "wasps"], "rest": "fear you.",
        "answer": 0,
    }  # fmt: skip
    folder.rows(example, name="dev.jsonl")
    shots = "few_shot: {data: dev.jsonl, count: 1}"
    [case] = folder.load(folder.choice(*ENDING, shots, prompt=prompt)).cases
    assert case.prompt == block


def test_an_empty_ending(folder: "Folder") -> None:
    """A row whose ending is empty leaves nothing to score."""
    folder.rows(ROW, {**ROW, "rest": " "})
    assert folder.load_error(folder.choice(*ENDING)) == (
        "rows.jsonl:2: `ending` makes an empty text of this row: there is nothing to score"
    )


@pytest.mark.parametrize("more", [(), ("score: letters",)])
def test_letters_have_no_ending(folder: "Folder", more: tuple[str, ...]) -> None:
    """A letter before an ending would be no sentence."""
    text = 'name: x\nkind: choice\ndata: d\nmetrics: [m]\nprompt: x\nanswer: "0"\nending: x\n'
    error = folder.read_error("\n".join([text, *more]))
    assert error.startswith("demo.task.yaml:7: `ending` goes with `score: texts` only\n  Add `sc")


def test_without_ending_a_prompt_is_needed(folder: "Folder") -> None:
    """Options alone ask nothing."""
    text = 'name: x\nkind: choice\ndata: d\nmetrics: [m]\nanswer: "0"\nscore: texts\n'
    assert ":2: a choice task needs `prompt`" in folder.read_error(text)
