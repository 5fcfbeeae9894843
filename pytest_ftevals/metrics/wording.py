"""Pieces of a model's answer as they appear in reasons: quoted and short."""

from collections.abc import Sequence

LONGEST = 80
"""Characters of an answer that a reason quotes."""


def quoted(value: object) -> str:
    """Return `value` spelled for a message: printable, at most `LONGEST` characters."""
    text = ascii(value[: LONGEST + 1] if isinstance(value, str) else value)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def any_of(texts: Sequence[str]) -> str:
    """Return the first of one or more right answers, quoted, and how many others there are."""
    others = len(texts) - 1
    return quoted(texts[0]) + (f" (or {others} more)" if others else "")


def short(text: str, longest: int = 200) -> str:
    """Return `text` cut to `longest` characters."""
    return text if len(text) <= longest else text[: longest - 3] + "..."
