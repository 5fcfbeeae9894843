"""Names in a text: capitalised words that do not begin a sentence."""

import re
from collections.abc import Iterator

from pytest_ftevals.labels.detail_words import detail_words, folded

_WORD = re.compile(r"[^\W\d_](?:[\w'\u2019]*\w)?")
_ENDS = re.compile(r"[.!?:;\n\u2022\u2026\"\u201c\u201e\u00ab|]")
_LABEL = re.compile(
    r"^\W*(?:[^\W\d_][\w'\u2019]*[ /&-]{1,3}){0,3}[^\W\d_][\w'\u2019]*\W{0,2}:(?=\s|\*)"
)
_CAPITAL = "[A-Z\u00c0-\u00d6\u00d8-\u00de]"
_RUN = re.compile(
    rf"\b{_CAPITAL}[\w'\u2019]*"
    rf"(?: (?:(?:of|the|for|and|de|und) ){{0,2}}{_CAPITAL}[\w'\u2019]*)+"
)
_STOPS = re.compile(rf"(?<=\b{_CAPITAL})\.(?={_CAPITAL}\b)")
_ACRONYM = re.compile(rf"\b{_CAPITAL}{{2,6}}\b")


def names_in(text: str) -> Iterator[str]:
    """Yield the words that are names by their capital; those of languages without capitals: none.

    A word that begins a sentence is none, unless the whole text is a name; nor are the words of a
    heading or of a label before a colon, nor one that the text has in lower case, too.
    """
    data = detail_words()
    whole = is_name(text)
    common = {match.group() for match in _WORD.finditer(text) if match.group()[0].islower()}
    for line in text.split("\n"):
        words = list(_WORD.finditer(line))
        if _is_heading([match.group() for match in words]) and not whole:
            continue
        label = _LABEL.match(line)
        before = 0
        for index, match in enumerate(words):
            word, gap = match.group(), line[before : match.start()]
            before = match.end()
            plain = folded(word).removesuffix("'s")
            starts = index == 0 or _starts(gap, words[index - 1].group())
            starts = starts or (label is not None and match.end() <= label.end())
            if not word[0].isupper() or plain in data.not_names or plain in data.titles:
                continue
            if len(word) > 1 and (whole or not starts) and word.lower() not in common:
                yield word


def is_name(text: str) -> bool:
    """Return whether a whole short text is a name, such as ``Rome`` or ``Bank of Utah``."""
    data = detail_words()
    words = text.split()
    if ":" in text or not 0 < len(words) <= data.short_reply_words:
        return False
    parts = [word.strip(".,;:!?\"'()") for word in words]
    named = [part for part in parts if folded(part) not in data.connectors]
    return bool(named) and all(part[:1].isupper() for part in named)


def initials_of(text: str) -> Iterator[str]:
    """Yield the initials of every run of capitalised words: with and without the words between."""
    for match in _RUN.finditer(text):
        words = match.group().removeprefix("The ").split()
        yield "".join(word[0] for word in words).lower()
        yield "".join(word[0] for word in words if word[0].isupper()).lower()


def acronyms_in(text: str) -> list[str]:
    """Return the words of two capitals or more, with full stops between them or without."""
    return _ACRONYM.findall(_STOPS.sub("", text))


def spelled_out(text: str, acronyms: frozenset[str]) -> frozenset[str]:
    """Return the words of runs whose initials are known, such as of the ``UN``."""
    return frozenset(
        word
        for match in _RUN.finditer(text)
        if not acronyms.isdisjoint(initials_of(match.group()))
        for word in match.group().split()
    )


def _starts(gap: str, before: str) -> bool:
    """Return whether a sentence begins after a gap; not after ``Dr.`` or an initial."""
    if _ENDS.search(gap) is None:
        return False
    abbreviated = len(before) == 1 or folded(before) in detail_words().titles
    return not (abbreviated and gap.strip() == ".")


def _is_heading(words: list[str]) -> bool:
    data = detail_words()
    others = words[1:]  # the first has a capital in a sentence, too
    capitals = sum(word[0].isupper() for word in others)
    return len(others) >= data.heading_words and capitals >= data.heading_share * len(others)
