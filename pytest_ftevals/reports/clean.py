"""Hostile text made safe for a terminal: what cannot be seen is spelled out, or cut off.

A model's reply, a data row or a name may hold escape sequences that repaint the screen,
right-to-left overrides that reorder it, or invisible characters that make two different replies
look the same. None of them reaches a terminal through `clean`.
"""

import re
import unicodedata

_NEWLINES = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_MARKS = ("Mn", "Me")
# Longer stacks of accents spill over the lines above and below; no living script needs them.
_MOST_MARKS = 3
_VARIATION = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Letters and symbols by category, blank on every screen.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def clean(text: str, *, ascii_only: bool = False) -> str:
    r"""Return `text` on one line, without any character that is invisible or steers a terminal.

    A run of line breaks becomes one ``⏎`` and a tab a space; control, format, private and
    unassigned characters, lone surrogates and odd spaces are spelled as in Python source
    (``\x1b``, ``\u202e``). With `ascii_only` so is everything beyond ASCII, ``⏎`` as ``\n``.
    """
    if not text.isprintable():
        text = _NEWLINES.sub("\\\\n" if ascii_only else "⏎", text).replace("\t", " ")
    if ascii_only:
        text = "".join(char if char.isprintable() else _spelled(char) for char in text)
        return text.encode("ascii", "backslashreplace").decode("ascii")
    return text if text.isascii() and text.isprintable() else _visible(text)


def display_width(text: str) -> int:
    """Return how many columns a clean `text` takes; East Asian wide characters take 2."""
    return len(text) if text.isascii() else sum(map(_width, text))


def shorten(text: str, width: int, *, ascii_only: bool = False, keep_end: bool = False) -> str:
    """Return a clean `text` in at most `width` columns, an ellipsis where it was cut."""
    if display_width(text) <= width:
        return text
    ellipsis = ("..." if ascii_only else "…")[: max(width, 0)]
    room = width - len(ellipsis)
    if keep_end:
        tail = head_of(text[::-1], room)[::-1]
        return ellipsis + tail.lstrip("".join(char for char in tail if not _width(char)))
    return head_of(text, room) + ellipsis


def head_of(text: str, width: int) -> str:
    """Return the longest beginning of a clean `text` that takes at most `width` columns."""
    if text.isascii():
        return text[: max(width, 0)]
    used = 0
    for index, char in enumerate(text):
        used += _width(char)
        if used > width:
            return text[:index]
    return text


def excerpt(text: str, width: int, *, ascii_only: bool = False) -> str:
    """Return `text` cleaned and shortened; long texts are cut before they are cleaned."""
    enough = 8 * max(width, 0) + 64
    cleaned = clean(text[:enough], ascii_only=ascii_only)
    if len(text) > enough:
        cleaned += "..." if ascii_only else "…"
    return shorten(cleaned, width, ascii_only=ascii_only)


def padded(text: str, width: int, *, right: bool = False) -> str:
    """Return a clean `text` filled with spaces to `width` columns."""
    fill = " " * (width - display_width(text))
    return fill + text if right else text + fill


def _visible(text: str) -> str:
    shown: list[str] = []
    marks = _MOST_MARKS  # a mark at the start would join the character printed before the text
    for char in text:
        if unicodedata.category(char) in _MARKS:
            marks += 1
        else:
            marks = 0
        safe = char.isprintable() and marks <= _MOST_MARKS and char not in _BLANK
        shown.append(char if safe and not _VARIATION.match(char) else _spelled(char))
    return "".join(shown)


def _spelled(char: str) -> str:
    return ascii(char)[1:-1]


def _width(char: str) -> int:
    if unicodedata.category(char) in _MARKS:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
