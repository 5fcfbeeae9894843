"""Which candidate a test's node id names: in its brackets, among other parameters."""

import re
from collections.abc import Collection


def named_in(nodeid: str, names: Collection[str]) -> str | None:
    """Return which of `names` stands in the brackets of a node id: the first, then the longest.

    Parameters are joined by hyphens, which names may have too.
    """
    found = [(match.start(), -len(name), name) for name in names if (match := _in(nodeid, name))]
    return min(found)[2] if found else None


def without(nodeid: str, name: str) -> str:
    """Return a node id without a candidate's name: as a run of this candidate alone has it."""
    match = _in(nodeid, name)
    if match is None:
        return nodeid
    before, after = nodeid[: match.start()], nodeid[match.end() :]
    if before.endswith("[") and after.startswith("]"):
        return before[:-1] + after[1:]
    return before + after[1:] if after.startswith("-") else before.removesuffix("-") + after


def renamed(nodeid: str, old: str, new: str) -> str:
    """Return a node id with one candidate's name for another's."""
    match = _in(nodeid, old)
    return (
        nodeid
        if match is None
        else nodeid[: match.start()] + as_in_ids(new) + nodeid[match.end() :]
    )


def _in(nodeid: str, name: str) -> re.Match[str] | None:
    """Return where a name stands in brackets, as a whole."""
    brackets = nodeid.find("[")
    if brackets < 0 or not name:
        return None
    written = "|".join(map(re.escape, dict.fromkeys([name, as_in_ids(name)])))
    return re.compile(rf"(?<![\w.+])(?:{written})(?![\w.+])").search(nodeid, brackets + 1)


def as_in_ids(name: str) -> str:
    """Return a name as pytest writes it in node ids: what is not ASCII is escaped."""
    return name.encode("unicode_escape").decode("ascii")
