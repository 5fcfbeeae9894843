"""Names in a text: capitalised words that do not begin a sentence."""

import re
from collections.abc import Iterator

from pytest_ftevals.labels.detail_words import detail_words, folded

_WORD = re.compile(r"[^\W\d_](?:[\w'\u2019]*\w)?")
_ENDS = re.compile(r"[.!?:;\n\u2022\u2026\"\u201c\u201e\u00ab|]")


def names_in(text: str) -> Iterator[str]:
    """Yield the words that are names by their capital; those of languages without capitals: none.

    A word that begins a sentence is none, unless the whole text is a name; nor are the words of a
    heading.
    """
    data = detail_words()
    whole = _is_name(text)
    for line in text.split("\n"):
        words = list(_WORD.finditer(line))
        if _is_heading([match.group() for match in words]) and not whole:
            continue
        before = 0
        for index, match in enumerate(words):
            word, gap = match.group(), line[before : match.start()]
            before = match.end()
            plain = folded(word).removesuffix("'s")
            starts = index == 0 or _starts(gap, words[index - 1].group())
            if not word[0].isupper() or plain in data.not_names or plain in data.titles:
                continue
            if len(word) > 1 and (whole or not starts):
                yield word


def _starts(gap: str, before: str) -> bool:
    """Return whether a sentence begins after a gap; not after ``Dr.`` or an initial."""
    if _ENDS.search(gap) is None:
        return False
    abbreviated = len(before) == 1 or folded(before) in detail_words().titles
    return not (abbreviated and gap.strip() == ".")


def _is_name(text: str) -> bool:
    """Return whether a whole short text is a name, such as ``Rome`` or ``Bank of Utah``."""
    data = detail_words()
    words = text.split()
    if not 0 < len(words) <= data.short_reply_words:
        return False
    parts = [word.strip(".,;:!?\"'()") for word in words]
    named = [part for part in parts if folded(part) not in data.connectors]
    return bool(named) and all(part[:1].isupper() for part in named)


def _is_heading(words: list[str]) -> bool:
    data = detail_words()
    others = words[1:]  # the first has a capital in a sentence, too
    capitals = sum(word[0].isupper() for word in others)
    return len(others) >= data.heading_words and capitals >= data.heading_share * len(others)
