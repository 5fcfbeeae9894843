"""What fits into a comment: the most important parts whole, the rest counted and pointed to."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from pytest_ftevals.reports import numbers

WHERE = "`report.html`, in the folder of this report"
_SAID = 120
"""Characters kept free for the sentence on what is left out of a part, and of the report."""
_SHARE = 0.75
"""Of the room that is left, what one rank may take: a long table leaves some to what follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section, or a piece of one: what it begins with, items that may be cut, its end."""

    rank: int
    """The larger, the sooner it is cut; parts of one rank share the room that is left to them."""
    head: str
    items: Sequence[str] = ()
    """In the order in which they matter."""
    tail: str = ""
    noun: str = "part"
    """What one item is, in the singular: ``regression``."""
    total: int | None = None
    """How many items there are, where `items` is only the first of them."""

    @property
    def count(self) -> int:
        """How many items there are."""
        return len(self.items) if self.total is None else self.total

    def text(self, taken: int) -> str:
        """Return the part with its first items."""
        left = self.count - taken
        more = f"\n*{numbers.counted(left, f'more {self.noun}')}: see {WHERE}.*\n" if left else ""
        return "".join([self.head, *self.items[:taken], more, self.tail])


def size(text: str) -> int:
    """Return how long GitHub counts a text: characters, those beyond the first plane as two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def fitted(parts: Sequence[Part], room: int) -> str:
    """Return the parts in their order, cut to a size of at most `room`.

    A part of which nothing fits is left out whole, and the last line says so.
    """
    taken: dict[int, int] = {}
    left = room - _SAID - max(map(len, _left_out(parts)), default=0)
    ordered = sorted(range(len(parts)), key=lambda index: parts[index].rank)
    for _, same in groupby(ordered, key=lambda index: parts[index].rank):
        sharing = list(same)
        for number, index in enumerate(sharing):
            part = parts[index]
            share = room if part.rank == 0 else int(left * _SHARE) // (len(sharing) - number)
            count = _most(part, min(left, share))
            if count is not None:
                taken[index] = count
                left -= size(part.text(count))
    texts = [part.text(taken[index]) for index, part in enumerate(parts) if index in taken]
    lost = [part for index, part in enumerate(parts) if index not in taken]
    return "".join([*texts, *_left_out(lost)])


def _most(part: Part, room: int) -> int | None:
    """Return how many items of a part fit; None where not even one does."""
    fixed = size(part.head) + size(part.tail) + _SAID
    ends = list(accumulate(map(size, part.items), initial=fixed))
    fits = sum(end <= room for end in ends) - 1
    return fits if fits >= min(len(part.items), 1) else None


def _left_out(parts: Iterable[Part]) -> list[str]:
    counts: Counter[str] = Counter()
    for part in parts:
        counts[part.noun] += max(part.count, 1)
    if not counts:
        return []
    named = ", ".join(numbers.counted(count, noun) for noun, count in counts.items())
    return [f"\n*Left out for room: {named}. See {WHERE}.*\n"]
