"""Whether an architecture takes packed passes: by what its configuration says, then by trying it.

What works for one token at a time (linear layers, norms, gates, experts) is right in a packed row;
what looks at neighbours in any other way than through transformers' attention interface is not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from pytest_ftevals.core.encoded import Segment
from pytest_ftevals.engines.transformers.network import Network
from pytest_ftevals.engines.transformers.packed import PackedPass, Past, cascade_attention

_LAYERS = {"full_attention", "sliding_attention"}
_LENGTH_DEPENDENT = {"dynamic", "longrope"}
"""Rotary embeddings whose angles follow from the longest row of a pass."""
_STEM, _LEFT, _RIGHT = 12, 7, 5
_WINDOW = 8
_CLOSE = 1e-3
_CLOSE_BELOW_FLOAT32 = 0.1
"""Largest difference over largest logit that is rounding; a mixed-up row differs by about 1."""


def token_bytes(network: Network) -> int:
    """Return the bytes of a token's keys and values; 0 where packed passes are not taken.

    Virtual tokens would have to come before each row of a packed pass.
    """
    if network.virtual_tokens or network.whole_passes:
        return 0
    config = network.inner.config.get_text_config(decoder=True)
    if not _LAYERS.issuperset(getattr(config, "layer_types", None) or ()):
        return 0
    rope = getattr(config, "rope_parameters", None) or {}
    parts = [rope, *(one for one in rope.values() if isinstance(one, dict))]
    if any(one.get("rope_type") in _LENGTH_DEPENDENT for one in parts):
        return 0
    try:
        with _short_window(network.inner):
            return _tried(network)
    except (
        TypeError,
        ValueError,
        AttributeError,
        LookupError,
        NotImplementedError,
        RuntimeError,
    ):
        return 0  # no argument `cascade`, masks of its own, sinks, heads of two widths, ...


@contextmanager
def _short_window(model: PreTrainedModel) -> Iterator[None]:
    """Let a sliding window be shorter than the rows that are tried.

    Some architectures (PhiMoE) hide what is outside of it by their mask alone, which a packed pass
    does not have.
    """
    config: Any = model.config.get_text_config(decoder=True)
    window = getattr(config, "sliding_window", None) or 0
    holders: list[Any] = []
    if window:
        layers = (one for one in model.modules() if getattr(one, "sliding_window", None) == window)
        holders = [config, *layers]
    for one in holders:
        one.sliding_window = min(window, _WINDOW)
    try:
        yield
    finally:
        for one in holders:
            one.sliding_window = window


@torch.inference_mode()
def _tried(network: Network) -> int:
    """Compare two rows with a common stem, packed, with the same rows one below the other."""
    count = min(network.rows, 251)
    stem = tuple(i * 37 % count for i in range(1, _STEM + 1))
    left = tuple(i * 53 % count for i in range(2, _LEFT + 2))
    right = tuple(i * 71 % count for i in range(3, _RIGHT + 3))
    ids = torch.zeros((2, _STEM + _LEFT), dtype=torch.long)
    ids[0] = torch.tensor(stem + left)
    ids[1, : _STEM + _RIGHT] = torch.tensor(stem + right)
    keep = torch.zeros_like(ids, dtype=torch.bool)
    keep[0, -1] = keep[1, _STEM + _RIGHT - 1] = True
    expected = network.logits(ids.to(network.device), keep.to(network.device))
    trunk = Segment(ids=stem, parent=-1, start=0)
    branches = [Segment(ids=each, parent=0, start=_STEM) for each in (left, right)]
    with cascade_attention(network.inner):
        first = PackedPass(segments=(trunk,), records=True)
        network.packed(first, [_STEM - 1])
        whole = network.packed(
            PackedPass(segments=(trunk, *branches)),
            [_STEM + _LEFT - 1, _STEM + _LEFT + _RIGHT - 1],
        )
        after = network.packed(
            PackedPass(segments=branches, past=Past(length=_STEM, layers=first.layers)),
            [_LEFT - 1, _LEFT + _RIGHT - 1],
        )
    if not (_close(whole, expected) and _close(after, expected)):
        return 0
    return sum(key.nbytes + value.nbytes for key, value in first.layers.values()) // _STEM


def _close(found: Tensor, expected: Tensor) -> bool:
    wide = expected.dtype in (torch.float32, torch.float64)
    bound = (_CLOSE if wide else _CLOSE_BELOW_FLOAT32) * expected.abs().max()
    return bool((found - expected).abs().max() <= bound)
