"""Whether a text is German, where all nouns have capitals."""

from pytest_ftevals.labels.detail_words import detail_words, folded
from pytest_ftevals.labels.words import LANGUAGES

_LETTERS = frozenset("\u00e4\u00f6\u00fc\u00df")
"""Of German; other languages that have them are left in doubt, too."""


def is_german(text: str) -> bool:
    """Return whether a text has more German words than ones of any other language.

    A word with one of German's own letters counts where it has no capital: those of names say
    nothing. One word is enough, for replies are short.
    """
    data = detail_words()
    words = text.split()
    plain = [folded(word.strip(".,;:!?\"'()\u201c\u201d\u201e")) for word in words]
    own = sum(word[0].islower() and not _LETTERS.isdisjoint(word) for word in words)
    german = own + sum(word in data.german for word in plain)
    if german >= data.german_words and german >= data.german_share * len(plain):
        return True
    return german > max(
        sum(word in common for word in plain)
        for name, common in LANGUAGES.items()
        if name != "German"
    )
