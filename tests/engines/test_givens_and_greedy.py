"""What stands between prompt and continuation unscored, and whether greedy decoding gives it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.case import Message
from pytest_ftevals.core.request import Request
from pytest_ftevals.engines.settings import EngineSettings
from pytest_ftevals.planning.batches import batches

PROMPT = "The quick brown fox jumps over"
GIVENS = (" Paris", " the lazy dog", "")
ENDING = " while the capital sleeps."


def given(prompt: str, givens: tuple[str, ...], *endings: str) -> Request:
    """Make a request whose continuations come after what is given."""
    return Request(kind="loglikelihood", prompt=prompt, continuations=endings, givens=givens)


def test_what_is_given_is_read_and_not_scored(
    llama: Path, open_engine: Any, rate: Callable[..., Request], answer: Any
) -> None:
    """As if it were the end of the prompt."""
    engine = open_engine(llama)
    together = given(PROMPT, GIVENS, ENDING, ENDING, ENDING)
    apart = [rate(PROMPT + one, ENDING) for one in GIVENS]
    encoded = engine.encode([together, *apart])
    first, *others = encoded
    assert first.sequences == tuple(one.sequences[0] for one in others)
    assert first.scored == tuple(one.scored[0] for one in others)
    one, *rest = answer(engine, "base", encoded)
    assert [choice.text for choice in one.choices] == [ENDING] * 3
    for choice, alone in zip(one.choices, rest, strict=True):
        assert choice.logprob == pytest.approx(alone.choices[0].logprob, abs=1e-5)
    assert len({choice.logprob for choice in one.choices}) == 3


def test_a_space_at_the_end_of_what_is_given_is_scored(
    llama: Path, open_engine: Any, rate: Callable[..., Request]
) -> None:
    """It goes to the continuation, as at the end of a prompt."""
    engine = open_engine(llama)
    one, other = engine.encode(
        [given("yes", (" no ",), "A"), rate("yes no", " A")],
    )
    assert (one.sequences, one.scored) == (other.sequences, other.scored)


def test_what_is_given_follows_a_chat(llama: Path, open_engine: Any) -> None:
    """After where the assistant speaks."""
    engine = open_engine(llama)
    chat = (Message(role="user", content="yes"),)
    (one,) = engine.encode(
        [Request(kind="loglikelihood", prompt=chat, continuations=(" A",), givens=(" no",))]
    )
    tokenizer = engine._opened()[0].tokenizer
    assert tokenizer.decode(one.sequences[0]).endswith("<|assistant|> no A")


@pytest.mark.parametrize("prefix_memory", [0, None])
@pytest.mark.parametrize("architecture", ["llama", "gemma2", "mamba"])
def test_batches_do_not_change_what_is_given(
    architecture: str, prefix_memory: int | None, make_model: Any, open_engine: Any
) -> None:
    """Whatever is shared with whom."""
    settings = EngineSettings(device="cpu", prefix_memory=prefix_memory)
    engine = open_engine(make_model(architecture, bos=False), settings)
    long = "Question: What is the capital of France?\nAnswer: Paris\n\n" * 3
    requests = [given(long + PROMPT * n, GIVENS, ENDING, " A", ENDING) for n in range(1, 5)]
    requests.append(given(long, ("", PROMPT), PROMPT, ENDING))
    encoded = engine.encode(requests)
    found = []
    for budget in (1, 150, 10**6):
        answers = {
            one.request: response
            for batch in batches(encoded, budget)
            for one, response in zip(batch.requests, engine.answer("base", batch), strict=True)
        }
        found.append([answers[one].choices for one in requests])
    for several in zip(*found, strict=True):
        for choices in zip(*several, strict=True):
            logprobs = [choice.logprob for choice in choices]
            assert logprobs == pytest.approx([logprobs[0]] * len(logprobs), abs=1e-5)


@pytest.mark.parametrize("packed", [True, False])
def test_greedy_tells_what_decoding_gives(
    llama: Path, open_engine: Any, ask: Any, answer: Any, *, packed: bool
) -> None:
    """The very reply and its starts are; another last or first token is not."""
    engine = open_engine(llama)
    if not packed:
        engine.avoid_shortcuts("base")
    tokenizer = engine._opened()[0].tokenizer
    rated = []
    for prompt in (PROMPT, "yes", "Question: What is the capital of France?\nAnswer:"):
        (encoded,) = engine.encode([ask(prompt, max_new_tokens=8)])
        (reply,) = answer(engine, "base", [encoded])
        ids = reply.ids
        other = 300 if ids[-1] != 300 else 301
        first = 300 if ids[0] != 300 else 301
        endings = (ids, ids[:3], ids[:1], (*ids[:-1], other), (first, *ids[1:]))
        texts = tuple(tokenizer.decode(each) for each in endings)
        asked = Request(kind="loglikelihood", prompt=prompt, continuations=texts, greedy=True)
        (one,) = engine.encode([replace(asked, greedy=False)])
        start = len(one.sequences[0]) - one.scored[0]
        # As token ids: the text of a random model's tokens is cut into others.
        rows = tuple(one.sequences[0][:start] + each for each in endings)
        lengths = tuple(map(len, endings))
        rated += [
            replace(one, request=asked, sequences=rows, scored=lengths),
            replace(one, sequences=rows, scored=lengths),
        ]
    for number, response in enumerate(answer(engine, "base", rated)):
        told = [choice.greedy for choice in response.choices]
        assert told == ([True, True, True, False, False] if number % 2 == 0 else [None] * 5)
