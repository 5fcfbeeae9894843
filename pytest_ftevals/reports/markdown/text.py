"""Hostile text made inert in GitHub's Markdown: it stands in code, and nowhere else.

GitHub links mentions, issues, commits and addresses, and draws emoji, formulas and images, in every
text of a comment but code. So names, thresholds and replies are code spans, many lines are a fenced
block, and what stands inside HTML is escaped: https://github.github.com/gfm, sections 4.5 and 6.3.
"""

import re
from collections.abc import Iterable
from html import escape

from pytest_ftevals.reports.clean import clean, excerpt

LONGEST = 120
"""Columns of a name before it is cut."""
_TICKS = re.compile("`+")
_LEAST_FENCE = 3
_BLANK = '""'


def code(text: str, width: int = LONGEST) -> str:
    """Return `text` as a code span on one line, cleaned, of at most `width` columns."""
    shown = excerpt(text, width) or _BLANK
    ticks = "`" * (_longest_run(shown) + 1)
    # One space is taken off where both ends have one, and ticks at an end must not join ours.
    padded = shown[0] + shown[-1]
    space = " " if "`" in padded or (padded == "  " and shown.strip()) else ""
    return f"{ticks}{space}{shown}{space}{ticks}"


def cell(text: str, width: int = LONGEST) -> str:
    """Return `text` as a code span for a table's cell."""
    return code(text, width).replace("|", "\\|")


def in_summary(text: str, width: int = LONGEST) -> str:
    """Return `text` as code for an HTML element of ours, in which no Markdown is read."""
    return f"<code>{escape(excerpt(text, width) or _BLANK)}</code>"


def fenced(lines: Iterable[str]) -> str:
    """Return lines as one block of code; each is cleaned, so none of them ends the block."""
    text = "\n".join(map(clean, lines))
    fence = "`" * max(_LEAST_FENCE, _longest_run(text) + 1)
    return f"{fence}text\n{text}\n{fence}\n"


def folded(summary: str, body: str = "") -> str:
    """Return what opens a folded section; `summary` is HTML. It is closed by `FOLD_END`."""
    return f"<details><summary>{summary}</summary>\n\n{body}"


FOLD_END = "\n</details>\n\n"


def table_head(*columns: str) -> str:
    """Return the first two lines of a table; a column that begins with ``>`` is right-aligned."""
    titles = " | ".join(one.lstrip(">") for one in columns)
    rules = " | ".join("---:" if one.startswith(">") else "---" for one in columns)
    return f"| {titles} |\n| {rules} |\n"


def table_row(cells: Iterable[str]) -> str:
    """Return one line of a table, of cells that are Markdown already."""
    return f"| {' | '.join(cells)} |\n"


def _longest_run(text: str) -> int:
    return max(map(len, _TICKS.findall(text)), default=0)
