"""The page, the schemas and the dataclasses name the same fields."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.comparison import Gap, SliceValue
from pytest_ftevals.core.failures import (
    FailureLogRow,
    FailureRow,
    Pattern,
    PatternRow,
    Recurring,
)
from pytest_ftevals.core.record import (
    RECORD_VERSION,
    ComparisonRow,
    Record,
    Sample,
    TaskRow,
    TestRow,
    ThresholdRow,
    TradeoffMeasure,
    TradeoffRow,
    VariantRow,
)
from pytest_ftevals.reports.schemas import record_schema, sample_schema

PAGE = Path(__file__).parents[2] / "docs" / "record.md"

SECTIONS: dict[str, tuple[type, str]] = {
    "## record.json": (Record, ""),
    "### variants": (VariantRow, "variant"),
    "### tasks": (TaskRow, "task"),
    "### comparisons": (ComparisonRow, "comparison"),
    "### comparisons[].gap": (Gap, "gap"),
    "### comparisons[].thresholds": (ThresholdRow, "threshold"),
    "### tests": (TestRow, "test"),
    "### failures": (FailureRow, "failure"),
    "### patterns": (PatternRow, "patterns"),
    "### patterns[].found": (Pattern, "pattern"),
    "### failure_log": (FailureLogRow, "failure_log"),
    "### failure_log[].again": (Recurring, "recurring"),
    "### tradeoff": (TradeoffRow, "tradeoff"),
    "### tradeoff[].measures": (TradeoffMeasure, "measure"),
    "## samples.jsonl": (Sample, "sample"),
}


def _documented(heading: str) -> list[str]:
    lines = iter(PAGE.read_text(encoding="utf-8").splitlines())
    next(line for line in lines if line == heading)
    names: list[str] = []
    for line in lines:
        if line.startswith("| `"):
            names.append(line.split("`")[1])
        elif names:
            break
    return names


def _schema(name: str) -> dict[str, Any]:
    if name == "sample":
        return sample_schema()
    schema: dict[str, Any] = record_schema()
    return dict(schema["$defs"][name]) if name else schema


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_field_is_documented_and_in_the_schema(heading: str) -> None:
    """Names agree in order, all are required, nothing else is allowed, each is described."""
    kind, name = SECTIONS[heading]
    names = [field.name for field in fields(kind)]
    schema = _schema(name)
    assert _documented(heading) == names
    assert list(schema["properties"]) == names
    assert schema["required"] == names
    assert schema["additionalProperties"] is False
    for field in names:
        described = schema["properties"][field]
        assert described.get("description") or described.get("$ref")


def test_a_slice_of_a_gap_is_in_the_schema() -> None:
    """Its fields, which the page describes in a sentence."""
    names = [field.name for field in fields(SliceValue)]
    schema = _schema("slice_value")
    assert list(schema["properties"]) == schema["required"] == names
    (line,) = (
        one for one in PAGE.read_text(encoding="utf-8").splitlines() if "| `best` | obj" in one
    )
    assert all(f"`{name}` (" in line for name in names)


def test_run_is_documented() -> None:
    """The page and the schema list the same keys of run."""
    assert _documented("### run") == list(_schema("run")["properties"])


def test_schema_knows_the_version() -> None:
    """The version is that of the vocabulary."""
    assert record_schema()["properties"]["version"]["const"] == RECORD_VERSION  # type: ignore[index,call-overload]
