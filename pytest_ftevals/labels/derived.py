"""Numbers that follow from a text's numbers, so that a reply which has them invents nothing."""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import permutations

from pytest_ftevals.labels.detail_words import detail_words

_CLOCK = re.compile(r"\b(\d{1,2})(?::\d\d|(?::\d\d)?\s?[ap]\.?m\b)", re.IGNORECASE)
_DURATION = re.compile(
    r"\b(\d{1,3})(?::(\d\d)\b|\s?(?:h|hrs?|hours?|std|stunden?)\b(?:\s?(?:and |und )?(\d{1,2}))?)",
    re.IGNORECASE,
)
_MINUTES = re.compile(r"\b(\d{2,4})\s?(?:min|minutes?|minuten)\b", re.IGNORECASE)
_RANGE = re.compile(
    r"(?<![\w./:-])(?:(?:between|zwischen) (\d{1,2}) (?:and|und)|(\d{1,2}) ?[-\u2013]) ?"
    r"(\d{1,2})(?![\w/:-])",
    re.IGNORECASE,
)
_HALF_DAY, _HOUR = 12, 60
_UNITS = (7, 12, 24, 60, 1000)
"""Days, months, hours, minutes and seconds, and metres, grams or millilitres of larger units."""
_THOUSAND = 1000


def of_times_and_ranges(text: str) -> Iterator[Decimal]:
    """Yield hours on the other clock, durations in minutes or hours, integers within ranges."""
    for match in _CLOCK.finditer(text):
        hour = Decimal(match.group(1))
        yield from (hour + _HALF_DAY, hour - _HALF_DAY)
    for match in _DURATION.finditer(text):
        yield Decimal(_HOUR * int(match.group(1)) + int(match.group(2) or match.group(3) or 0))
    for match in _MINUTES.finditer(text):
        yield from map(Decimal, divmod(int(match.group(1)), _HOUR))
    for match in _RANGE.finditer(text):
        first = int(match.group(1) or match.group(2))
        yield from map(Decimal, range(first, int(match.group(3))))


@lru_cache(maxsize=16)
def of_two(numbers: frozenset[Decimal]) -> frozenset[Decimal]:
    """Return sums and differences of two numbers, and products, which are known if large.

    Small ones are known where numbers are few and equally precise. Of very many numbers nothing
    is derived: everything would follow from them.
    """
    data = detail_words()
    if len(numbers) > data.derived_numbers:
        return frozenset()
    few = len(numbers) <= data.derived_few
    found: set[Decimal] = set()
    for one, other in permutations(numbers, 2):
        large = (one + other, one - other, one * other)
        found.update(value for value in large if value >= data.derived_from)
        if few and one.as_tuple().exponent == other.as_tuple().exponent:
            found |= {one + other, one - other}
        if few and other < 1 and one * other == (one * other).to_integral_value():  # per cent
            found |= {one * other, one - one * other}
    if few:
        units = (one * unit for one in numbers for unit in _UNITS)
        found.update(value for value in units if value >= data.derived_from)
        found.update(one / _THOUSAND for one in numbers)
    return frozenset(found)


@lru_cache(maxsize=64)
def shares(numbers: frozenset[Decimal], exponent: int) -> frozenset[Decimal]:
    """Return numbers as percentages of others or of both, and changes between them, rounded."""
    if len(numbers) > detail_words().derived_numbers:
        return frozenset()
    places = Decimal(1).scaleb(min(0, exponent))
    found: set[Decimal] = set()
    for one, other in permutations(numbers, 2):
        if not other:
            continue
        try:
            share = (100 * one / other).quantize(places)
            found |= {share, abs(share - 100), (100 * one / (one + other)).quantize(places)}
        except InvalidOperation:  # more digits than decimals hold
            continue
    return frozenset(found)
