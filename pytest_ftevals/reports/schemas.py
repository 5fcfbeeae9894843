"""The JSON Schemas (2020-12) of record.json and of a line of samples.jsonl, as shipped."""

import json
from importlib.resources import files

from pytest_ftevals.core.canonical import JSON


def record_schema() -> dict[str, JSON]:
    """Return the schema of record.json, parsed."""
    return _schema("record.schema.json")


def sample_schema() -> dict[str, JSON]:
    """Return the schema of a line of samples.jsonl, parsed."""
    return _schema("sample.schema.json")


def _schema(name: str) -> dict[str, JSON]:
    text = files("pytest_ftevals.reports").joinpath(name).read_text(encoding="utf-8")
    schema: dict[str, JSON] = json.loads(text)
    return schema
