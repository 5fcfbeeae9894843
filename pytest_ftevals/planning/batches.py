"""Unique requests, as token ids -> batches within a token budget, longest first.

Longest first, because the first batch then shows at once whether memory suffices, and the progress
bar's estimate errs on the safe side.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from pytest_ftevals.core.encoded import Encoded


def batches(requests: Iterable[Encoded], budget: int) -> Iterator[tuple[Encoded, ...]]:
    """Yield batches of one kind and decoding each; every request is in exactly one of them.

    A batch's padded size, rows times longest row, stays within `budget` tokens; a single request
    over the budget is a batch of its own. The order is a function of the requests alone.
    """
    ordered = sorted(requests, key=_order)
    for _, group in groupby(ordered, key=_group):
        yield from _split(list(group), budget)


def tokens(batch: Sequence[Encoded]) -> int:
    """Return how many tokens a batch takes, padding included."""
    return sum(one.rows for one in batch) * max(one.width for one in batch)


def _split(requests: Sequence[Encoded], budget: int) -> Iterator[tuple[Encoded, ...]]:
    batch: list[Encoded] = []
    rows = 0
    for request in requests:
        # Sorted longest first: the first request's width is the batch's.
        if batch and (rows + request.rows) * batch[0].width > budget:
            yield tuple(batch)
            batch, rows = [], 0
        batch.append(request)
        rows += request.rows
    if batch:
        yield tuple(batch)


def _group(request: Encoded) -> tuple[str, str]:
    return request.request.kind, repr(request.request.decode)


def _order(request: Encoded) -> tuple[str, str, int, tuple[int, ...], tuple[tuple[int, ...], ...]]:
    return *_group(request), -request.width, request.prompt_ids, request.sequences
