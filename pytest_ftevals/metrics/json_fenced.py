"""Fenced JSON: the reply is JSON, or holds one fenced block that is.

0 or 1, higher is better. For prompts that allow a Markdown fence and words around it; the strict
form is `json_valid`. Misleading for programs that parse the whole reply: they would fail on the
fence.
"""

import re
from functools import partial

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.reply import NotJSONError, parse_json
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.needs import replies
from pytest_ftevals.metrics.per_case import PerCase

_FENCE = re.compile(r" {0,3}(`{3,}+|~{3,}+)([^`]*+)")
"""Possessive: a long line is gone through once."""


def rate(task: Task, case: Case, response: Response) -> Score:  # noqa: ARG001 - PerCase's shape
    """Return 1 where the stripped reply is JSON, or has one fenced block that is, else 0."""
    try:
        parse_json(unfenced(response.text))
    except NotJSONError as error:
        return Score(value=0.0, reason=str(error))
    return Score(value=1.0)


def unfenced(text: str) -> str:
    """Return what the one fenced block of a text holds; the text itself where it has no fence.

    A fence is that of CommonMark: three or more backticks or tildes on a line of their own, closed
    by at least as many. Raises NotJSONError for several blocks, and for one that is not closed.
    """
    blocks: list[list[str]] = []
    opened = ""
    for line in text.split("\n"):
        fence = _FENCE.fullmatch(line.rstrip())
        if not opened and fence is not None:
            opened = fence[1]
            blocks.append([])
        elif opened and fence is not None and not fence[2].strip() and fence[1].startswith(opened):
            opened = ""
        elif opened:
            blocks[-1].append(line)
    if opened:
        raise NotJSONError("the fence is not closed")
    if len(blocks) > 1:
        raise NotJSONError(f"{len(blocks)} fenced blocks, and one can be the answer")
    return "\n".join(blocks[0]) if blocks else text


JSON_FENCED = PerCase(
    name="json_fenced", binary=True, needs=partial(replies, "json_fenced"), rate=rate
)
