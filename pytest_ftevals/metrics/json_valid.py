"""JSON validity: the share of replies that are JSON and nothing else.

0 or 1, higher is better. JSON as of RFC 8259, without ``NaN`` and ``Infinity``. Misleading alone:
``{}`` and ``42`` are valid.
"""

from functools import partial

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.reply import NotJSONError, parse_json
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.needs import replies
from pytest_ftevals.metrics.per_case import PerCase


def rate(task: Task, case: Case, response: Response) -> Score:  # noqa: ARG001 - PerCase's shape
    """Return 1 where the whole stripped reply is JSON (RFC 8259), else 0 and why not."""
    try:
        parse_json(response.text)
    except NotJSONError as error:
        return Score(value=0.0, reason=str(error))
    return Score(value=1.0)


JSON_VALID = PerCase(
    name="json_valid", binary=True, needs=partial(replies, "json_valid"), rate=rate
)
