"""Pieces of a model's answer as they appear in reasons: quoted and short."""

import re
from collections.abc import Sequence

LONGEST = 80
"""Characters of an answer that a reason quotes."""

_ADDRESS = re.compile(r"(<[^<>]*?) at 0x[0-9a-fA-F]+")


def quoted(value: object) -> str:
    """Return `value` spelled for a message: printable, at most `LONGEST` characters.

    What cannot spell itself is called by its type.
    """
    text = ascii(value[: LONGEST + 1]) if isinstance(value, str) else _spelled(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def unaddressed(text: str) -> str:
    """Return `text` without the addresses of objects in memory: they differ from run to run."""
    return _ADDRESS.sub(r"\1", text)


def any_of(texts: Sequence[str]) -> str:
    """Return the first of one or more right answers, quoted, and how many others there are."""
    others = len(texts) - 1
    return quoted(texts[0]) + (f" (or {others} more)" if others else "")


def short(text: str, longest: int = 200) -> str:
    """Return `text` cut to `longest` characters."""
    return text if len(text) <= longest else text[: longest - 3] + "..."


def _spelled(value: object) -> str:
    try:
        lines = ascii(value).splitlines()
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException:  # noqa: BLE001 - whatever a user's class raises
        return f"<{type(value).__name__}>"
    return unaddressed(" ".join(line.strip() for line in lines))
