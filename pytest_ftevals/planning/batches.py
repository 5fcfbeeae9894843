"""Unique requests, as token ids -> batches within a token budget, in the order of their trie.

Sorted by their ids, requests that share a prefix are neighbours: its keys and values are computed
before the first batch that needs them, and are never needed again after the last.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pytest_ftevals.core.encoded import Batch, Encoded, Ids, common
from pytest_ftevals.planning.trie import LEAST, build

LEAST_PREFIX = 32
"""Tokens from which a prefix is kept for the next batch: a pass of its own costs as much as some
tens of tokens, whose time goes into reading the weights."""


def batches(requests: Iterable[Encoded], budget: int) -> Iterator[Batch]:
    """Yield batches of one kind, decoding and number of turns each; every request is in one.

    A batch's `tokens` stay within `budget`, and the columns that its replies take while they grow;
    a single request over the budget is a batch of its own. The order is a function of the requests
    alone.
    """
    ordered = sorted(requests, key=_order)
    for _, group in groupby(ordered, key=_group):
        yield from _split(list(group), budget)


def batch_of(requests: Sequence[Encoded], prefix: int = 0) -> Batch:
    """Return a batch of `requests`, whose rows all start with the same `prefix` ids."""
    segments, ends = build([row for one in requests for row in one.inputs], prefix)
    return Batch(
        requests=tuple(requests),
        prefix=prefix,
        segments=segments,
        ends=tuple(tuple(ends[row] for row in one.inputs) for one in requests),
    )


def halves(batch: Batch) -> tuple[Batch, Batch]:
    """Return a batch of two or more requests as two, for a device that cannot hold it."""
    middle = len(batch.requests) // 2
    parts = batch.requests[:middle], batch.requests[middle:]
    return batch_of(parts[0], batch.prefix), batch_of(parts[1], batch.prefix)


def part(batch: Batch, wanted: Sequence[Encoded]) -> Batch:
    """Return the batch with the `wanted` ones of its requests only."""
    return batch if len(wanted) == len(batch.requests) else batch_of(wanted, batch.prefix)


def _split(requests: Sequence[Encoded], budget: int) -> Iterator[Batch]:
    """Cut sorted requests into batches.

    A prefix that the batch before has in common ends the batch where it ends: the next requests
    would have to be computed without it. A few tokens more or less make no other prefix.
    """
    leads = [_lead(one) for one in requests]
    # What each request shares with the one before it, and the last one with nothing.
    shared = [0, *map(common, leads, leads[1:]), 0]
    first, size, held, prefix, lowest = 0, 0, 0, 0, 0
    columns = _Columns()
    for index, one in enumerate(requests):
        cost = _cost(one, shared[index] if index > first else held)
        # What falls off the prefix is computed with the batch.
        cost += max(0, lowest - shared[index]) if index > first else 0
        full = size + cost > budget or columns.after(one, shared[index]).total > budget
        if index > first and (full or shared[index] + LEAST_PREFIX <= held):
            prefix = _prefix(shared, first, index, prefix)
            yield batch_of(requests[first:index], prefix)
            held = _worth(shared[index])
            # The prefix before may serve this batch too, and is a little shorter then.
            lowest = prefix if 0 < prefix <= held < prefix + LEAST_PREFIX else held
            first, size, cost, columns = index, 0, _cost(one, lowest), _Columns()
        size += cost
        lowest = min(lowest, shared[index]) if index > first else lowest
        columns = columns.after(one, shared[index])
    yield batch_of(requests[first:], _prefix(shared, first, len(requests), prefix))


@dataclass(frozen=True, slots=True)
class _Columns:
    """What replies take while they grow: each row as many columns as the longest needs.

    What all rows start with is kept once; the rest of a prompt, and new tokens, by each row.
    """

    rows: int = 0
    common: int = 0
    longest: int = 0

    @property
    def total(self) -> int:
        return self.rows * (self.longest - self.common)

    def after(self, request: Encoded, shared: int) -> "_Columns":
        """Add a request of which `shared` ids are those of the one before it."""
        if not request.new_tokens:
            return self
        if not self.rows:
            return _Columns(1, len(request.prompt_ids) - 1, request.width)
        longest = max(self.longest, request.width)
        return _Columns(self.rows + 1, min(self.common, shared), longest)


def _prefix(shared: Sequence[int], first: int, after: int, before: int) -> int:
    """Return what requests `first` to `after` all share, and share with a neighbour of theirs.

    The prefix of the batch `before` serves as well as one that is little longer.
    """
    inside = shared[first + 1 : after]
    outside = max(shared[first], shared[after])
    found = _worth(min([outside, *inside]))
    serves = 0 < before <= shared[first] and before <= found < before + LEAST_PREFIX
    return before if serves else found


def _worth(shared: int) -> int:
    return shared if shared >= LEAST_PREFIX else 0


def _cost(request: Encoded, shared: int) -> int:
    """Return the most tokens that a request adds to rows that share its first `shared` ids.

    At most: what a row shares with its neighbour and not worth a segment is computed again.
    """
    rows = sorted(set(request.inputs))
    overlaps = [shared, *map(common, rows, rows[1:])]
    fresh = sum(
        len(row) - max(0, overlap - LEAST + 1) for row, overlap in zip(rows, overlaps, strict=True)
    )
    return fresh + request.new_tokens


def _lead(request: Encoded) -> Ids:
    """Return the ids that a request's rows start with and that no answer is read off.

    The first answer is read off the last id of the prompt, which therefore is no part of it.
    """
    rows = request.inputs
    scored = request.scored or (1,)
    unread = min(len(row) - size for row, size in zip(rows, scored, strict=True))
    return rows[0][: min(unread, common(min(rows), max(rows)))]


def _group(request: Encoded) -> tuple[str, str, int]:
    asked = request.request
    return asked.kind, repr(asked.decode), len(asked.turns)


def _order(request: Encoded) -> tuple[object, ...]:
    lead, asked = _lead(request), request.request
    rows = request.inputs, request.sequences
    # Conversations that begin alike are told apart by what is said later.
    return *_group(request), lead, *rows, asked.sample, asked.turns, asked.greedy, asked.givens
