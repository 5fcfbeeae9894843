"""Replies do not hang on their batch: greedy or sampled, ending at different steps."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.request import Decode, Request

ARCHITECTURES: dict[str, dict[str, Any]] = {
    "llama": {},
    "qwen2": {},
    "gpt2": {},
    "gemma2": {"attn_logit_softcapping": 2.0, "sliding_window": 8},
    "mistral": {"sliding_window": 8},
}


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_reply_does_not_hang_on_its_batch(
    architecture: str,
    temperature: float,
    model_of: Callable[..., Path],
    open_engine: Any,
    prompts: tuple[str, ...],
    batched: Any,
) -> None:
    """Samples of one prompt among them, in any order of requests, packed or in rows."""
    engine = open_engine(model_of(architecture, **ARCHITECTURES[architecture]))
    decode = Decode(max_new_tokens=14, temperature=temperature, seed=3, stop=("e", "1", "t"))
    encoded = engine.encode(
        [
            Request(kind="generate", prompt=prompt, decode=decode, sample=sample)
            for prompt in prompts
            for sample in range(3)
        ]
    )
    found = [batched(engine, "base", encoded, budget) for budget in (1, 60, 100, 10**6)]
    found.append(batched(engine, "base", encoded[::-1], 150))
    engine.avoid_shortcuts("base")
    found.append(batched(engine, "base", encoded, 10**6))
    assert all(one == found[0] for one in found)
    assert len({response.new_tokens for response in found[0].values()}) > 1
    texts = {one.request.prompt: set[str]() for one in encoded}
    for request, response in found[0].items():
        texts[request.prompt].add(response.text)
    assert any(len(several) > 1 for several in texts.values()) == bool(temperature)
    if temperature:
        assert {response.finish for response in found[0].values()} == {"stop", "length"}
