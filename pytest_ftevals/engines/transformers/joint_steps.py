"""Replies of several variants on one base, grown together: the weights are read once a step.

Prompts are read variant by variant, since a prefix's keys are each variant's own; from then on
every step is one pass over all variants' rows, in which peft gives each row its adapter.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise

import torch
from torch import Tensor

from pytest_ftevals.engines.transformers.attention import Rules
from pytest_ftevals.engines.transformers.network import Network
from pytest_ftevals.engines.transformers.packed_steps import PackedSteps


class JointSteps:
    """Implements `decoding.Stepper` on several variants' steps, one variant's rows after another's.

    The model must be in `packed.cascade_attention`, with adapters switched on.
    """

    def __init__(
        self,
        network: Network,
        parts: Sequence[PackedSteps],
        adapters: Sequence[str],
        first: Sequence[Tensor],
    ) -> None:
        """Hold what each part's `start` returned, and the name of its adapter inside peft."""
        self._network = network
        self._parts = list(parts)
        self._adapters = list(adapters)
        self._first: Tensor | None = torch.cat(list(first))

    def start(self) -> Tensor:
        """Return [rows, vocabulary] after the prompts, once: they take much memory."""
        first, self._first = self._first, None
        if first is None:
            msg = "a reply starts once"
            raise RuntimeError(msg)
        return first

    def step(self, tokens: Sequence[int]) -> Tensor:
        """Append one token to each row and return [rows, vocabulary] after it."""
        positions = torch.cat([part.positions for part in self._parts])
        sizes = [len(part.positions) for part in self._parts]
        names = [
            name for name, size in zip(self._adapters, sizes, strict=True) for _ in range(size)
        ]
        logits = self._network.next_logits(tokens, positions, self, adapters=names)
        for part in self._parts:
            part.advance()
        return logits

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows only; a variant without rows is left out."""
        bounds = [0, *accumulate(len(part.positions) for part in self._parts)]
        left: list[tuple[PackedSteps, str]] = []
        for part, name, (start, stop) in zip(
            self._parts, self._adapters, pairwise(bounds), strict=True
        ):
            kept = [row - start for row in rows if start <= row < stop]
            if kept:
                part.keep(kept)
                left.append((part, name))
        self._parts = [part for part, _ in left]
        self._adapters = [name for _, name in left]

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, rules: Rules) -> Tensor:
        """Return the attention's output, [rows, 1, heads, width]."""
        sizes = [len(part.positions) for part in self._parts]
        queries, keys, values = (torch.split_with_sizes(one, sizes) for one in (query, key, value))
        each = zip(self._parts, queries, keys, values, strict=True)
        return torch.cat([part.attend(layer, q, k, v, rules) for part, q, k, v in each])
