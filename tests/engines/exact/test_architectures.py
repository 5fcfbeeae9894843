"""Architectures: packed where that is right, else in rows, and exact in both."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ftevals.core.request import Request
from pytest_ftevals.engines.settings import EngineSettings

if TYPE_CHECKING:
    from tests.engines.exact.conftest import Naive

BUDGETS = (1, 100, 10**6)
PACKED: dict[str, dict[str, Any]] = {
    "llama": {},
    "qwen2": {},
    "gpt2": {},
    "gemma2": {"attn_logit_softcapping": 2.0, "sliding_window": 8},
    "mistral": {"sliding_window": 8},
    "phimoe": {"sliding_window": None},
}
ROPE = {"rope_theta": 10_000.0, "original_max_position_embeddings": 32}
UNUSUAL: dict[str, tuple[str, dict[str, Any]]] = {
    "mamba": ("mamba", {}),
    "falcon_h1": ("falcon_h1", {}),
    "window_in_the_mask": ("phimoe", {"sliding_window": 40}),
    "chunked": ("llama4", {"attention_chunk_size": 8}),
    "dynamic": ("llama", {"rope_parameters": {**ROPE, "rope_type": "dynamic", "factor": 2.0}}),
    "longrope": (
        "llama",
        {
            "rope_parameters": {
                **ROPE,
                "rope_type": "longrope",
                "short_factor": [1.0] * 4,
                "long_factor": [4.0] * 4,
            }
        },
    ),
}


@pytest.mark.parametrize("prefix_memory", [0, 20_000, None])
@pytest.mark.parametrize("architecture", PACKED)
def test_every_batching_is_the_naive_way(
    architecture: str,
    prefix_memory: int | None,
    model_of: Callable[..., Path],
    open_engine: Any,
    requests: list[Request],
    batched: Any,
    is_packed: Any,
    naive: "Naive",
) -> None:
    """Rotary and learned positions, windows shorter than the rows, squeezed scores."""
    folder = model_of(architecture, **PACKED[architecture])
    engine = open_engine(folder, EngineSettings(device="cpu", prefix_memory=prefix_memory))
    encoded = engine.encode(requests)
    assert max(one.width for one in encoded) > 60
    for budget in BUDGETS:
        naive.compare(batched(engine, "base", encoded, budget), encoded, folder)
    assert is_packed(engine, "base")


@pytest.mark.parametrize("name", UNUSUAL)
def test_what_cannot_be_packed_is_the_naive_way(
    name: str,
    model_of: Callable[..., Path],
    open_engine: Any,
    requests: list[Request],
    batched: Any,
    is_packed: Any,
    naive: "Naive",
) -> None:
    """States that pass from token to token, chunks, and angles that follow a row's length."""
    architecture, changes = UNUSUAL[name]
    folder = model_of(architecture, **changes)
    engine = open_engine(folder)
    encoded = engine.encode(requests)
    naive.compare(batched(engine, "base", encoded, 1), encoded, folder)
    assert not is_packed(engine, "base")


@pytest.mark.parametrize("architecture", ["llama", "gemma2"])
def test_below_float32_packing_adds_no_more_than_rounding(
    architecture: str,
    model_of: Callable[..., Path],
    open_engine: Any,
    requests: list[Request],
    batched: Any,
    is_packed: Any,
    naive: "Naive",
) -> None:
    """Against float32, packed bfloat16 is as near as what transformers gives row by row."""
    folder = model_of(architecture, **PACKED[architecture])
    engine = open_engine(folder, EngineSettings(device="cpu", dtype="bfloat16"))
    encoded = [one for one in engine.encode(requests) if one.request.kind == "loglikelihood"]
    exact, rounded = (naive.model(folder, None, dtype) for dtype in ("float32", "bfloat16"))
    found = batched(engine, "base", encoded, 10**6)
    assert is_packed(engine, "base")
    packed_off, plain_off = [], []
    for one in encoded:
        for choice, sequence, scored in zip(
            found[one.request].choices, one.sequences, one.scored, strict=True
        ):
            truth = naive.logprob(exact, sequence, scored)
            packed_off.append(abs(choice.logprob - truth) / scored)
            plain_off.append(abs(naive.logprob(rounded, sequence, scored) - truth) / scored)
    # Both are draws of the same rounding: their sums hardly differ, single ones may.
    assert sum(packed_off) <= 2 * sum(plain_off)
    assert max(packed_off) <= 4 * max(plain_off)
