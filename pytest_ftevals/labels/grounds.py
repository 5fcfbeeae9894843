"""What a grounded reply may draw on: the numbers, words and phrases of input and reference."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import permutations

from pytest_ftevals.labels.detail_words import DetailWords, detail_words, folded
from pytest_ftevals.labels.numbers import Number, numbers_in

_WORDS = re.compile(r"[^\W_]+")
_TOKENS = re.compile(r"[^\W_]+(?:[-/][^\W_]+)*")
_RUNS = re.compile(r"\d+")
_CLOCK = re.compile(r"\b(\d{1,2})(?::\d\d|(?::\d\d)?\s?[ap]\.?m\b)", re.IGNORECASE)
_POSSESSIVE = re.compile(r"'s\b")
_STEM, _ENDING, _HALF_DAY, _CENTURY = 5, 2, 12, 100
_DECIMALS = (Decimal(1), Decimal("0.1"), Decimal("0.01"))
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_LONGEST_RUN = 15
_MOST = Decimal(10) ** 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """A text, as far as details may be found in it."""

    numbers: frozenset[Decimal]
    """Those of digits and words; months as numbers; what they become when rounded."""
    words: frozenset[str]
    stems: frozenset[str]
    """Words without up to two letters at their end, five letters at least."""
    spaced: str
    """All words, lower case, single spaces between and around."""
    compact: str
    """All letters and digits, lower case."""
    initials: str
    dated: bool
    """Whether it names a month, so that weekdays follow."""
    german: bool
    """Whether it is in German, where all nouns are capitalised."""

    def has_number(self, number: Number) -> bool:
        """Return whether one of a number's readings is there, or all numbers it falls into."""
        if 0 in number.values or not self.numbers.isdisjoint(number.values):
            return True
        if number.parts:
            return all(part in self.numbers or not part for part in number.parts)
        if not number.values:  # 4.1.2: it stands there as it is, or nowhere
            return self.has_phrase(number.text)
        return self._follows(number)

    def _follows(self, number: Number) -> bool:
        """Return whether it is the sum or difference of two numbers, or their ratio in percent."""
        data = detail_words()
        if len(self.numbers) > data.derived_numbers:
            return False
        large = {value for value in number.values if value >= data.derived_from}
        share = max(number.values) if number.percent else None
        for one, other in permutations(self.numbers, 2):
            if not large.isdisjoint((one + other, one - other)):
                return True
            if share is not None and other and share in _shares(one, other, share):
                return True
        return False

    def has_word(self, word: str) -> bool:
        """Return whether a word is there, but for its ending."""
        plain = _POSSESSIVE.sub("", folded(word))
        if plain in self.words:
            return True
        ends = range(max(_STEM, len(plain) - _ENDING), len(plain) + 1)
        return any(plain[:end] in self.stems for end in ends)

    def has_phrase(self, text: str) -> bool:
        """Return whether the words of a text stand there one after the other."""
        return spaced(text) in self.spaced

    def has_letters(self, text: str) -> bool:
        """Return whether the letters and digits of a text stand there, whatever is between."""
        return "".join(_WORDS.findall(folded(text))) in self.compact


def _shares(one: Decimal, other: Decimal, like: Decimal) -> tuple[Decimal, Decimal]:
    """Return one as a percentage of another, and the change between them, as rounded as `like`."""
    places = Decimal(1).scaleb(min(0, int(like.as_tuple().exponent)))
    try:
        share = (100 * one / other).quantize(places)
        return share, abs(share - 100)
    except InvalidOperation:  # more digits than decimals hold
        return Decimal(-1), Decimal(-1)


def spaced(text: str) -> str:
    """Return the words of a text in lower case, with single spaces between and around."""
    return f" {' '.join(_WORDS.findall(folded(text)))} "


def is_german(words: list[str], data: DetailWords) -> bool:
    """Return whether words, in lower case, are of a German text."""
    count = sum(word in data.german for word in words)
    return count >= data.german_words and count >= data.german_share * len(words)


@lru_cache(maxsize=8)
def grounds_of(text: str) -> Grounds:
    """Return what a text grounds; the last few are kept: several variants answer one case."""
    data = detail_words()
    plain = _POSSESSIVE.sub("", folded(text))
    words = _WORDS.findall(plain)
    months = {data.months[word] for word in words if word in data.months}
    known = frozenset(words)
    return Grounds(
        numbers=_numbers(text, words, data.number_words, months, data),
        words=known,
        stems=frozenset(
            word[:end]
            for word in known
            for end in range(max(_STEM, len(word) - _ENDING), len(word) + 1)
        ),
        spaced=spaced(text),
        compact="".join(_WORDS.findall(folded(text))),
        initials="".join(word[0] for word in words),
        dated=bool(months) or re.search(r"\b\d{4}-\d\d-\d\d\b", text) is not None,
        german=is_german(words, data),
    )


def _numbers(
    text: str,
    words: list[str],
    spelled: Mapping[str, float],
    months: set[int],
    data: DetailWords,
) -> frozenset[Decimal]:
    found: set[Decimal] = {Decimal(str(spelled[word])) for word in words if word in spelled}
    found |= {Decimal(month) for month in months}
    for number in numbers_in(text, data.scales):
        found |= number.values
        found.update(number.parts)
    for token in _TOKENS.findall(text):
        if not (token.isalpha() or token.isdigit()) and len(token) <= _LONGEST_RUN:
            found |= {Decimal(run) for run in _RUNS.findall(token)}  # the digits of a code
    for match in _CLOCK.finditer(text):
        hour = Decimal(match.group(1))
        found |= {hour + _HALF_DAY, hour - _HALF_DAY}
    found |= {value % _CENTURY for value in found if _FIRST_YEAR <= value <= _LAST_YEAR}
    exact = [value for value in found if value != value.to_integral_value()]
    found |= {value.quantize(places) for value in exact if value < _MOST for places in _DECIMALS}
    return frozenset(found)
