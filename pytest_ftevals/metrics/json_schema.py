"""JSON Schema: the share of replies that meet the task's schema.

0 or 1, higher is better; by the library jsonschema. Misleading as a measure of being right: a
schema holds for any well-formed wrong answer.
"""

from typing import TYPE_CHECKING, Any

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.reply import NotJSONError, parse_json
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.needs import refuse, replies
from pytest_ftevals.metrics.per_case import PerCase
from pytest_ftevals.metrics.schema_check import schema_fault
from pytest_ftevals.metrics.wording import short

if TYPE_CHECKING:
    from jsonschema.protocols import Validator


def rate(task: Task, case: Case, response: Response) -> Score:  # noqa: ARG001 - PerCase's shape
    """Return 1 where the reply is JSON that meets the schema, else 0 and the first violation."""
    try:
        value = parse_json(response.text)
    except NotJSONError as error:
        return Score(value=0.0, reason=f"invalid JSON: {error}")
    violation = first_violation(task.schema, value)
    return Score(value=0.0, reason=violation) if violation else Score(value=1.0)


def first_violation(schema: JSON, value: JSON) -> str:
    """Return path and message of the first violation of `schema`, or an empty text.

    The draft is the one that the schema's ``$schema`` names, else 2020-12.
    """
    try:
        error = next(_validator(schema).iter_errors(value), None)
    except (OverflowError, RecursionError) as limit:
        return f"cannot be checked: {short(str(limit))}"
    return short(f"{error.json_path}: {error.message}") if error else ""


def needs(task: Task) -> None:
    """Raise FtevalsError unless the task has a schema that replies can be held against."""
    replies("json_schema", task)
    if task.schema is None:
        fix = "Add `schema: FILE.json`, or leave the metric out."
        raise refuse("json_schema", task, "needs a schema, and the task has none", fix)
    if fault := schema_fault(task.schema):
        what = f"cannot use {task.schema_source or 'the schema'}: {fault}"
        raise refuse("json_schema", task, what, "Correct the schema file.")


def _validator(schema: Any) -> "Validator":
    from jsonschema.validators import Draft202012Validator, validator_for
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]

    # With a registry of its own the library does not fetch references from the network.
    return validator_for(schema, default=Draft202012Validator)(schema, registry=REGISTRY)


JSON_SCHEMA = PerCase(
    name="json_schema",
    binary=True,
    needs=needs,
    rate=rate,
    score_libraries=("jsonschema", "jsonschema-specifications", "referencing"),
)
