"""Large reports are written in parts: the 20,000 cases of the benchmark, in small."""

import time
import tracemalloc

import pytest

from benchmarks.large_record import Large, make
from pytest_ftevals.reports.formats import report_files
from pytest_ftevals.reports.record_json import record_to_text
from pytest_ftevals.reports.samples import sample_line
from tests.reports.validity import record_json, samples_jsonl

CASES = 500
SECONDS = 10.0 * CASES / 20_000
"""What the goal, 10 s for 20,000 cases, leaves so many."""
SPARE = 4
"""Machines that run tests are busy; what grows faster than its cases is slower by more."""


@pytest.fixture(scope="module")
def large() -> Large:
    """Return the record, once all libraries that formats need are imported."""
    _write(make(50))
    return make(CASES)


def _write(large: Large) -> int:
    """Make every part of every format, keep none; return how many characters they have."""
    return sum(
        len(part) for _, parts in report_files(large.record, large.samples) for part in parts
    )


def test_the_record_is_one(large: Large) -> None:
    """What is measured is what runs write."""
    assert list(record_json(record_to_text(large.record))) == []
    assert list(samples_jsonl("".join(f"{sample_line(one)}\n" for one in large.samples))) == []
    assert len({(one.task, one.case) for one in large.samples}) == CASES


def test_writing_takes_the_time_that_the_goal_leaves(large: Large) -> None:
    """Processor time, of all formats."""
    began = time.process_time()
    _write(large)
    assert time.process_time() - began < SPARE * SECONDS


def test_no_format_holds_all_cases_at_once(large: Large) -> None:
    """What writing takes beside the samples is a part of what is written."""
    tracemalloc.start()
    try:
        written = _write(large)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < written / 2
