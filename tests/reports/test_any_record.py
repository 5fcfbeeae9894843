"""Properties of every record, however hostile: no crash, no wide line, no changed number."""

import json
import math
import re
import unicodedata
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pytest_ftevals.core.record import ComparisonRow, Record, Sample
from pytest_ftevals.reports.clean import display_width
from pytest_ftevals.reports.record_json import record_from_json, record_to_text
from pytest_ftevals.reports.samples import sample_from_json, sample_line
from pytest_ftevals.reports.schemas import record_schema, sample_schema
from pytest_ftevals.reports.terminal import render_terminal
from tests.reports.strategies import (
    any_float,
    comparisons,
    deltas,
    encodable,
    finite,
    records,
    samples,
    texts,
    words,
)

FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(
    records(texts, any_float),
    st.lists(samples(texts), max_size=3),
    st.integers(1, 220),
    st.integers(0, 3),
    st.booleans(),
)
def test_page_keeps_its_width_and_its_terminal(
    record: Record, answers: list[Sample], width: int, verbose: int, ascii_only: bool
) -> None:
    """Any record renders; no line is wider than the page or holds a steering character."""
    # So that worst cases find samples although both are random.
    known = [
        replace(sample, task=row.task, case=case, variant=row.candidate)
        for row, sample in zip(record.failures, answers, strict=False)
        for case in row.worst[:1]
    ]
    lines = render_terminal(
        record, width=width, verbose=verbose, samples=[*answers, *known], ascii_only=ascii_only
    )
    for line in lines:
        assert display_width(line.text) <= width
        assert FORBIDDEN.isdisjoint(map(unicodedata.category, line.text))
        assert line.text.isascii() or not ascii_only


@given(
    st.lists(comparisons(words, deltas), min_size=1, max_size=5, unique_by=lambda row: row.metric)
)
def test_every_number_in_the_table_is_the_records(rows: list[ComparisonRow]) -> None:
    """On a wide page each row shows the record's numbers, to half of the last digit shown."""
    lines = [line.text for line in render_terminal(_of(rows), width=2000, verbose=1)]
    several = len({row.candidate for row in rows}) > 1
    shown = [_numbers(line, several=several) for line in lines if " .. " in line]
    found = {metric: numbers for metric, *numbers in shown}
    assert len(shown) == len(found) == len(rows)
    for row in rows:
        count, *numbers = found[row.metric]
        assert count == f"{row.n:,}"
        wanted = (*_scaled(row), row.delta, *row.interval)
        for text, value in zip(numbers, wanted, strict=True):
            assert _close(text, value)


def _of(rows: list[ComparisonRow]) -> Record:
    return Record(comparisons=tuple(rows))


def _scaled(row: ComparisonRow) -> tuple[float, float]:
    factor = 100 if row.unit == "points" else 1
    return row.base * factor, row.value * factor


def _numbers(line: str, *, several: bool) -> tuple[str, ...]:
    cells = re.split(r" {2,}", line.strip())
    cells = cells[1:] if several else cells
    return (*cells[1:6], *cells[6].split(" .. "))


def _close(text: str, value: float) -> bool:
    plain = text.replace(",", "")
    if "e" in plain:
        return math.isclose(float(plain), value, rel_tol=0.006)
    decimals = len(plain.partition(".")[2])
    return abs(float(plain) - value) <= 0.5 * 10.0**-decimals + 1e-9


@given(records(encodable, finite))
def test_record_round_trip(record: Record) -> None:
    """What is written validates against the schema and reads back equal."""
    text = record_to_text(record)
    data = json.loads(text.encode())
    Draft202012Validator(record_schema()).validate(data)
    assert record_from_json(data) == record


@given(records(texts, any_float))
def test_hostile_record_is_still_json(record: Record) -> None:
    """With surrogates, NaN and controls in it the text is UTF-8, strict JSON and valid."""
    text = record_to_text(record)
    data = json.loads(text.encode(), parse_constant=_refuse)
    if not _ambiguous(record):
        Draft202012Validator(record_schema()).validate(data)
    record_from_json(data)


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _ambiguous(record: Record) -> bool:
    # Two ids that differ in a lone surrogate only are the same id once written.
    return any(
        "\ud800" <= char <= "\udfff"
        for row in record.comparisons
        for case in row.excluded
        for char in case
    )


@given(samples(encodable))
def test_sample_round_trip(sample: Sample) -> None:
    """A sample is one line, valid by the schema, and reads back equal."""
    line = sample_line(sample)
    assert len(line.splitlines()) == 1
    data = json.loads(line.encode())
    Draft202012Validator(sample_schema()).validate(data)
    assert sample_from_json(data) == sample


@given(samples(texts))
def test_hostile_sample_is_still_one_line(sample: Sample) -> None:
    """Whatever a model answered, the line is UTF-8 and one line."""
    line = sample_line(sample)
    assert len(line.splitlines()) == 1
    json.loads(line.encode())
