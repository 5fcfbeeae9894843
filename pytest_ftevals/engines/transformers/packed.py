"""Packed passes: the trie over a batch's rows as one row of tokens, each shared run only once.

All layers but attention work token by token, so that a packed row costs its tokens and nothing for
padding. Attention is a cascade over the trie: every segment over itself, and what comes after a
segment over all of it; depth first, what comes after is one slice.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, PreTrainedModel

from pytest_ftevals.core.encoded import Segment
from pytest_ftevals.engines.transformers.attention import (
    Part,
    Rules,
    attend,
    attend_in_window,
    join,
)

_NAME = "ftevals_cascade"

Layers = dict[int, tuple[Tensor, Tensor]]
"""Layer -> its keys and values, [1, key heads, tokens, width] each."""


class Cascade(Protocol):
    """What an attention layer asks in a pass of ours."""

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, rules: Rules) -> Tensor:
        """Return the attention's output, [rows, tokens, heads, width]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Keys and values of the ids that all rows of a pass start with."""

    length: int
    layers: Layers


@dataclass(frozen=True, slots=True)
class _Below:
    """A segment's own tokens, and those of everything after it in its rows, as slices."""

    own: slice
    after: slice
    reach: int
    """Distance, in positions, from its first token to the farthest one after it."""


@dataclass(slots=True, kw_only=True)
class PackedPass:
    """One pass over some segments of a trie, depth first, after what is `past` of them all."""

    segments: Sequence[Segment]
    past: Past | None = None
    records: bool = False
    """Whether the pass keeps its keys and values."""
    layers: Layers = field(default_factory=dict)
    """What it kept."""
    offsets: list[int] = field(init=False)
    """Per segment, where its first token lies in the packed row."""
    positions: Tensor = field(init=False)
    """Per token, its position in its rows."""
    _below: list[_Below] = field(init=False)

    def __post_init__(self) -> None:
        """Lay the segments out."""
        self.offsets, end = [], 0
        for one in self.segments:
            self.offsets.append(end)
            end += len(one.ids)
        spans = [torch.arange(one.start, one.end) for one in self.segments]
        self.positions = torch.cat(spans) if spans else torch.zeros(0, dtype=torch.long)
        self._below = [self._below_of(index) for index in range(len(self.segments))]

    @property
    def ids(self) -> list[int]:
        """The packed row."""
        return [token for one in self.segments for token in one.ids]

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, rules: Rules) -> Tensor:
        """Return the attention's output, [1, tokens, heads, width]."""
        _, heads, tokens, _ = query.shape
        wide = torch.promote_types(query.dtype, torch.float32)
        out = query.new_empty((1, tokens, heads, value.shape[-1]), dtype=wide).transpose(1, 2)
        log_sum = query.new_empty((1, heads, tokens), dtype=wide)
        for below in self._below:
            part = self._over_itself(below.own, query, key, value, rules)
            out[:, :, below.own], log_sum[:, :, below.own] = part.out, part.log_sum
        for below in self._below:
            if below.after.start < below.after.stop:
                here = below.after
                parts = query[:, :, here], key[:, :, below.own], value[:, :, below.own]
                if rules.window is None or below.reach < rules.window:
                    part = attend(*parts, rules)
                else:
                    places = self.positions[here], self.positions[below.own]
                    part = attend_in_window(*parts, rules, *places)
                join(out[:, :, here], log_sum[:, :, here], part)
        if self.past is not None:
            join(out, log_sum, self._over_past(layer, query, rules))
        if self.records:
            self.layers[layer] = key, value
        return out.transpose(1, 2).to(query.dtype)

    def _over_itself(
        self, own: slice, query: Tensor, key: Tensor, value: Tensor, rules: Rules
    ) -> Part:
        parts = query[:, :, own], key[:, :, own], value[:, :, own]
        if rules.window is None or own.stop - own.start <= rules.window:
            return attend(*parts, rules, causal=True)
        places = self.positions[own]
        return attend_in_window(*parts, rules, places, places)

    def _over_past(self, layer: int, query: Tensor, rules: Rules) -> Part:
        past = self.past
        if past is None:
            msg = "the pass has no past"
            raise RuntimeError(msg)
        key, value = past.layers[layer]
        if rules.window is None or int(self.positions.max()) < rules.window:
            return attend(query, key, value, rules)
        places = torch.arange(past.length)
        return attend_in_window(query, key, value, rules, self.positions, places)

    def _below_of(self, index: int) -> _Below:
        segment, last = self.segments[index], index + 1
        while last < len(self.segments) and self.segments[last].start >= segment.end:
            last += 1
        start = self.offsets[index]
        stop = start + len(segment.ids)
        after = self.segments[index + 1 : last]
        end = stop + sum(len(one.ids) for one in after)
        reach = max((one.end for one in after), default=segment.end) - 1 - segment.start
        return _Below(slice(start, stop), slice(stop, end), reach)


@contextmanager
def cascade_attention(model: PreTrainedModel) -> Iterator[None]:
    """Let the model's attention layers ask the pass that its forward is given as ``cascade``."""
    usual = model.config._attn_implementation  # noqa: SLF001 - there is no public getter
    model.set_attn_implementation(_NAME)
    try:
        yield
    finally:
        model.set_attn_implementation(usual)


def _attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    cascade: Cascade,
    **options: Any,
) -> tuple[Tensor, None]:
    """Attention as transformers calls it; raises what tells `packing` that a layer is unusual."""
    unknown = attention_mask is not None or options.get("s_aux") is not None
    if unknown or not getattr(module, "is_causal", True):
        msg = "masks, attention sinks and attention that is not causal are not known here"
        raise NotImplementedError(msg)
    scale = options.get("scaling")
    rules = Rules(
        scale=query.shape[-1] ** -0.5 if scale is None else scale,
        window=options.get("sliding_window"),
        softcap=options.get("softcap"),
    )
    layer: Any = module.layer_idx
    return cascade.attend(int(layer), query, key, value, rules), None


AttentionInterface.register(_NAME, _attention)
