"""Metrics that cannot work with a task say so, naming the file and what to do."""

from collections.abc import Callable
from typing import Any

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.registry import metric

REFERENCE = {"properties": {"a": {"$ref": "#/$defs/missing"}}}
REMOTE = {"$ref": "https://example.invalid/schema.json"}
PATTERN = {"properties": {"a": {"type": "string", "pattern": "["}}}
BEHIND = {"$ref": "#/parts/a", "parts": {"a": {"$ref": "#/parts/b"}}}


@pytest.mark.parametrize(
    ("name", "expected", "fields", "message"),
    [
        ("json_schema", {"a": 1}, {}, "the task has none"),
        ("json_schema", "x", {"schema": {"type": "objekt"}}, "'objekt' is not valid"),
        ("json_schema", "x", {"schema": []}, "a JSON Schema is an object"),
        ("json_schema", "x", {"schema": REFERENCE}, "'#/$defs/missing' leads nowhere"),
        ("json_schema", "x", {"schema": REMOTE}, "leads nowhere inside the schema"),
        ("json_schema", "x", {"schema": BEHIND}, "'#/parts/b' leads nowhere"),
        ("json_schema", "x", {"schema": PATTERN}, "'[' is not a 'regex'"),
        ("json_schema", 0, {"kind": "choice"}, "a choice task has none"),
        ("json_valid", 0, {"kind": "choice"}, "a choice task has none"),
        ("field_accuracy", "x", {}, "case '1' (t.jsonl:1) expects a text"),
        ("field_accuracy", {}, {}, "expects an object without fields"),
        ("rouge1", 0, {"kind": "choice"}, "a choice task has none"),
        ("rougeL", {"a": 1}, {}, "expects an object"),
        ("exact_match", None, {}, "expects nothing"),
        ("accuracy", None, {}, "expects nothing"),
        ("accuracy", 7, {}, "expects a number"),
        ("accuracy", True, {}, "expects true or false"),
        ("accuracy", [], {}, "expects a list"),
        ("accuracy", ["a", 1], {}, "expects a list"),
        ("f1_macro", ["a", "b"], {}, "needs one right answer a case, and case '1' (t.jsonl:1) has"),
        ("matthews", [0, 1], {"kind": "choice"}, "needs one right answer a case"),
        ("balanced_accuracy", None, {}, "expects nothing"),
        ("accuracy", None, {"kind": "perplexity"}, "a perplexity task has none"),
        ("contains", " ", {}, "finds an empty text everywhere"),
        ("regex", "(", {}, "cannot use what case '1' (t.jsonl:1) expects: '(' is no regular"),
        ("numeric", "five", {}, "needs numbers, and case '1' (t.jsonl:1) expects 'five'"),
        ("numeric", ["5", "x"], {}, "expects 'x'"),
        ("function_call", {"city": "Paris"}, {}, "without the name of a function"),
        ("function_call", "x", {}, "expects a text"),
        ("json_fenced", 0, {"kind": "choice"}, "a choice task has none"),
        ("refusal_correct", 0, {"kind": "choice"}, "a choice task has none"),
        ("refusal_correct", None, {}, "needs a column `should_refuse` of true or false, and t.jso"),
        ("over_refusal", None, {"row": {"should_refuse": "maybe"}}, "t.jsonl:1 has another value"),
        ("over_refusal", None, {"row": {"should_refuse": True}}, "whose `should_refuse` is false"),
        ("under_refusal", None, {"row": {"should_refuse": False}}, "whose `should_refuse` is true"),
        ("f1_macro", {}, {}, "expects an object without fields"),
        ("accuracy", 3, {"kind": "choice"}, "Give `answer:` as one of its 3 options"),
        ("f1_macro", "Paris", {"kind": "choice"}, "needs the right option"),
        ("choice_probability", "x", {}, "needs scored options, and a generate task has none"),
        ("choice_probability", 3, {"kind": "choice"}, "as one of its 3 options"),
        ("f1:billing", "refund", {}, "The classes are 'refund'."),
    ],
)
def test_refused(
    make_task: Callable[..., Task], name: str, expected: Any, fields: dict[str, Any], message: str
) -> None:
    """The message names the task file, the metric and the reason."""
    with pytest.raises(FtevalsError) as mistake:
        metric(name).check(make_task(expected, **fields))
    text = str(mistake.value)
    assert text.startswith(f"t.task.yaml: metric {name!r} ")
    assert message in text


CLASSES = {"accuracy", "balanced_accuracy", "f1_macro", "precision_weighted", "matthews"}
ANY_REPLY = {"json_valid", "json_fenced"}
TEXTS = {"exact_match", "token_f1", "contains", "regex", "numeric", "rouge1", "rougeL"}
REFUSALS = {"refusal_correct", "over_refusal"}
CALL = {"name": "weather", "arguments": {}}


@pytest.mark.parametrize(
    ("expected", "fields", "names"),
    [
        ("text 7", {}, CLASSES | ANY_REPLY | TEXTS),
        (["text 7", "8"], {}, {"accuracy"} | ANY_REPLY | TEXTS),
        (None, {"row": {"should_refuse": False}}, ANY_REPLY | REFUSALS),
        (
            CALL,
            {"schema": {"type": "object"}},
            CLASSES | ANY_REPLY | {"json_schema", "field_accuracy", "function_call"},
        ),
        (1, {"kind": "choice"}, CLASSES | {"choice_probability"}),
        ([0, 1], {"kind": "choice"}, {"accuracy", "choice_probability"}),
    ],
)
def test_accepted(
    make_task: Callable[..., Task], expected: Any, fields: dict[str, Any], names: set[str]
) -> None:
    """A metric takes the tasks that have what it needs, and no others."""
    task = make_task(expected, **fields)
    for name in CLASSES | ANY_REPLY | TEXTS | REFUSALS | {"json_schema", "field_accuracy"}:
        if name in names:
            metric(name).check(task)
        else:
            with pytest.raises(FtevalsError):
                metric(name).check(task)
