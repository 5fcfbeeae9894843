"""The check of one answer against the plain way: nothing to see where it is right."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.errors import OutOfMemoryError
from pytest_ftevals.core.request import Request
from pytest_ftevals.planning.batches import batch_of

PROMPTS = ("The quick brown fox", "Question: What is the capital of France?\nAnswer:", "yes")


@pytest.fixture(params=["llama", "gemma2", "mamba", "lora", "prompt_tuning"])
def asked(
    request: pytest.FixtureRequest,
    make_model: Any,
    make_adapter: Any,
    open_engine: Any,
    llama: Path,
    lora: Path,
) -> tuple[Any, str]:
    """An engine and a variant of it: packed or not."""
    if request.param == "lora":
        return open_engine(llama, tuned=lora), "tuned"
    if request.param == "prompt_tuning":
        from peft import PromptTuningConfig

        config = PromptTuningConfig(num_virtual_tokens=5, task_type="CAUSAL_LM")
        return open_engine(llama, tuned=make_adapter(llama, config)), "tuned"
    return open_engine(make_model(request.param, bos=False)), "base"


def test_right_answers_are_not_off(
    asked: tuple[Any, str], ask: Callable[..., Request], rate: Callable[..., Request]
) -> None:
    """Of both kinds; and a changed log-probability is, by as much as it was changed."""
    engine, variant = asked
    rated = engine.encode([rate(prompt, " A", " the capital sleeps") for prompt in PROMPTS])
    for one, response in zip(rated, engine.answer(variant, batch_of(rated)), strict=True):
        assert engine.check(variant, one, response) < 1e-5
        first, second = response.choices
        changed = replace(second, logprob=second.logprob - 1e-3)
        off = engine.check(variant, one, replace(response, choices=(first, changed)))
        assert off == pytest.approx(1e-3, abs=1e-5)
    replies = engine.encode([ask(prompt) for prompt in PROMPTS])
    for one, response in zip(replies, engine.answer(variant, batch_of(replies)), strict=True):
        assert engine.check(variant, one, response) == 0


@pytest.fixture
def replied(llama: Path, open_engine: Any, ask: Any, answer: Any) -> tuple[Any, list[Any]]:
    """Requests with their replies, and the engine that gave them."""
    engine = open_engine(llama)
    encoded = engine.encode([ask(f"{prompt} {n}") for prompt in PROMPTS for n in range(4)])
    return engine, list(zip(encoded, answer(engine, "base", encoded), strict=True))


@pytest.mark.parametrize("place", [0, 3, -1])
def test_a_reply_that_parts_is_noticed(replied: tuple[Any, list[Any]], place: int) -> None:
    """At any of its tokens, by what the model prefers its own token by, in nats."""
    engine, pairs = replied
    for one, response in pairs:
        ids = list(response.ids)
        ids[place] = 350 if ids[place] != 350 else 351
        assert engine.check("base", one, replace(response, ids=tuple(ids))) > 1e-3


@pytest.mark.parametrize("stop", [(), ("e",), ("the ",), ("\n\n", "e q")])
def test_stops_and_limits_leave_a_reply_right(
    replied: tuple[Any, list[Any]], ask: Any, answer: Any, stop: tuple[str, ...]
) -> None:
    """Whatever ended it: also a stop string of several tokens."""
    engine, pairs = replied
    requests = [ask(one.request.prompt, stop=stop, max_new_tokens=7) for one, _ in pairs]
    encoded = engine.encode(requests)
    for one, response in zip(encoded, answer(engine, "base", encoded), strict=True):
        assert engine.check("base", one, response) == 0


def test_a_check_uses_no_shortcut(
    llama: Path, open_engine: Any, rate: Any, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise it would find the same fault right."""
    from pytest_ftevals.engines.transformers.network import Network

    engine = open_engine(llama)
    (one,) = engine.encode([rate("yes", " A", " B")])
    (response,) = answer(engine, "base", [one])

    def none(*_arguments: object, **_options: object) -> None:
        msg = "a packed pass"
        raise AssertionError(msg)

    monkeypatch.setattr(Network, "packed", none)
    assert engine.check("base", one, response) < 1e-5


@pytest.mark.parametrize("kind", ["loglikelihood", "generate"])
@pytest.mark.parametrize("packed", [True, False])
def test_want_of_memory_is_told_from_other_errors(
    llama: Path,
    open_engine: Any,
    ask: Any,
    rate: Any,
    answer: Any,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    *,
    packed: bool,
) -> None:
    """In both ways to answer and in the check; anything else is a crash."""
    import torch

    from pytest_ftevals.engines.transformers.network import Network

    engine = open_engine(llama)
    request = ask("yes") if kind == "generate" else rate("yes", " A")
    encoded = engine.encode([request])
    (response,) = answer(engine, "base", encoded)
    if not packed:
        engine.avoid_shortcuts("base")
    trouble: Exception = torch.OutOfMemoryError()

    def full(*_arguments: object, **_options: object) -> None:
        raise trouble

    for name in ("packed", "logits"):
        monkeypatch.setattr(Network, name, full)
    monkeypatch.setattr("pytest_ftevals.engines.transformers.decoding._CachedSteps.start", full)
    for raised in (
        trouble,
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
        RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"),
    ):
        trouble = raised
        with pytest.raises(OutOfMemoryError, match="does not fit into the memory of cpu"):
            answer(engine, "base", encoded)
        with pytest.raises(OutOfMemoryError):
            engine.check("base", encoded[0], response)
    trouble = RuntimeError("device-side assert")
    with pytest.raises(RuntimeError, match="device-side assert"):
        answer(engine, "base", encoded)
