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
from pytest_ftevals.engines.transformers.attention import Rules
from pytest_ftevals.engines.transformers.network import Network
from pytest_ftevals.engines.transformers.packed import PackedPass, Past, cascade_attention

_SLIDING = "sliding_attention"
_LAYERS = {"full_attention", _SLIDING}
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
        with _short_window(network.inner) as window:
            return _tried(network, window)
    except torch.OutOfMemoryError:
        raise
    except (TypeError, ValueError, AttributeError, LookupError, RuntimeError):
        return 0  # no argument `cascade`, masks of its own, sinks, heads of two widths, ...


@contextmanager
def _short_window(model: PreTrainedModel) -> Iterator[int | None]:
    """Let a sliding window be shorter than the rows that are tried; give it, None without one.

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
    types = getattr(config, "layer_types", None) or [_SLIDING]
    try:
        yield min(window, _WINDOW) if window and _SLIDING in types else None
    finally:
        for one in holders:
            one.sliding_window = window


class _Watched(PackedPass):
    """A pass that notes the windows which layers tell the attention."""

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, rules: Rules) -> Tensor:
        self.windows.add(rules.window)
        return super().attend(layer, query, key, value, rules)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.windows = set[int | None]()


@torch.inference_mode()
def _tried(network: Network, window: int | None) -> int:
    """Compare two rows with a common stem, packed, with the same rows one below the other.

    A `window` must be told to the attention: below float32 its effect may pass for rounding.
    """
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
        both = _Watched(segments=(trunk, *branches))
        whole = network.packed(both, [_STEM + _LEFT - 1, _STEM + _LEFT + _RIGHT - 1])
        after = network.packed(
            PackedPass(segments=branches, past=Past(length=_STEM, layers=first.layers)),
            [_LEFT - 1, _LEFT + _RIGHT - 1],
        )
    if window is not None and window not in both.windows:
        return 0
    if not (_close(whole, expected) and _close(after, expected)):
        return 0
    return sum(key.nbytes + value.nbytes for key, value in first.layers.values()) // _STEM


def _close(found: Tensor, expected: Tensor) -> bool:
    wide = expected.dtype in (torch.float32, torch.float64)
    bound = (_CLOSE if wide else _CLOSE_BELOW_FLOAT32) * expected.abs().max()
    return bool((found - expected).abs().max() <= bound)
