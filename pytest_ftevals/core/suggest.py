"""What a mistyped word was probably meant to be, in the same words in every message."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str], *, spell: Callable[[str], str] = repr) -> str:
    """Return ``Did you mean 'x'? `` for the closest of `known`, or an empty text.

    Capitals do not matter. `spell` puts the word into quotes. Closeness is difflib's, at least 0.6.
    """
    by_lower = {one.lower(): one for one in known}
    matches = get_close_matches(word.lower(), by_lower, n=1)
    return f"Did you mean {spell(by_lower[matches[0]])}? " if matches else ""
