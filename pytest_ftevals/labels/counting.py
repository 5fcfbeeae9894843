"""What of a reply instructions count: words, sentences, lines, bullets, paragraphs, characters."""

import re
from collections.abc import Callable, Mapping

from pytest_ftevals.labels.detail_words import detail_words

_BULLET = re.compile(r"^\s*(?:[-*+\u2022\u2013]|\(?\d{1,3}(?:\\?[.)]|:))\s")
_BREAK = re.compile(r"(?<![.!?\u2026])[.!?\u2026]++[\"'\u201d\u2019)\]]*+(?=\s)|\n[^\S\n]*+\n")
_LAST_WORD = re.compile(r"(\w+)$")


def words(text: str) -> int:
    """Return how many pieces between white space have a letter or digit."""
    return sum(any(char.isalnum() for char in piece) for piece in text.split())


def sentences(text: str) -> range:
    """Return how many sentences a text may have: pieces with a word that end in a full stop.

    Its kin count, too. A full stop after a title or a number of a list ends none, nor does one
    before a word in lower case. One after an abbreviation or a single letter may end one.
    """
    data = detail_words()
    count, doubtful, start = 0, 0, 0
    for match in _BREAK.finditer(text):
        before = _LAST_WORD.search(text[max(0, match.start() - 40) : match.start()])
        last = "" if before is None else before.group(1).casefold()
        after = text[match.end() :].lstrip()[:1]
        listed = last.isdecimal() and text[start : match.start()].strip() == last
        stop = match.group() == "."
        if listed or after.islower() or (stop and last in data.titles):
            continue
        if not words(text[start : match.end()]):
            continue
        start = match.end()
        if stop and (last in data.abbreviations or (len(last) == 1 and last.isalpha())):
            doubtful += words(text[start:]) > 0
        else:
            count += 1
    count += words(text[start:]) > 0
    return range(count, count + doubtful + 1)


def lines(text: str) -> int:
    """Return how many lines have something in them."""
    return sum(bool(line.strip()) for line in text.splitlines())


def bullets(text: str) -> int:
    """Return how many lines begin with a bullet or a number."""
    return sum(_BULLET.match(line) is not None for line in text.splitlines())


def paragraphs(text: str) -> int:
    """Return how many blocks blank lines make."""
    return sum(bool(block.strip()) for block in re.split(r"\n\s*\n", text))


def characters(text: str) -> int:
    """Return how many characters a text has without white space around it."""
    return len(text.strip())


_COUNTS: Mapping[str, Callable[[str], int]] = {
    "words": words,
    "lines": lines,
    "bullets": bullets,
    "paragraphs": paragraphs,
    "characters": characters,
}


def counts(unit: str, text: str) -> range:
    """Return how many of a unit a text has; several numbers where it is read in several ways."""
    if unit == "sentences":
        return sentences(text)
    count = _COUNTS[unit](text)
    return range(count, count + 1)
