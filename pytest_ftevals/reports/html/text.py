"""Hostile text made safe for a page: escaped, isolated from its surroundings, never too long.

Names, notes and messages are cleaned as for a terminal (`reports/clean.py`), so that every format
shows the same text and what is invisible is spelled out. Right-to-left scripts keep their order
inside a ``<bdi>``, which keeps them from reordering what stands beside them.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from pytest_ftevals.reports.clean import clean, excerpt

LONGEST = 120
"""Columns of a name before it is cut."""
_LONGEST_TITLE = 4000
_SURROGATES = re.compile("[\ud800-\udfff]")


def name(text: str, width: int = LONGEST) -> Markup:
    """Return a name or an id on one line; cut after `width` columns, the rest in its title."""
    shown = excerpt(text, width)
    whole = excerpt(text, _LONGEST_TITLE)
    if shown == whole:
        return Markup("<bdi>{}</bdi>").format(shown)
    return Markup('<bdi title="{}">{}</bdi>').format(whole, shown)


def prose(text: str) -> Markup:
    """Return a note or a message whole, up to a length that no honest one has."""
    return Markup("<bdi>{}</bdi>").format(excerpt(text, _LONGEST_TITLE))


def in_link(text: str) -> str:
    """Return `text` as a part of a link's hash, as JavaScript's ``decodeURIComponent`` reads it.

    Lone surrogates become U+FFFD, as in samples.jsonl.
    """
    return quote(_SURROGATES.sub("\ufffd", text), safe="")


def cases_link(**wanted: str) -> str:
    """Return the link to the case browser that shows the cases of a task, candidate, label, ..."""
    return "#cases?" + "&".join(f"{key}={in_link(value)}" for key, value in wanted.items())


def case_link(task: str, case: str, candidate: str) -> str:
    """Return the link to one case."""
    return f"#case={in_link(task)}/{in_link(case)}/{in_link(candidate)}"


FILTERS: Mapping[str, Callable[..., Any]] = {"name": name, "prose": prose, "clean": clean}
"""By their names in templates."""

__all__ = ["FILTERS", "case_link", "cases_link", "escape", "in_link", "name", "prose"]
