"""Few-shot examples: the block before a question, in plain prompts and in chats."""

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.canonical import JSON

if TYPE_CHECKING:
    from tests.tasks.conftest import Folder

SHOTS = "few_shot: {data: dev.jsonl, count: 2, match: topic}"
PROMPT = 'prompt: "Q: {{ question }}\\nA:"'
CHAT = """messages:
- {role: system, content: "You know {{ topic }}."}
- {role: user, content: "{{ question }}"}"""


def row(question: str, topic: str, answer: JSON) -> JSON:
    """One row of a small data set."""
    return {"question": question, "topic": topic, "answer": answer, "choices": ["x", "y"]}


DEV = [
    row("d1", "law", "x"),
    row("d2", "art", "y"),
    row("d3", "law", "y"),
    row("d4", "art", "x"),
    row("d5", "law", "x"),
]


def test_plain_prompt(folder: "Folder") -> None:
    """Preamble, the first matching examples with their answers, blank lines, the question."""
    folder.rows(*DEV, name="dev.jsonl")
    folder.rows(row("t1", "law", "x"))
    read = folder.choice(SHOTS, 'preamble: "On {{ topic }}.\\n\\n"', prompt=PROMPT)
    [case] = folder.load(read).cases
    assert case.prompt == "On law.\n\nQ: d1\nA: A\n\nQ: d3\nA: B\n\nQ: t1\nA:"


def test_option_texts(folder: "Folder") -> None:
    """Where texts are scored the examples answer with texts."""
    folder.rows(*DEV, name="dev.jsonl")
    folder.rows(row("t1", "art", "x"))
    [case] = folder.load(folder.choice(SHOTS, "score: texts", prompt=PROMPT)).cases
    assert case.prompt == "Q: d2\nA: y\n\nQ: d4\nA: x\n\nQ: t1\nA:"


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        ('"{{ answer }}"', "x"),
        ('{t: "{{ topic }}", a: "{{ answer }}"}', '{"a":"x","t":"law"}'),
    ],
)
def test_generate(folder: "Folder", expected: str, answer: str) -> None:
    """Generate tasks show the expected text, or canonical JSON for an object."""
    folder.rows(*DEV, name="dev.jsonl")
    folder.rows(row("t1", "law", "x"))
    shots = "few_shot: {data: dev.jsonl, count: 1}"
    read = folder.generate(shots, prompt=PROMPT, expected=f"expected: {expected}")
    [case] = folder.load(read).cases
    assert case.prompt == f"Q: d1\nA: {answer}\n\nQ: t1\nA:"


def test_chat(folder: "Folder") -> None:
    """In a chat the examples are turns behind the system message."""
    folder.rows(*DEV, name="dev.jsonl")
    folder.rows(row("t1", "law", "x"))
    [case] = folder.load(folder.choice(SHOTS, prompt=CHAT)).cases
    assert not isinstance(case.prompt, str)
    assert [(message.role, message.content) for message in case.prompt] == [
        ("system", "You know law."),
        ("user", "d1"),
        ("assistant", "A"),
        ("user", "d3"),
        ("assistant", "B"),
        ("user", "t1"),
    ]


def test_chat_without_examples(folder: "Folder") -> None:
    """A chat without few-shot settings is its messages."""
    folder.rows(row("t1", "law", "x"))
    [case] = folder.load(folder.generate(prompt=CHAT)).cases
    assert not isinstance(case.prompt, str)
    assert [message.content for message in case.prompt] == ["You know law.", "t1"]


def test_preamble_without_examples(folder: "Folder") -> None:
    """Without examples the preamble stands right before the question."""
    folder.rows(row("t1", "law", "x"), row("t2", "art", "x"))
    cases = folder.load(folder.generate('preamble: "On {{ topic }}: "')).cases
    assert [case.prompt for case in cases] == ["On law: t1", "On art: t2"]


@given(topics=st.lists(st.sampled_from(["law", "art"]), min_size=1, max_size=12))
def test_the_block_is_the_same_for_all_cases_it_matches(
    shared: "Folder", topics: list[str]
) -> None:
    """What stands before the question depends on the matching columns alone."""
    shared.rows(*DEV, name="dev.jsonl")
    shared.rows(*(row(f"t{i}", topic, "x") for i, topic in enumerate(topics)))
    cases = shared.load(shared.choice(SHOTS, prompt=PROMPT)).cases
    blocks: dict[str, set[str]] = {}
    for i, (case, topic) in enumerate(zip(cases, topics, strict=True)):
        question = f"Q: t{i}\nA:"
        assert isinstance(case.prompt, str)
        assert case.prompt.endswith(question)
        blocks.setdefault(topic, set()).add(case.prompt.removesuffix(question))
    assert all(len(block) == 1 for block in blocks.values())


def test_numbers_match_their_text(folder: "Folder") -> None:
    """A CSV of examples, all texts, serves JSONL rows with numbers."""
    folder.write("dev.csv", "question,level,answer\nd1,1,a\nd2,2,b\n")
    folder.rows({"question": "t", "level": 2, "answer": "b"})
    shots = "few_shot: {data: dev.csv, count: 1, match: level}"
    assert folder.load(folder.generate(shots)).cases[0].prompt == "d2 b\n\nt"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row("t1", "law", "x"), row("t2", "tax", "x")], "with topic 'tax', and dev.jsonl has 0"),
        ([row("d1", "law", "x")], "dev.jsonl:1: this few-shot example asks the same as the case "),
        ([row(" d1 ", "law", "x")], "dev.jsonl:1: this few-shot example asks the same as the cas"),
        ([row("t", "law", "x"), row("d3", "law", "x")], "asks the same as the case rows.jsonl:2"),
    ],
)
@pytest.mark.parametrize("prompt", [PROMPT, CHAT], ids=["plain", "chat"])
def test_mistakes(folder: "Folder", prompt: str, rows: list[JSON], message: str) -> None:
    """Too few examples, absent columns and examples that are cases are refused."""
    folder.rows(*DEV, name="dev.jsonl")
    folder.rows(*rows)
    assert message in folder.load_error(folder.generate(SHOTS, prompt=prompt))


def test_absent_match_column(folder: "Folder") -> None:
    """A row or an example without the column that decides on examples is named."""
    folder.rows(*DEV, name="dev.jsonl")
    folder.rows({"question": "t", "answer": "x"})
    message = "1: `few_shot.match` names the column 'topic', which this row lacks"
    assert folder.load_error(folder.generate(SHOTS)).startswith(f"rows.jsonl:{message}")
    folder.rows({"question": "t", "answer": "x"}, name="dev.jsonl")
    assert folder.load_error(folder.generate(SHOTS)).startswith(f"dev.jsonl:{message}")


def test_too_few_examples_name_key_and_case(folder: "Folder") -> None:
    """The count's line, and the first case in need, are named."""
    folder.rows(row("d", "law", "x"), name="dev.jsonl")
    folder.rows(row("t", "law", "x"))
    error = folder.load_error(folder.generate(SHOTS))
    assert error.startswith("demo.task.yaml:7: `few_shot` needs 2 examples with topic 'law', and ")
    assert "The first case that needs them is rows.jsonl:1." in error
    unmatched = folder.generate("few_shot: {data: dev.jsonl, count: 2}")
    assert "`few_shot` needs 2 examples, and dev.jsonl has 1" in folder.load_error(unmatched)


def test_unused_examples_may_be_cases(folder: "Folder") -> None:
    """Only the examples that are shown can give an answer away."""
    folder.rows(*DEV, name="dev.jsonl")
    folder.rows(row("d5", "law", "x"))
    assert len(folder.load(folder.generate(SHOTS)).cases) == 1


def test_an_example_without_answer(folder: "Folder") -> None:
    """A broken example is named in its own file."""
    folder.rows(row("d1", "law", "z"), row("d2", "law", "x"), name="dev.jsonl")
    folder.rows(row("t", "law", "x"))
    assert folder.load_error(folder.choice(SHOTS)).startswith("dev.jsonl:1: `answer` is 'z', ")


def test_missing_file(folder: "Folder") -> None:
    """A missing file of examples is named at its key."""
    folder.rows(row("t", "law", "x"))
    error = folder.load_error(folder.generate(SHOTS))
    assert error.startswith("demo.task.yaml:7: cannot read the data file dev.jsonl")


def test_overlap(folder: "Folder") -> None:
    """A case among its examples is refused unless the task file allows it."""
    folder.rows(*DEV, name="dev.jsonl")
    folder.rows(DEV[0])
    for shots in (SHOTS, SHOTS.replace("}", ", overlap: refuse}")):
        error = folder.load_error(folder.generate(shots))
        assert "this few-shot example asks the same as the case" in error
        assert "write `overlap: allow`" in error
    (case,) = folder.load(folder.generate(SHOTS.replace("}", ", overlap: allow}"))).cases
    assert isinstance(case.prompt, str)
    assert case.prompt.count(case.prompt.rpartition("\n\n")[2]) > 1


def test_overlap_is_a_word(folder: "Folder") -> None:
    """Other words are refused with the valid ones."""
    text = "\n".join(
        ["name: demo", "kind: generate", "data: rows.jsonl", "prompt: x", "expected: x",
         "metrics: [accuracy]", SHOTS.replace("}", ", overlap: yes}")]
    )  # fmt: skip
    error = folder.read_error(text)
    assert error.startswith("demo.task.yaml:7: `few_shot.overlap` cannot be 'yes'")
    assert "It is one of: refuse, allow." in error
