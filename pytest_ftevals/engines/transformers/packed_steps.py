"""Step by step through replies whose prompts were read in one packed pass.

Keys that many rows share are read once a step for all of them; what is a row's own lies in one
tensor for all rows, right-aligned, so that every step writes one column.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from pytest_ftevals.core.encoded import Batch
from pytest_ftevals.engines.transformers.attention import (
    Rules,
    attend,
    attend_in_window,
    attend_visible,
    join,
)
from pytest_ftevals.engines.transformers.network import Network
from pytest_ftevals.engines.transformers.packed import Layers, PackedPass, Past

_FOLD = 256
"""Tokens that reading a segment once must save (its length times its rows but one); what saves less
is copied to its rows."""


@dataclass(slots=True)
class _Shared:
    """Keys and values that a span of rows has in common."""

    first: int
    after: int
    """The span, in rows as they were at the start."""
    start: int
    """Position of its first token."""
    layers: Layers


class PackedSteps:
    """Implements `decoding.Stepper` on a batch; its rows are the batch's requests, in trie order.

    The model must be in `packed.cascade_attention` from `start` to the last `step`.
    """

    def __init__(self, network: Network, batch: Batch, past: Past | None) -> None:
        """Hold the batch; `past` as for `loglikelihood.score_packed`."""
        self._network = network
        self._batch = batch
        self._past = past
        self._skipped = 0 if past is None else 1
        self._rows = list(range(len(batch.requests)))
        """The rows that go on, as numbered at the start."""
        self._lengths = torch.tensor([len(one.prompt_ids) for one in batch.requests])
        self._shared: list[_Shared] = []
        self._own: Layers = {}
        """Per layer [rows, key heads, columns, width]: prompt's rest, right-aligned, new tokens."""
        self._bias = torch.zeros(0)
        """[rows, 1, 1, columns], -inf before a row's own tokens."""
        self._column = 0
        """Where the next token's keys go."""

    def start(self) -> Tensor:
        """Return [rows, vocabulary] after the prompts."""
        work = PackedPass(
            segments=self._batch.segments[self._skipped :], past=self._past, records=True
        )
        ends = [
            work.offsets[end - self._skipped] + len(self._batch.segments[end].ids) - 1
            for (end,) in self._batch.ends
        ]
        kept = sorted(set(ends))
        logits = self._network.packed(work, kept)
        self._lay_out(work)
        return logits[torch.tensor([bisect_left(kept, end) for end in ends], device=logits.device)]

    def step(self, tokens: Sequence[int]) -> Tensor:
        """Append one token to each row and return [rows, vocabulary] after it."""
        logits = self._network.next_logits(tokens, self.positions, self)
        self.advance()
        return logits

    @property
    def positions(self) -> Tensor:
        """[rows], where each row's next token goes."""
        return self._lengths

    def advance(self) -> None:
        """Note that every row has read one more token."""
        self._lengths = self._lengths + 1
        self._column += 1

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows only."""
        chosen = torch.tensor(rows)
        self._rows = [self._rows[row] for row in rows]
        self._lengths = self._lengths[chosen]
        self._bias = self._bias[chosen.to(self._bias.device)]
        for layer, (key, value) in self._own.items():
            there = chosen.to(key.device)
            self._own[layer] = key[there], value[there]

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, rules: Rules) -> Tensor:
        """Return the attention's output, [rows, 1, heads, width], for one new token a row."""
        keys, values = self._own[layer]
        at = self._column
        keys[:, :, at], values[:, :, at] = key[:, :, 0], value[:, :, 0]
        since = 0 if rules.window is None else max(0, at + 1 - rules.window)
        seen = slice(since, at + 1)
        part = attend_visible(
            query,
            keys[:, :, seen],
            values[:, :, seen],
            rules,
            self._bias[..., seen].to(query.device),
        )
        wide = torch.promote_types(query.dtype, torch.float32)
        out, log_sum = part.out.to(wide), part.log_sum
        for shared in self._shared:
            self._over_shared(shared, layer, query, rules, out, log_sum)
        return out.transpose(1, 2).to(query.dtype)

    def _over_shared(
        self,
        shared: _Shared,
        layer: int,
        query: Tensor,
        rules: Rules,
        out: Tensor,
        log_sum: Tensor,
    ) -> None:
        """Join what the rows of a span see of the keys they share; their queries form one row."""
        span = slice(bisect_left(self._rows, shared.first), bisect_left(self._rows, shared.after))
        if span.start == span.stop:
            return
        key, value = shared.layers[layer]
        folded = query[span].permute(2, 1, 0, 3)
        places = torch.arange(shared.start, shared.start + key.shape[2])
        rows = self._lengths[span]
        if rules.window is None or int(rows.max()) - shared.start < rules.window:
            part = attend(folded, key, value, rules)
        else:
            part = attend_in_window(folded, key, value, rules, rows, places)
        # [1, heads, rows, width] seen as [rows, heads, 1, width]: written through.
        join(out[span].permute(2, 1, 0, 3), log_sum[span].permute(2, 1, 0), part)

    def _lay_out(self, work: PackedPass) -> None:
        """Part what the pass recorded into what rows share and what is their own."""
        if self._past is not None:
            self._shared.append(_Shared(0, len(self._rows), 0, self._past.layers))
        folded = self._folded(work)
        tails = [self._tail(work, end, folded) for (end,) in self._batch.ends]
        width = max(map(len, tails))
        new = max(one.new_tokens for one in self._batch.requests)
        index = torch.zeros((len(tails), width), dtype=torch.long)
        bias = torch.zeros((len(tails), 1, 1, width + new))
        for row, tail in enumerate(tails):
            if tail:
                index[row, width - len(tail) :] = torch.tensor(tail)
            bias[row, ..., : width - len(tail)] = float("-inf")
        self._column = width
        self._bias = bias.to(self._network.device)
        for layer, (key, value) in work.layers.items():
            self._own[layer] = _gathered(key, index, new), _gathered(value, index, new)

    def _folded(self, work: PackedPass) -> frozenset[int]:
        """Note the segments that are read once a step for all their rows; return their indices."""
        batch, found = self._batch, set[int]()
        spans = _spans(batch)
        for index, (first, after) in enumerate(spans):
            if (after - first - 1) * len(batch.segments[index].ids) >= _FOLD:
                # With all above it, so that what is left to a row is the end of its prompt.
                found.update(_path(batch, index))
        found = {index for index in found if index >= self._skipped}
        for index in sorted(found):
            segment, (first, after) = batch.segments[index], spans[index]
            start = work.offsets[index - self._skipped]
            own = slice(start, start + len(segment.ids))
            layers = {
                layer: (key[:, :, own].clone(), value[:, :, own].clone())
                for layer, (key, value) in work.layers.items()
            }
            self._shared.append(_Shared(first, after, segment.start, layers))
        return frozenset(found)

    def _tail(self, work: PackedPass, end: int, folded: frozenset[int]) -> list[int]:
        """Return where in the packed row the tokens lie that are a row's own to keep."""
        places: list[int] = []
        for index in _path(self._batch, end):
            if index >= self._skipped and index not in folded:
                start = work.offsets[index - self._skipped]
                places += range(start, start + len(self._batch.segments[index].ids))
        return places


def _path(batch: Batch, end: int) -> list[int]:
    """Return the segments from the start of a row to `end`."""
    path: list[int] = []
    while end >= 0:
        path.append(end)
        end = batch.segments[end].parent
    return path[::-1]


def _spans(batch: Batch) -> list[tuple[int, int]]:
    """Return per segment the first row below it and the row after the last.

    Rows are in the trie's order, so that those below a segment are neighbours.
    """
    firsts = [len(batch.requests)] * len(batch.segments)
    afters = [0] * len(batch.segments)
    for row, (end,) in enumerate(batch.ends):
        for index in _path(batch, end):
            firsts[index], afters[index] = min(firsts[index], row), max(afters[index], row + 1)
    return list(zip(firsts, afters, strict=True))


def _gathered(packed: Tensor, index: Tensor, new: int) -> Tensor:
    """Return [rows, key heads, columns + new, width] from [1, key heads, tokens, width]."""
    heads, width = packed.shape[1], packed.shape[3]
    rows, columns = index.shape
    found = packed.new_zeros((rows, heads, columns + new, width))
    found[:, :, :columns] = packed[0][:, index.to(packed.device)].transpose(0, 1)
    return found
