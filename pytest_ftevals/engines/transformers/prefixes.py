"""Keys and values of the prefixes that batches share, one prefix a variant, within a memory bound.

Batches come in the order of their trie, so that a prefix is needed by batches one after another;
what the next prefix has in common with it is taken over, the rest is forgotten.
"""

from dataclasses import dataclass, replace

import torch

from pytest_ftevals.core.encoded import Ids, Segment, common
from pytest_ftevals.engines.transformers.network import Network
from pytest_ftevals.engines.transformers.packed import Layers, PackedPass, Past

_CHUNK = 2048
"""Tokens of a prefix that are computed in one pass."""


@dataclass(frozen=True, slots=True)
class _Held:
    ids: Ids
    past: Past

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(key.nbytes + value.nbytes for key, value in self.past.layers.values())


class Prefixes:
    """What is held of each variant's prefixes."""

    def __init__(self, limit: int) -> None:
        """Hold nothing yet, and never more than `limit` bytes together."""
        self._limit = limit
        self._held: dict[str, _Held] = {}
        """By variant, the one used last at the end."""

    def past(self, network: Network, ids: Ids, *, token_bytes: int) -> Past | None:
        """Return the keys and values of `ids`, computed now if they are not held.

        None where they would not fit, at `token_bytes` a token. The model must be in
        `packed.cascade_attention`.
        """
        name = network.variant.name
        held = self._held.pop(name, None)
        if len(ids) * token_bytes > self._limit:
            return None
        while self._held and len(ids) * token_bytes + self._size() > self._limit:
            del self._held[next(iter(self._held))]
        if held is None or held.ids != ids:
            held = _Held(ids, _extended(network, held, ids))
        self._held[name] = held
        return held.past

    def hold(self, ids: Ids, *, token_bytes: int, variants: int) -> bool:
        """Return whether so many variants' keys and values of `ids` fit at one time."""
        return variants * len(ids) * token_bytes <= self._limit

    def _size(self) -> int:
        return sum(one.size for one in self._held.values())

    def forget(self, variant: str) -> None:
        """Free what is held for a variant."""
        self._held.pop(variant, None)


@torch.inference_mode()
def _extended(network: Network, held: _Held | None, ids: Ids) -> Past:
    """Return the keys and values of `ids`, starting from what `held` has in common with them."""
    done = 0 if held is None else common(held.ids, ids)
    past = None if held is None or not done else _cut(held.past, done)
    for start in range(done, len(ids), _CHUNK):
        chunk = Segment(ids=ids[start : start + _CHUNK], parent=-1, start=start)
        work = PackedPass(segments=(chunk,), past=past, records=True)
        network.packed(work, [len(chunk.ids) - 1])
        past = Past(length=chunk.end, layers=appended(past, work.layers))
    if past is None:
        msg = "a prefix has one id or more"
        raise ValueError(msg)
    return past


def _cut(past: Past, length: int) -> Past:
    """Return the first `length` tokens, copied where that frees the others' memory."""
    if length == past.length:
        return past
    layers = {
        layer: (key[:, :, :length].clone(), value[:, :, :length].clone())
        for layer, (key, value) in past.layers.items()
    }
    return replace(past, length=length, layers=layers)


def appended(past: Past | None, layers: Layers) -> Layers:
    """Return the keys and values of `past` and those that a pass after it recorded, as one."""
    if past is None:
        # Slices of what the model computed would keep queries alive beside keys and values.
        return {
            layer: (key.contiguous(), value.contiguous()) for layer, (key, value) in layers.items()
        }
    return {
        layer: (
            torch.cat([past.layers[layer][0], key], dim=2),
            torch.cat([past.layers[layer][1], value], dim=2),
        )
        for layer, (key, value) in layers.items()
    }
