"""A report is a function of record and samples: what is read back makes the same files again."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

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
