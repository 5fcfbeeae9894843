"""What a grounded reply may draw on: the numbers, words and phrases of input and reference."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from pytest_ftevals.labels.derived import of_times_and_ranges, of_two, shares
from pytest_ftevals.labels.detail_words import DetailWords, detail_words, folded
from pytest_ftevals.labels.languages import is_german
from pytest_ftevals.labels.names import acronyms_in, initials_of
from pytest_ftevals.labels.numbers import Number, numbers_in

_WORDS = re.compile(r"[^\W_]+")
_TOKENS = re.compile(r"[^\W_]+(?:[-/][^\W_]+)*")
_RUNS = re.compile(r"\d+")
_DIGITS = re.compile(r"\d[\d ()./+\u00a0-]{5,40}\d")
_DATE = re.compile(r"\b(?:\d{4}-\d\d-\d\d|\d{1,2}[/.]\d{1,2}[/.](?:\d{4}|\d\d))\b")
_DAYS = re.compile(r"\b([^\W\d_]{2,9})\.? ?(?:-|\u2013|to|through|bis) ?([^\W\d_]{2,9})\b")
_CAPITALISED = re.compile(r"\b[A-Z\u00c0-\u00d6\u00d8-\u00de][^\W\d_]{3,}")
_POSSESSIVE = re.compile(r"'s\b")
_STEM, _ENDING, _CENTURY = 5, 2, 100
_LEAST_DIGITS = 5
_SHARED = 4
_DECIMALS = (Decimal(1), Decimal("0.1"), Decimal("0.01"))
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_LONGEST_RUN = 15
_MOST = Decimal(10) ** 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """A text, as far as details may be found in it."""

    given: frozenset[Decimal]
    """Numbers of digits and words."""
    numbers: frozenset[Decimal]
    """Those, months as numbers, other readings of times, and what they become when rounded."""
    digits: str
    """Of telephone numbers and their like, without what separates them; a space between."""
    words: frozenset[str]
    stems: frozenset[str]
    """Words without up to two letters at their end, five letters at least."""
    beginnings: frozenset[str]
    """The first four letters of names, in lower case."""
    people: frozenset[str]
    """Those of names that end as words for people do."""
    spaced: str
    """All words, lower case, single spaces between and around."""
    compact: str
    """All letters and digits, lower case."""
    initials: str
    """Of each run of capitalised words, in lower case, with spaces between the runs."""
    acronyms: frozenset[str]
    """Words of capitals only, in lower case."""
    dated: bool
    """Whether it has a date or a range of days, so that weekdays follow."""
    german: bool
    """Whether it is in German, where all nouns are capitalised."""

    def has_number(self, number: Number) -> bool:
        """Return whether one of a number's readings is there, or all numbers it falls into."""
        if 0 in number.values or not self.numbers.isdisjoint(number.values):
            return True
        years = (value + year for value in number.values for year in range(number.span))
        if any(year in self.numbers for year in years):
            return True
        digits = "".join(filter(str.isdecimal, number.text))
        if len(digits) >= _LEAST_DIGITS and digits in self.digits:
            return True
        if number.parts:
            return all(part in self.numbers or not part for part in number.parts)
        if not number.text.isdecimal() and self.has_phrase(number.text):
            return True  # 4.1.2 or 4.1, as 4.1.2 has it
        counted = not (number.text.startswith("0") and number.text.isdecimal())  # as in dates
        return bool(number.values) and counted and self._follows(number)

    def _follows(self, number: Number) -> bool:
        """Return whether it is a sum, difference, product or ratio of two numbers."""
        if not number.values.isdisjoint(of_two(self.given)):
            return True
        share = max(number.values)
        return number.percent and share in shares(self.given, int(share.as_tuple().exponent))

    def has_word(self, word: str) -> bool:
        """Return whether a word is there, but for its ending."""
        plain = _POSSESSIVE.sub("", folded(word))
        if not self.words.isdisjoint((plain, f"{plain}s", plain.removesuffix("s"))):
            return True
        ends = range(max(_STEM, len(plain) - _ENDING), len(plain) + 1)
        return any(plain[:end] in self.stems for end in ends)

    def has_people(self, name: str) -> bool:
        """Return whether a name is of the people of a place that is there, or the other way."""
        data, plain = detail_words(), folded(name)
        if not self.words.isdisjoint(data.peoples.get(plain, ())):
            return True
        if len(plain) <= _SHARED:
            return False
        known = self.beginnings if plain.endswith(tuple(data.people_endings)) else self.people
        return plain[:_SHARED] in known

    def has_phrase(self, text: str) -> bool:
        """Return whether the words of a text stand there one after the other."""
        return spaced(text) in self.spaced

    def has_letters(self, text: str) -> bool:
        """Return whether the letters and digits of a text stand there, whatever is between."""
        return "".join(_WORDS.findall(folded(text))) in self.compact


def spaced(text: str) -> str:
    """Return the words of a text in lower case, with single spaces between and around."""
    return f" {' '.join(_WORDS.findall(folded(text)))} "


@lru_cache(maxsize=8)
def grounds_of(text: str) -> Grounds:
    """Return what a text grounds; the last few are kept: several variants answer one case."""
    data = detail_words()
    plain = _POSSESSIVE.sub("", folded(text))
    words = _WORDS.findall(plain)
    months = {data.months[word] for word in words if word in data.months}
    known = frozenset(words)
    given = _given(text, words, data.number_words, data)
    found = given | {Decimal(month) for month in months} | set(of_times_and_ranges(text))
    found |= {Decimal(str(one)) for word in words for one in data.shares.get(word, ())}
    names = [folded(name) for name in _CAPITALISED.findall(text)]
    ends = tuple(data.people_endings)
    return Grounds(
        given=given,
        numbers=_rounded(found),
        digits=" ".join("".join(_RUNS.findall(one)) for one in _DIGITS.findall(text)),
        words=known,
        stems=frozenset(
            word[:end]
            for word in known
            for end in range(max(_STEM, len(word) - _ENDING), len(word) + 1)
        ),
        beginnings=frozenset(name[:_SHARED] for name in names),
        people=frozenset(name[:_SHARED] for name in names if name.endswith(ends)),
        spaced=spaced(text),
        compact="".join(_WORDS.findall(folded(text))),
        initials=" ".join(dict.fromkeys(initials_of(text))),
        acronyms=frozenset(map(folded, acronyms_in(text))),
        dated=bool(months) or _DATE.search(text) is not None or _has_days(plain, data),
        german=is_german(text),
    )


def _has_days(text: str, data: DetailWords) -> bool:
    """Return whether a text has a range of weekdays."""
    days = data.weekdays
    return any(one in days and other in days for one, other in _DAYS.findall(text))


def _given(
    text: str, words: list[str], spelled: Mapping[str, float], data: DetailWords
) -> frozenset[Decimal]:
    found = {Decimal(str(spelled[word])) for word in words if word in spelled}
    for number in numbers_in(text, data.scales):
        found |= number.values
        found.update(number.parts)
    for token in _TOKENS.findall(text):
        if not (token.isalpha() or token.isdigit()) and len(token) <= _LONGEST_RUN:
            found |= {Decimal(run) for run in _RUNS.findall(token)}  # the digits of a code
    return frozenset(found)


def _rounded(found: frozenset[Decimal]) -> frozenset[Decimal]:
    """Return numbers with the short forms of years, and with what decimals are when rounded."""
    all_of = found | {value % _CENTURY for value in found if _FIRST_YEAR <= value <= _LAST_YEAR}
    exact = [value for value in all_of if value != value.to_integral_value()]
    return all_of | {
        value.quantize(places) for value in exact if value < _MOST for places in _DECIMALS
    }
