"""The last feed-forward network: only where logits are read, and nothing else changes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.encoded import Segment

IDS = tuple(range(3, 15))
KEPT = [4, 11]


@pytest.mark.parametrize("architecture", ["llama", "gpt2", "gemma2"])
def test_only_what_is_read_is_computed(
    architecture: str, model_of: Callable[..., Path], open_engine: Any
) -> None:
    """The logits are those of whole layers; only the last network sees fewer tokens."""
    import torch

    from pytest_ftevals.engines.transformers.packed import PackedPass, cascade_attention

    network = open_engine(model_of(architecture))._opened()[0].network("base")
    seen: dict[str, int] = {}
    for name, module in network.inner.named_modules():
        if name.endswith(".mlp"):
            module.register_forward_hook(
                lambda _, given, __, name=name: seen.update({name: given[0].shape[1]})
            )
    keep = torch.zeros((1, len(IDS)), dtype=torch.bool)
    keep[0, KEPT] = True
    with torch.inference_mode():
        expected = network.logits(torch.tensor([IDS]), keep)
        assert set(seen.values()) == {len(IDS)}
        with cascade_attention(network.inner):
            work = PackedPass(segments=(Segment(ids=IDS, parent=-1, start=0),))
            found = network.packed(work, KEPT)
    assert sorted(seen.values()) == [len(KEPT), *[len(IDS)] * (len(seen) - 1)]
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)
