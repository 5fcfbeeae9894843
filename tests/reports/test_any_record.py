"""Properties of every record, however hostile: no crash, no wide line, no changed number."""

import json
import math
import re
import unicodedata
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pytest_ftevals.core.comparison import Gap, SliceValue
from pytest_ftevals.core.failures import FailureRow
from pytest_ftevals.core.label import Label
from pytest_ftevals.core.record import (
    ComparisonRow,
    Record,
    Sample,
    TaskRow,
    TestRow,
    ThresholdRow,
    VariantRow,
)
from pytest_ftevals.reports.clean import display_width
from pytest_ftevals.reports.record_json import record_from_json, record_to_text
from pytest_ftevals.reports.samples import sample_from_json, sample_line
from pytest_ftevals.reports.schemas import record_schema, sample_schema
from pytest_ftevals.reports.terminal import render_terminal

FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

texts = st.text(
    st.characters() | st.sampled_from("\x1b\x9b\n\r\t\u202e\u200b\ud800\u0301\ufe0f漢 =/"),
    max_size=30,
)
# JSON has no lone surrogates: a record that holds one is written with U+FFFD instead.
encodable = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
words = st.text("abcdefghijklmnop_", min_size=1, max_size=12)
counts = st.integers(0, 10**7)
rates = st.floats(0, 1)
deltas = st.floats(-100, 100)
any_float = st.floats()
node_ids = st.sampled_from(["a.py::one", "a.py::two[x]", "a.py::two[y]", "b.py::three"])


def json_values(text: st.SearchStrategy[str]) -> st.SearchStrategy[object]:
    """Return any JSON value with `text` for its texts and keys."""
    plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text
    plain = plain.filter(lambda value: value not in (math.inf, -math.inf))
    return st.recursive(
        plain,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
        max_leaves=5,
    )


def objects(text: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, object]]:
    """Return a JSON object."""
    return st.dictionaries(text, json_values(text), max_size=3)


def comparisons(
    text: st.SearchStrategy[str], number: st.SearchStrategy[float]
) -> st.SearchStrategy[ComparisonRow]:
    """Return rows of the delta table."""
    threshold = st.builds(
        ThresholdRow,
        text=text,
        op=st.sampled_from(["<", "<=", ">", ">="]),
        bound=number,
        observed=number,
        n_used=counts,
        p=st.none() | rates,
        p_holm=st.none() | rates,
        notes=st.lists(text, max_size=2).map(tuple),
        test=node_ids,
    )
    one = st.builds(SliceValue, name=text, n=counts, value=number)
    gap = st.builds(
        Gap,
        slices=counts,
        best=one,
        worst=one,
        reference_best=one,
        reference_worst=one,
        by_chance=number,
        left_out=st.lists(text, max_size=3).map(tuple),
    )
    return st.builds(
        ComparisonRow,
        task=text,
        metric=text,
        slice=st.none() | text,
        candidate=text,
        reference=st.just("base") | text,
        n=counts,
        total=st.none() | counts,
        base=number,
        value=number,
        delta=number,
        interval=st.tuples(number, number),
        level=st.floats(0.5, 0.999),
        method=text,
        detectable=st.none() | st.floats(0, 100),
        seeds=st.none() | st.integers(2, 9),
        seed_sd=st.none() | st.floats(0, 100),
        gap=st.none() | gap,
        wins=counts,
        losses=counts,
        ties=counts,
        excluded=st.lists(text, max_size=12, unique=True).map(tuple),
        thresholds=st.lists(threshold, max_size=3).map(tuple),
    )


def records(
    text: st.SearchStrategy[str], number: st.SearchStrategy[float]
) -> st.SearchStrategy[Record]:
    """Return whole records."""
    plan = st.dictionaries(st.sampled_from(["unique", "stored", "computed"]), st.none() | counts)
    run = st.fixed_dictionaries(
        {},
        optional={
            "notes": st.lists(text, max_size=3),
            "plan": plan,
            "duration_s": st.none() | st.floats(0, 1e7),
            "numerics": st.none() | st.just({"device": "cpu", "quantization": {"a": 1}}),
            "confidence": st.just(0.95),
        },
    )
    variant = st.builds(
        VariantRow,
        name=text,
        source=text,
        revision=st.none() | text,
        fingerprint=text,
        dtype=text,
        size=counts,
        adapter=st.none() | objects(text) | st.just({"r": 8, "target_modules": ["q", "v"]}),
    )
    task = st.builds(
        TaskRow,
        name=text,
        kind=text,
        about=text,
        source=text,
        data=text,
        data_hash=text,
        template_hash=text,
        n=counts,
        decode=st.none() | objects(text),
        samples=st.integers(1, 3) | st.just(10**9),
        metrics=st.lists(text, max_size=2).map(tuple),
        slices=st.lists(text, max_size=2).map(tuple),
        confusion=st.none() | st.just({"labels": ["a"], "counts": {"base": [[1, 0]]}}),
    )
    failure = st.builds(
        FailureRow,
        task=text,
        candidate=text,
        n=counts,
        failed=counts,
        labels=st.dictionaries(st.sampled_from([label.value for label in Label]), counts),
        regressions=st.none() | counts,
        worst=st.lists(text, max_size=5).map(tuple),
    )
    return st.builds(
        Record,
        version=st.just(1),
        run=run,
        variants=st.lists(variant, max_size=3).map(tuple),
        tasks=st.lists(task, max_size=2).map(tuple),
        comparisons=st.lists(comparisons(text, number), max_size=4).map(tuple),
        tests=st.lists(st.builds(TestRow, nodeid=node_ids, message=text), max_size=4).map(tuple),
        failures=st.lists(failure, max_size=3).map(tuple),
    )


def samples(text: st.SearchStrategy[str]) -> st.SearchStrategy[Sample]:
    """Return samples of any task."""
    choice = st.fixed_dictionaries(
        {"text": text, "logprob": st.floats(-100, 0), "tokens": st.integers(1, 9)}
    )
    return st.builds(
        Sample,
        task=text,
        case=text,
        variant=text | st.just("base"),
        sample=st.integers(0, 3),
        slices=st.dictionaries(text, text, max_size=2),
        prompt=text | st.just([{"role": "user", "content": "hi"}]),
        expected=json_values(text),
        response=text,
        turns=st.none()
        | st.lists(st.fixed_dictionaries({"user": texts, "reply": texts}), max_size=3).map(tuple),
        choices=st.none() | st.lists(choice, max_size=3).map(tuple),
        choice=st.none() | st.integers(0, 4),
        finish=st.sampled_from(["stop", "length", "error"]),
        scores=st.dictionaries(text, st.none() | st.floats(-1e9, 1e9), max_size=2),
        passed=st.none() | st.booleans(),
        labels=st.lists(st.sampled_from([label.value for label in Label]), unique=True).map(tuple),
        error=st.none() | text,
    )


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


@given(records(encodable, st.floats(allow_nan=False, allow_infinity=False)))
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
