"""Words and limits by which details are told: data, in details.json."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_ACCENTS = re.compile("[\u0300-\u036f]")
FILE = Path(__file__).with_name("details.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailWords:
    """The data; words are in lower case."""

    longest: int
    """Characters of a reply that are looked at."""
    quotation_words: int
    """Words from which on a text in quotation marks claims to be a quotation."""
    short_reply_words: int
    """Words up to which a capitalised reply is a name and no sentence."""
    heading_words: int
    """Words from which on a line may be a heading."""
    heading_share: float
    """Share of capitalised words from which on it is one."""
    code_characters: int
    """Letters and digits from which on both together are a code."""
    derived_from: int
    """Sums, differences and products of two numbers count as known from this value on,"""
    derived_few: int
    """and smaller ones, too, where the input has no more numbers than this."""
    derived_numbers: int
    """Numbers of the input beyond which nothing is derived: everything would follow from them."""
    german_words: int
    """German words from which on a text is German, whatever else it has,"""
    german_share: float
    """and their share of all words; fewer are enough where no other language has as many."""
    number_words: Mapping[str, float]
    """Words for numbers of the input."""
    counting_words: frozenset[str]
    """Those that count as numbers in replies, before one of `units`."""
    units: frozenset[str]
    scales: Mapping[str, float]
    shares: Mapping[str, tuple[float, ...]]
    """Words for parts of a whole, and what they are in percent."""
    months: Mapping[str, int]
    weekdays: Mapping[str, str]
    """With short forms, and the day that each means."""
    peoples: Mapping[str, tuple[str, ...]]
    """Names of countries and their people that do not begin alike."""
    people_endings: frozenset[str]
    """What words for people end in, or for what is theirs."""
    titles: frozenset[str]
    """After these a full stop ends no sentence."""
    abbreviations: frozenset[str]
    """After these it may end one."""
    connectors: frozenset[str]
    """Words in lower case that stand within names."""
    not_names: frozenset[str]
    german: frozenset[str]


@cache
def detail_words() -> DetailWords:
    """Return the data, read when they are first asked for."""
    data: Any = json.loads(FILE.read_text(encoding="utf-8"))
    for key in ("about", "examples", "counterexamples"):
        del data[key]
    return DetailWords(**{key: _folded(one) for key, one in data.items()})


def _folded(value: Any) -> Any:
    """Return words as texts are compared; numbers as they are."""
    if isinstance(value, list):
        return frozenset(map(folded, value))
    if isinstance(value, dict):
        return {
            folded(word): tuple(one) if isinstance(one, list) else one
            for word, one in value.items()
        }
    return value


def folded(text: str) -> str:
    """Return a text without capitals, accents and typographic apostrophes."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold().replace("\u2019", "'"))
    return _ACCENTS.sub("", plain)
