"""Plain text as Markdown prose: it reads as written, whatever names stand in it."""

import re

_BEGINS_BLOCK = re.compile(r"(\d{0,9})([-+=.)])")
# Mentions, addresses, emoji and formulas are read even where their sign is escaped: an element
# keeps it apart from what it would link.
_SPECIAL = re.compile(
    r"(?P<apart>[@#$\\]|:(?! |$))|(?P<mark>[`*_\[\]|~]|(?<=www)\.)|[&<>]", re.IGNORECASE
)
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def prose(text: str) -> str:
    """Return a clean `text` of one line as Markdown that shows it as it is."""
    head = _BEGINS_BLOCK.match(text)
    if head is None:
        return _SPECIAL.sub(_inert, text)
    return f"{head[1]}\\{head[2]}{_SPECIAL.sub(_inert, text[head.end() :])}"


def _inert(match: re.Match[str]) -> str:
    sign = match[0]
    if match["apart"]:
        return f"<span>{'&#92;' if sign == chr(92) else sign}</span>"
    return f"\\{sign}" if match["mark"] else _ENTITIES[sign]
