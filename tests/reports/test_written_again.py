"""A report is a function of record and samples: what is read back makes the same files again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports.formats import report_files
from pytest_ftevals.reports.record_json import record_from_json, record_to_text
from pytest_ftevals.reports.samples import sample_from_json, sample_line
from tests.reports.rich import rich
from tests.reports.runs import Run, runs

if TYPE_CHECKING:
    from tests.reports.conftest import Build


def _files(record: Record, samples: Sequence[Sample]) -> dict[str, str]:
    return {name: "".join(parts) for name, parts in report_files(record, samples)}


def _read_back(record: Record, samples: Sequence[Sample]) -> tuple[Record, list[Sample]]:
    again = [sample_from_json(json.loads(sample_line(one))) for one in samples]
    return record_from_json(json.loads(record_to_text(record))), again


@pytest.mark.parametrize("name", ["passing", "failing", "two_candidates"])
def test_records_of_a_run(build: "Build", name: str) -> None:
    """Also where objects in memory have another order than in the file."""
    record, samples = getattr(build, name)(), build.samples()
    assert _files(*_read_back(record, samples)) == _files(record, samples)


def test_the_order_of_objects_is_not_seen(build: "Build") -> None:
    """JSON has none: what a run holds in memory is in the order in which it came up."""
    record, samples = rich(build)
    counts: dict[str, JSON] = {name: [[1, 0, 2], [0, 3, 1]] for name in ("r16", "base", "trec")}
    large: dict[str, JSON] = {
        "labels": [f"c{n:02}" for n in range(70)],
        "counts": {
            name: [[int(n == m or n == m + k) for m in range(71)] for n in range(70)]
            for k, name in enumerate(("trec", "r16", "base"), 1)
        },
    }
    checked: dict[str, JSON] = {
        name: {"cases": 1, "held": False} for name in ("trec", "r16", "base")
    }
    record = replace(
        record,
        run={**record.run, "self_check": {"variants": checked}, "zeta": {"z": 1, "a": 2}},
        tasks=(
            replace(record.tasks[0], confusion={"labels": ["LOC", "HUM"], "counts": counts}),
            replace(record.tasks[1], confusion=large),
            *record.tasks[2:],
        ),
    )
    samples = tuple(
        replace(one, scores={**one.scores, "z": 0.5, "a": 0.25}, slices={"z": "1", "a": "2"})
        for one in samples
    )
    assert _files(_turned(record), tuple(map(_turned, samples))) == _files(record, samples)


def _turned(value: Any) -> Any:
    """Return the same value, objects in reversed order."""
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{one.name: _turned(getattr(value, one.name)) for one in fields(value)}
        )
    if isinstance(value, Mapping):
        return {key: _turned(value[key]) for key in reversed([*value])}
    if isinstance(value, list | tuple):
        return type(value)(map(_turned, value))
    return value


def test_a_record_with_everything(build: "Build") -> None:
    """Labels, patterns, logs and trade-offs among it; equal counts, and keys in no order."""
    record, samples = rich(build)
    record = replace(
        record,
        run={**record.run, "zeta": {"z": 1, "a": [{"z": 1, "b": 2}]}, "alpha": 1},
        tasks=tuple(
            replace(one, signatures={"z": "1", "a": "2"}, decode={"z": 1, "a": {"y": 1, "b": 2}})
            for one in record.tasks
        ),
        failures=tuple(
            replace(one, labels={"wrong answer": 7, "invalid JSON": 7}, flaws={"z": 2, "a": 2})
            for one in record.failures
        ),
    )
    assert _files(*_read_back(record, samples)) == _files(record, samples)


@settings(max_examples=30)
@given(runs())
def test_any_run(run: Run) -> None:
    """Once lone surrogates, NaN and infinities are what files can hold of them."""
    record, samples = _read_back(run.record, run.samples)
    assert _files(*_read_back(record, samples)) == _files(record, samples)
