"""Field accuracy: the share of the expected fields that a reply has right.

From 0 to 1, higher is better. Misleading where fields are unequal in difficulty: three constant
fields and one hard one give 0.75 for free.
"""

from functools import partial

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.fields import NoObjectError, reply_object, wrong_fields
from pytest_ftevals.metrics.needs import expected_objects
from pytest_ftevals.metrics.per_case import PerCase
from pytest_ftevals.metrics.wording import quoted, short


def rate(task: Task, case: Case, response: Response) -> Score:  # noqa: ARG001 - PerCase's shape
    """Return the share of expected fields that equal; 0 for a reply that is no JSON object."""
    if not isinstance(case.expected, dict):
        raise TypeError(f"field_accuracy expects an object, not {case.expected!r}")
    try:
        wrong = wrong_fields(case.expected, reply_object(response.text))
    except NoObjectError as error:
        return Score(value=0.0, reason=str(error))
    total = len(case.expected)
    reason = short(f"wrong or missing: {', '.join(map(quoted, wrong))}") if wrong else ""
    return Score(value=(total - len(wrong)) / total, reason=reason)


FIELD_ACCURACY = PerCase(
    name="field_accuracy",
    binary=False,
    needs=partial(expected_objects, "field_accuracy"),
    rate=rate,
)
