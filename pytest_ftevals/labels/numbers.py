"""Numbers as texts spell them, read as values."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

LONGEST = 30
"""Characters of a spelling that is read as one number; what is longer is an id."""

_GROUP = 3
_SPANS = {"00": 100, "0": 10}
_SPELLED = re.compile(r"(?<!\d)\d+(?:[.,'\u2019\u00a0\u202f]\d+| \d{3}(?!\d))*")
_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})")
_SEPARATORS = re.compile(r"\D")
_DECADE = re.compile(r"'?s\b|er\b")
_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b")
_WORD = re.compile(r"\s?(%|[^\W\d_]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number in a text."""

    text: str
    values: frozenset[Decimal]
    """What it may mean: 1.240 is one and a quarter or more than a thousand."""
    parts: tuple[Decimal, ...] = ()
    """Several numbers that it may be instead: a date's, or two beside each other."""
    ordinal: bool = False
    percent: bool = False
    span: int = 0
    """Years that it stands for: ten of ``1990s``, a hundred of ``1900s``; 0: no years."""


def numbers_in(text: str, scales: Mapping[str, float]) -> Iterator[Number]:
    """Yield the numbers of a text; `scales` are words after one that multiply it, and the factors.

    Signs are no part of them.
    """
    for match in _SPELLED.finditer(text):
        spelled = match.group()
        if len(spelled) > LONGEST:
            continue
        found, parts = _readings(spelled)
        values = set(found)
        percent = False
        after = _WORD.match(text, match.end())
        if after is not None and (scale := scales.get(after.group(1).casefold())) is not None:
            percent = scale < 1
            values |= {value * Decimal(str(scale)) for value in values}
        yield Number(
            text=spelled,
            values=frozenset(values),
            parts=parts,
            ordinal=_ORDINAL.match(text, match.end()) is not None,
            percent=percent,
            span=_span(spelled) if _DECADE.match(text, match.end()) else 0,
        )


def _span(spelled: str) -> int:
    """Return how many years a decade or century has by its spelling."""
    return next((span for zeros, span in _SPANS.items() if spelled.endswith(zeros)), 0)


@lru_cache(maxsize=4096)
def _readings(spelled: str) -> tuple[frozenset[Decimal], tuple[Decimal, ...]]:
    """Return the values that a spelling may have, and the numbers that it may fall into."""
    parts = _SEPARATORS.split(spelled)
    between = _SEPARATORS.findall(spelled)
    if not between:
        return frozenset({Decimal(spelled)}), ()
    found: set[Decimal] = set()
    thousands = len(parts[0]) <= _GROUP
    last = between[-1]
    if len(set(between)) == 1:
        if thousands and all(len(part) == _GROUP for part in parts[1:]):
            found.add(Decimal("".join(parts)))
        if len(between) == 1 and last in ".,":
            found.add(Decimal(".".join(parts)))
    elif last in ".," and last not in between[:-1]:
        thousands = thousands and all(len(part) == _GROUP for part in parts[1:-1])
        found |= {Decimal("".join(parts[:-1]) + "." + parts[-1])} if thousands else set()
    several = last == " " or (not found and _DATE.fullmatch(spelled) is not None)
    return frozenset(found), tuple(map(Decimal, parts)) if several else ()
