"""record.json: the same text for the same record, and nothing but records comes back."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.record import Record
from pytest_ftevals.reports.record_json import record_from_json, record_to_text
from pytest_ftevals.reports.samples import sample_from_json, sample_line
from pytest_ftevals.reports.schemas import record_schema, sample_schema

if TYPE_CHECKING:
    from tests.reports.conftest import Build

Damage = Callable[[dict[str, Any]], object]

DAMAGES: dict[str, Damage] = {
    "unknown version": lambda data: data.update(version=2),
    "version of another type": lambda data: data.update(version="1"),
    "version missing": lambda data: data.pop("version"),
    "comparisons missing": lambda data: data.pop("comparisons"),
    "unknown field": lambda data: data.update(extra=1),
    "row without n": lambda data: data["comparisons"][0].pop("n"),
    "row without thresholds": lambda data: data["comparisons"][0].pop("thresholds"),
    "text for a number": lambda data: data["comparisons"][0].update(base="0.3"),
    "truth for a count": lambda data: data["comparisons"][0].update(n=True),
    "interval of one end": lambda data: data["comparisons"][0].update(interval=[0.1]),
    "interval of a number": lambda data: data["comparisons"][0].update(interval=0.1),
    "unknown unit": lambda data: data["comparisons"][0].update(unit="percent"),
    "unknown evidence": lambda data: data["comparisons"][0]["thresholds"][0].update(evidence="?"),
    "unknown outcome": lambda data: data["tests"][0].update(outcome="green"),
    "object for a list": lambda data: data.update(tests={}),
    "list for an object": lambda data: data.update(run=[]),
    "list for a row": lambda data: data["variants"].append([]),
    "text for an interval": lambda data: data["comparisons"][0].update(interval="ab"),
    "number for a name": lambda data: data["comparisons"][0].update(task=3),
    "truth for a number": lambda data: data["comparisons"][0].update(delta=True),
    "text for a truth": lambda data: data["variants"][0].update(shares_base="yes"),
    "unlabelled count": lambda data: data["failures"][0]["labels"].update({"wrong answer": "1"}),
}


def _data(record: Record) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(record_to_text(record))
    return data


def test_round_trip(build: "Build") -> None:
    """Record to text to record changes nothing, and the text is the same every time."""
    for record in (Record(), build.passing(), build.failing(), build.two_candidates()):
        text = record_to_text(record)
        assert record_from_json(json.loads(text)) == record
        assert record_to_text(record_from_json(json.loads(text))) == text
        assert text.endswith("}\n")


def test_schema_is_valid_and_accepts_what_is_written(build: "Build") -> None:
    """The shipped schemas are schemas, and every record and sample written validates."""
    schema = record_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for record in (Record(), build.passing(), build.failing(), build.two_candidates()):
        validator.validate(_data(record))
    Draft202012Validator.check_schema(sample_schema())
    for sample in build.samples():
        Draft202012Validator(sample_schema()).validate(json.loads(sample_line(sample)))


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damaged_record_is_refused(build: "Build", damage: Damage) -> None:
    """Neither the schema nor the reader takes a damaged record."""
    data = _data(build.failing())
    damage(data)
    assert not Draft202012Validator(record_schema()).is_valid(data)
    with pytest.raises(FtevalsError):
        record_from_json(data)


def test_messages_name_the_place(build: "Build") -> None:
    """A refusal says which field, what was expected and what was found."""
    data = _data(build.failing())
    data["comparisons"][1]["thresholds"][0]["bound"] = "x" * 500
    with pytest.raises(
        FtevalsError, match=r"comparisons\[1\]\.thresholds\[0\]\.bound: a number ex"
    ):
        record_from_json(data)
    with pytest.raises(FtevalsError, match="version 7 is unknown; this release reads version 1"):
        record_from_json({"version": 7})
    with pytest.raises(FtevalsError, match="no record"):
        record_from_json(["version"])


def test_numbers_that_are_none_are_null(build: "Build") -> None:
    """NaN and infinities are written as null, valid by the schema, and come back as NaN."""
    row = replace(build.perplexity(), value=math.inf, delta=math.nan, interval=(math.nan, 1.0))
    data = _data(replace(build.passing(), comparisons=(row,)))
    assert data["comparisons"][0]["value"] is None
    assert data["comparisons"][0]["interval"] == [None, 1.0]
    Draft202012Validator(record_schema()).validate(data)
    (read,) = record_from_json(data).comparisons
    assert math.isnan(read.delta)
    assert read.interval[1] == 1.0


def test_whole_numbers_are_numbers(build: "Build") -> None:
    """Other writers spell 1.0 as 1: it is read as the number that it is."""
    data = _data(build.passing())
    data["comparisons"][0]["delta"] = 1
    (read, *_) = record_from_json(data).comparisons
    assert read.delta == 1.0
    assert isinstance(read.delta, float)


def test_hostile_text_is_harmless_in_the_file(build: "Build") -> None:
    """Lone surrogates are replaced; controls and line ends are escaped and come back."""
    hostile = "a\ud800b\x9b\u2028\u202e\x85\x1b\nz"
    sample = build.sample("1", "trec", hostile)
    line = sample_line(sample)
    assert len(line.splitlines()) == 1
    assert "\x9b" not in line
    assert json.loads(line.encode())["response"] == hostile.replace("\ud800", "\ufffd")


def test_sample_round_trip(build: "Build") -> None:
    """A sample's line gives the sample back; a damaged line is refused."""
    for sample in build.samples():
        assert sample_from_json(json.loads(sample_line(sample))) == sample
    data = json.loads(sample_line(build.samples()[0]))
    data["finish"] = 3
    with pytest.raises(FtevalsError, match=r"sample\.finish"):
        sample_from_json(data)
    assert not Draft202012Validator(sample_schema()).is_valid(data)


def test_what_is_no_json_is_refused(build: "Build") -> None:
    """A value that JSON has no spelling for is an error, never a guess."""
    with pytest.raises(TypeError, match="object is no JSON value"):
        record_to_text(replace(build.passing(), run={"options": object()}))  # type: ignore[dict-item]
