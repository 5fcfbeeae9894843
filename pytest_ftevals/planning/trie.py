"""Rows of token ids -> the trie over them, so that what rows share is computed once.

Prefixes are compared as token ids, never as text: the same text can be cut into tokens in two ways.
"""

from collections.abc import Sequence

from pytest_ftevals.core.encoded import Ids, Segment, common

LEAST = 8
"""Tokens that a segment must save (its length times its rows but one) to be one of its own: a
segment costs calls of its own in every layer, worth a few tokens."""


def build(rows: Sequence[Ids], prefix: int = 0) -> tuple[tuple[Segment, ...], dict[Ids, int]]:
    """Return the trie over `rows`, depth first, and for each row the segment that ends it.

    All rows start with the same `prefix` ids, which make a segment of their own if there are any.
    """
    segments: list[Segment] = []
    ends: dict[Ids, int] = {}
    ordered = sorted(set(rows))
    if prefix:
        segments.append(Segment(ids=ordered[0][:prefix], parent=-1, start=0))
    # (first row, row after the last, segment above them, where that ends); no recursion, since
    # rows that are prefixes of each other make deep tries.
    waiting = [(0, len(ordered), len(segments) - 1, prefix)]
    while waiting:
        first, last, parent, start = waiting.pop()
        if first < last and len(ordered[first]) == start:
            ends[ordered[first]] = parent  # sorted: a row that ends here comes first
            first += 1
        if first == last:
            continue
        after = first + _family(ordered[first:last], start)
        end = common(ordered[first], ordered[after - 1])
        segments.append(Segment(ids=ordered[first][start:end], parent=parent, start=start))
        waiting.append((after, last, parent, start))
        waiting.append((first, after, len(segments) - 1, end))
    return tuple(segments), ends


def _family(rows: Sequence[Ids], start: int) -> int:
    """Return how many of the first rows are worth a segment in common: 1 if none.

    The largest such family, since what fewer of them share besides makes segments below it.
    """
    size = 1
    for several in range(2, len(rows) + 1):
        shared = common(rows[0], rows[several - 1]) - start
        if shared <= 0:
            break
        if (several - 1) * shared >= LEAST:
            size = several
    return size
