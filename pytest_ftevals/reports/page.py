"""What a terminal report is written on: lines of plain text, and a page with width and signs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pytest_ftevals.reports.clean import display_width, excerpt, head_of, shorten

Style = Literal["good", "bad", "warn"]

# Ids, names and messages beyond this many columns are cut, however wide the page.
_LONGEST = 1000


_NAMED = (3, 10, 50)


def most_named(verbose: int) -> int:
    """Return how many of a list of cases or features are named: more from `verbose` 1 and 2 on."""
    return _NAMED[min(max(verbose, 0), len(_NAMED) - 1)]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a report, without markup, and how it may be coloured."""

    text: str
    style: Style | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The width in columns and the signs that a report may use."""

    width: int
    ascii_only: bool = False

    @property
    def dot(self) -> str:
        """What stands between the parts of a line."""
        return " | " if self.ascii_only else " · "

    @property
    def spread(self) -> str:
        """The plus-minus sign."""
        return "+-" if self.ascii_only else "±"

    def clean(self, text: str) -> str:
        """Return hostile `text` safe for this page, cut where it is absurdly long."""
        return self.excerpt(text, _LONGEST)

    def excerpt(self, text: str, width: int) -> str:
        """Return hostile `text` safe for this page, in at most `width` columns."""
        return excerpt(text, width, ascii_only=self.ascii_only)

    def shorten(self, text: str, width: int, *, keep_end: bool = False) -> str:
        """Return a clean `text` in at most `width` columns."""
        return shorten(text, width, ascii_only=self.ascii_only, keep_end=keep_end)

    def joined(self, head: str, parts: Iterable[str], *, indent: int) -> list[str]:
        """Return `head` and clean `parts` with dots between them, broken before a part."""
        lines = [head]
        first = True
        for part in parts:
            joint = "" if first else self.dot
            first = False
            if display_width(lines[-1] + joint + part) <= self.width or lines[-1].isspace():
                lines[-1] += joint + part
            else:
                lines.append(" " * indent + part)
        return [self.shorten(line, self.width) for line in lines]

    def wrapped(self, text: str, *, indent: int = 2) -> list[str]:
        """Return a clean `text` broken at spaces; long words are broken where they must."""
        room = max(self.width - indent, 1)
        lines: list[str] = []
        for word in _broken(text.split(" "), room):
            if lines and display_width(lines[-1]) + 1 + display_width(word) <= room:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        return [
            self.shorten(_indented(lines, index, indent), self.width) for index in range(len(lines))
        ]

    def lines(self, texts: Iterable[str], style: Style | None = None) -> list[Line]:
        """Return clean texts as lines of this page, none wider than it."""
        return [Line(self.shorten(text.rstrip(), self.width), style) for text in texts]


def _indented(lines: Sequence[str], index: int, indent: int) -> str:
    return " " * indent + lines[index] if index else lines[index]


def _broken(words: Iterable[str], room: int) -> Iterable[str]:
    for word in words:
        rest = word
        while display_width(rest) > room:
            head = head_of(rest, room) or rest[0]
            yield head
            rest = rest[len(head) :]
        yield rest
