"""The trie over rows of ids: it spells every row, and shares what is worth it."""

from collections.abc import Sequence
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.encoded import Ids, Segment, common
from pytest_ftevals.planning.trie import LEAST, build

PIECES = ((1,), (2,), (1, 2), (3,) * 7, (3,) * 8, (1, 2, 3) * 4, tuple(range(40)))
ROWS = st.lists(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map(lambda parts: sum(parts, ())),
    min_size=1,
    max_size=14,
)
"""Rows that share starts of every length, are prefixes of each other, or the same."""


def _path(segments: Sequence[Segment], end: int) -> list[int]:
    path: list[int] = []
    while end >= 0:
        path.insert(0, end)
        end = segments[end].parent
    return path


@given(rows=ROWS, data=st.data())
def test_every_row_is_spelled_by_its_path(rows: list[Ids], data: st.DataObject) -> None:
    """With its positions, and with a prefix that is a segment of its own."""
    prefix = data.draw(st.integers(0, common(min(rows), max(rows))))
    segments, ends = build(rows, prefix)
    assert set(ends) == set(rows)
    for row, end in ends.items():
        path = [segments[index] for index in _path(segments, end)]
        assert sum((one.ids for one in path), ()) == row
        assert [one.start for one in path] == [0, *(one.end for one in path)][:-1]
    if prefix:
        assert (segments[0].ids, segments[0].parent) == (rows[0][:prefix], -1)
        assert all(one.start >= prefix for one in segments[1:])


@given(rows=ROWS)
def test_what_comes_after_a_segment_follows_it(rows: list[Ids]) -> None:
    """Without a gap, so that positions alone tell where it ends: one slice of a packed row."""
    segments, _ = build(rows)
    for index, segment in enumerate(segments):
        assert segment.ids
        below = [later for later in range(len(segments)) if index in _path(segments, later)]
        last = index + 1
        while last < len(segments) and segments[last].start >= segment.end:
            last += 1
        assert below == list(range(index, last))


@given(rows=ROWS)
def test_a_shared_segment_is_worth_its_calls(rows: list[Ids]) -> None:
    """It saves `LEAST` tokens or more, and nothing is in the trie that no row needs."""
    segments, ends = build(rows)
    below = {
        index: [row for row, end in ends.items() if index in _path(segments, end)]
        for index in range(len(segments))
    }
    for index, segment in enumerate(segments):
        assert below[index]
        if len(below[index]) > 1:
            assert len(segment.ids) * (len(below[index]) - 1) >= LEAST


@given(rows=ROWS)
def test_rows_that_part_have_little_more_in_common(rows: list[Ids]) -> None:
    """Less than a segment for the two of them would have to save."""
    segments, ends = build(rows)
    for one, other in combinations(ends, 2):
        left, right = _path(segments, ends[one]), _path(segments, ends[other])
        shared = [index for index in left if index in right]
        parted = segments[shared[-1]].end if shared else 0
        assert common(one, other) - parted < LEAST


def test_thousands_of_prefixes_of_each_other_make_no_recursion() -> None:
    """As deep a trie as there can be."""
    row = tuple(range(4096))
    rows = [row[: LEAST * size] for size in range(1, 4096 // LEAST + 1)]
    segments, ends = build(rows)
    assert sum(len(one.ids) for one in segments) < 2 * len(row)
    assert len(ends) == len(rows)
