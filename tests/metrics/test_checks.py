"""Metrics that cannot work with a task say so, naming the file and what to do."""

from collections.abc import Callable
from typing import Any

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.registry import metric, metric_names

REFERENCE = {"properties": {"a": {"$ref": "#/$defs/missing"}}}
REMOTE = {"$ref": "https://example.invalid/schema.json"}
PATTERN = {"properties": {"a": {"type": "string", "pattern": "["}}}
BEHIND = {"$ref": "#/parts/a", "parts": {"a": {"$ref": "#/parts/b"}}}
READERS = set(metric_names()) - {"choice_probability"}
"""The metrics that take reply texts."""


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
        ("accuracy", ["a"], {}, "expects a list"),
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


@pytest.mark.parametrize(
    ("expected", "fields", "names"),
    [
        ("a text", {}, READERS - {"json_schema", "field_accuracy"}),
        (
            {"a": "x"},
            {"schema": {"type": "object"}},
            READERS - {"exact_match", "rouge1", "rouge2", "rougeL"},
        ),
        (
            1,
            {"kind": "choice"},
            {name for name in metric_names() if name.endswith(("_macro", "_weighted"))}
            | {"choice_probability"},
        ),
    ],
)
def test_accepted(
    make_task: Callable[..., Task], expected: Any, fields: dict[str, Any], names: set[str]
) -> None:
    """Every other metric takes the task, accuracy always."""
    for name in names | {"accuracy"}:
        metric(name).check(make_task(expected, **fields))


def test_a_missing_library_is_named(
    make_task: Callable[..., Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without rouge-score the check says what to install."""
    monkeypatch.setattr("pytest_ftevals.metrics.rouge.find_spec", lambda _: None)
    with pytest.raises(FtevalsError, match=r"pip install 'pytest-ftevals\[rouge\]'"):
        metric("rouge1").check(make_task("a text"))


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {"$ref": "#"},
        {"$id": "https://x.invalid/a", "$ref": "a#/$defs/b", "$defs": {"b": {"$ref": "#"}}},
        {"enum": [{"$ref": "#/nowhere"}]},
        {"$ref": "https://json-schema.org/draft/2020-12/schema"},
        {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": {}}},
    ],
)
def test_usable_schemas(make_task: Callable[..., Task], schema: Any) -> None:
    """References inside the schema and to published drafts are fine; data is no reference."""
    metric("json_schema").check(make_task({"a": 1}, schema=schema))
