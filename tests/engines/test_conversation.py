"""Conversations: each turn is what a single chat with all that was said before it is."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.case import Message
from pytest_ftevals.core.request import Decode, Request
from pytest_ftevals.core.response import Response
from pytest_ftevals.engines.settings import EngineSettings
from pytest_ftevals.planning.batches import batch_of, batches

SYSTEM = "The town lies in Belgium, not in France. " * 2
OPENINGS = ("yes", "The quick brown fox", "What is the capital of France?")
TURNS = (("no", "(1, 2, 3)"), ("no", "maybe so"), ("Paris sleeps.", "A B C D"))


def talk(opening: str, turns: tuple[str, ...], sample: int = 0, **decode: Any) -> Request:
    """Make a conversation after a system message."""
    return Request(
        kind="generate",
        prompt=(Message(role="system", content=SYSTEM), Message(role="user", content=opening)),
        decode=Decode(**{"max_new_tokens": 6, **decode}),
        turns=turns,
        sample=sample,
    )


def talks(**decode: Any) -> list[Request]:
    """Make every conversation twice."""
    return [
        talk(opening, turns, sample, **decode)
        for opening in OPENINGS
        for turns in TURNS
        for sample in range(2)
    ]


def one_by_one(engine: Any, variant: str, request: Request) -> Response:
    """Hold a conversation by asking single chats, one after the other."""
    assert isinstance(request.prompt, tuple)
    said, replies = request.prompt, []
    for turn in (*request.turns, ""):
        (encoded,) = engine.encode([replace(request, prompt=said, turns=())])
        (reply,) = engine.answer(variant, batch_of([encoded]))
        replies.append(reply)
        said = (
            *said,
            Message(role="assistant", content=reply.text),
            Message(role="user", content=turn),
        )
    last: Response = replies[-1]
    return replace(last, turns=tuple(reply.text for reply in replies))


@pytest.fixture(scope="session")
def held() -> Callable[..., dict[Request, Response]]:
    """Answer conversations by the planner's batches of a budget."""

    def answers(
        engine: Any, variant: str, requests: list[Request], budget: int
    ) -> dict[Request, Response]:
        return {
            one.request: response
            for batch in batches(engine.encode(requests), budget)
            for one, response in zip(batch.requests, engine.answer(variant, batch), strict=True)
        }

    return answers


@pytest.mark.parametrize("architecture", ["llama", "mistral", "mamba"])
def test_turns_are_single_chats_one_after_the_other(
    architecture: str, make_model: Any, open_engine: Any, held: Any
) -> None:
    """Greedy, packed or in rows, in any batches, of a team's budget or less."""
    folder = make_model(architecture, bos=architecture == "llama", max_position_embeddings=512)
    requests = talks()[: 6 if architecture == "mamba" else None]
    plain = open_engine(folder)
    expected = {one: one_by_one(plain, "base", one) for one in requests}
    for budget, later in ((1, 1), (10**6, 300), (10**6, 10**6)):
        engine = open_engine(folder, EngineSettings(device="cpu", batch_tokens=later))
        found = held(engine, "base", requests, budget)
        for request, response in found.items():
            right = expected[request]
            assert response.turns == right.turns
            assert (response.text, response.finish) == (right.text, right.finish)
            assert response.text == response.turns[-1]
            assert response.prompt_tokens == right.prompt_tokens
            assert response.error is None
    assert len({one.turns for one in expected.values()}) >= len(requests) / 2


def test_a_reply_that_was_cut_is_said_all_the_same(llama: Path, open_engine: Any) -> None:
    """Up to the limit or the stop string."""
    engine = open_engine(llama)
    request = talk("yes", ("no",), max_new_tokens=3)
    (encoded,) = engine.encode([request])
    (found,) = engine.answer("base", batch_of([encoded]))
    assert (found.finish, len(found.turns)) == ("length", 2)
    assert found.new_tokens == 6
    stop = found.turns[0][1:3]
    (encoded,) = engine.encode([talk("yes", ("no",), max_new_tokens=3, stop=(stop,))])
    (cut,) = engine.answer("base", batch_of([encoded]))
    assert cut.turns[0] == found.turns[0][:1]


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("budget", [1, 400, 10**6])
def test_a_team_talks_as_its_variants_alone(
    llama: Path,
    lora: Path,
    make_adapter: Any,
    open_engine: Any,
    held: Any,
    budget: int,
    temperature: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Greedy or drawn; later turns are passes of all variants' rows as well."""
    from peft import LoraConfig

    from pytest_ftevals.engines.transformers.joint_steps import JointSteps

    config = LoraConfig(r=2, target_modules=["up_proj"], task_type="CAUSAL_LM")
    engine = open_engine(llama, one=lora, two=make_adapter(llama, config, seed=5))
    starts, start = [], JointSteps.start

    def noted(self: JointSteps) -> Any:
        starts.append(1)
        return start(self)

    monkeypatch.setattr(JointSteps, "start", noted)
    requests = talks(temperature=temperature, seed=4)
    team = ["base", "one", "two"]
    assert engine.teams(team, "generate") == [team]
    alone = {name: held(engine, name, requests, 10**6) for name in team}
    assert not starts
    count = 0
    for batch in batches(engine.encode(requests), budget):
        count += 1
        for name, responses in zip(team, engine.answer_jointly(team, batch), strict=True):
            for one, response in zip(batch.requests, responses, strict=True):
                assert response == alone[name][one.request]
    assert len(starts) >= 3 * count


def test_draws_are_a_turns_own(llama: Path, open_engine: Any, held: Any, answer: Any) -> None:
    """Of the seed, the sample, what was asked up to it; not of its batch or of what comes later."""
    engine = open_engine(llama)
    requests = talks(temperature=1.0, seed=4)
    found = held(engine, "base", requests, 10**6)
    assert held(engine, "base", requests[::-1], 1) == found
    first, second = (
        found[talk("yes", TURNS[0], sample, temperature=1.0, seed=4)] for sample in (0, 1)
    )
    assert first.turns != second.turns
    other = found[talk("yes", TURNS[1], temperature=1.0, seed=4)]
    assert other.turns[:2] == first.turns[:2]
    (single,) = answer(engine, "base", engine.encode([talk("yes", (), temperature=1.0, seed=4)]))
    assert single.text == first.turns[0]
    assert single.turns == ()


def test_a_turn_that_does_not_fit_is_named(make_model: Any, open_engine: Any) -> None:
    """Its conversation has no answer; the others go on."""
    engine = open_engine(make_model("llama", max_position_embeddings=120))
    long, short = talk("yes", ("no", "yes " * 90)), talk("yes", ("no", "yes"))
    found = engine.answer("base", batch_of(engine.encode([long, short])))
    assert (found[0].error or "").startswith("turn 3 of 3: prompt has ")
    assert "context window is 120" in (found[0].error or "")
    assert found[0].turns == ()
    assert len(found[1].turns) == 3


def test_a_turn_that_one_of_a_team_cannot_be_asked_is_its_own(
    llama: Path, lora: Path, open_engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty reply of one variant leaves room that a long one does not."""
    engine = open_engine(llama, one=lora)
    (encoded,) = engine.encode([talk("yes", ("no",))])
    base, tuned = engine.answer_jointly(["base", "one"], batch_of([encoded]))
    window = max(base[0].prompt_tokens, tuned[0].prompt_tokens) + 5
    fits = [each[0].prompt_tokens + 6 <= window for each in (base, tuned)]
    assert sorted(fits) == [False, True]
    monkeypatch.setattr(engine._opened()[1], "_window", window)
    found = engine.answer_jointly(["base", "one"], batch_of([encoded]))
    assert [each[0].error is None for each in found] == fits


def test_turns_without_a_chat_are_refused(llama: Path, open_engine: Any) -> None:
    """Plain text has no user."""
    request = Request(kind="generate", prompt="yes", decode=Decode(), turns=("no",))
    (found,) = open_engine(llama).encode([request])
    assert found.error == "turns need messages, not plain text"


@pytest.mark.parametrize("architecture", ["llama", "mamba"])
def test_a_check_looks_at_the_last_turn(
    architecture: str, make_model: Any, open_engine: Any
) -> None:
    """After the very replies that were given before it."""
    engine = open_engine(make_model(architecture, bos=False))
    encoded = engine.encode([talk(opening, TURNS[0]) for opening in OPENINGS])
    for one, response in zip(encoded, engine.answer("base", batch_of(encoded)), strict=True):
        assert engine.check("base", one, response) == 0
        ids = (350 if response.ids[0] != 350 else 351, *response.ids[1:])
        assert engine.check("base", one, replace(response, ids=ids)) > 1e-3


def test_batches_are_of_equally_many_turns(llama: Path, open_engine: Any) -> None:
    """A plain chat waits for nobody's later turns."""
    engine = open_engine(llama)
    requests = [talk("yes", TURNS[0][:number]) for number in range(3)]
    found = [*batches(engine.encode(requests), 10**6)]
    assert [len(batch.requests) for batch in found] == [1, 1, 1]
