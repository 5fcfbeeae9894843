"""Names and lists as they stand in a sentence: plain text, for every format to escape."""

from collections.abc import Sequence

from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.clean import excerpt

_LONGEST = 120
MOST_NAMED = 8
"""Names that a sentence holds before it counts the others."""


def named(text: str, longest: int = _LONGEST) -> str:
    """Return a hostile name or text for a sentence: one line, visible, cut where it is long."""
    return excerpt(text, longest).strip() or '""'


def listed(parts: Sequence[str], most: int = MOST_NAMED) -> str:
    """Return ``a``, ``a and b``, ``a, b and c``; beyond `most`, ``a, b and 7 more``."""
    # "and 1 more" is as long as most names.
    shown = list(parts) if len(parts) <= most + 1 else list(parts[:most])
    left = len(parts) - len(shown)
    last = f"{numbers.count(left)} more" if left else shown.pop() if shown else ""
    return f"{', '.join(shown)} and {last}" if shown else last


def sentence(text: str) -> str:
    """Return `text` with a full stop, unless it ends in a mark of its own."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def one_or(count: int, one: str, several: str) -> str:
    """Return the word for one or for several, without the count."""
    return one if count == 1 else several
