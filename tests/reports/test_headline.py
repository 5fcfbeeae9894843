"""The line that every report begins with."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.record import Outcome, Record, TestRow
from pytest_ftevals.reports.headline import headline

if TYPE_CHECKING:
    from pytest_ftevals.core.canonical import JSON
    from tests.reports.conftest import Build


def of(*outcomes: Outcome, states: bool = True) -> Record:
    """Return a record of tests that ended so."""
    return Record(
        tests=tuple(
            TestRow(nodeid=f"t.py::{number}", outcome=one, states_threshold=states)
            for number, one in enumerate(outcomes)
        )
    )


@pytest.mark.parametrize(
    ("record", "word", "text"),
    [
        (of("passed", "passed"), "PASS", "2 of 2 tests passed"),
        (of("passed"), "PASS", "1 of 1 test passed"),
        (of("passed", "skipped"), "PASS", "1 of 2 tests passed · 1 of 2 tests skipped"),
        (of("passed", "failed", "failed"), "FAIL", "2 of 3 tests failed"),
        (of("passed", "error"), "FAIL", "1 of 2 tests in error"),
        (of("passed", "not run"), "FAIL", "1 of 2 tests not run"),
        (of("skipped", "skipped"), "NO VERDICT", "2 of 2 tests skipped"),
        (of("passed", states=False), "NO VERDICT", "no test stated a threshold"),
        (of(), "NO VERDICT", "no test ran"),
    ],
)
def test_tests_decide(record: Record, word: str, text: str) -> None:
    """Any red test is a fail; a run that demanded nothing is no pass."""
    found = headline(record)
    assert (found.word, found.text) == (word, text)


BESIDE = "pytest ended with status {}: something beside the evaluations failed"
INTERRUPTED = "pytest ended with status 2: it was interrupted"


@pytest.mark.parametrize(
    ("record", "status", "word", "text"),
    [
        (of("passed"), 0, "PASS", "1 of 1 test passed"),
        (of("passed"), 1, "FAIL", BESIDE.format(1)),
        (of("passed", "skipped"), 2, "FAIL", f"{INTERRUPTED} · 1 of 2 tests skipped"),
        (of("skipped"), 1, "FAIL", f"{BESIDE.format(1)} · 1 of 1 test skipped"),
        (of("failed"), 1, "FAIL", "1 of 1 test failed"),
        (of(), 5, "NO VERDICT", "no test ran"),
        (of("passed"), 5, "FAIL", BESIDE.format(5)),
        (of("passed"), None, "PASS", "1 of 1 test passed"),
    ],
)
def test_what_fails_beside_the_evaluations_is_no_pass(
    record: Record, status: int | None, word: str, text: str
) -> None:
    """The record knows only tests that ask models; the exit status knows of all."""
    found = headline(replace(record, run={"exitstatus": status}))
    assert (found.word, found.text) == (word, text)


def test_thresholds_are_counted(build: "Build") -> None:
    """What was missed stands beside the tests, as the record has it."""
    record = build.failing()
    stated = [one for row in record.comparisons for one in dict.fromkeys(row.thresholds)]
    missed = sum(not one.met for one in stated)
    assert missed
    assert headline(record).text.endswith(f"· {missed} of {len(stated)} thresholds missed")


def test_no_verdict_where_no_adapter_changed() -> None:
    """Tests of the base alone pass, and say nothing of any adapter; what is red stays red."""
    chosen: JSON = {"since": "main", "adapters": [], "unchanged": ["r8"], "gone": []}
    record = replace(of("passed", "skipped"), run={"changed": chosen})
    found = headline(record)
    assert (found.word, found.text) == (
        "NO VERDICT",
        "no adapter changed · 1 of 2 tests skipped",
    )
    assert headline(replace(of("failed"), run={"changed": chosen})).word == "FAIL"
    some: JSON = {"since": "main", "adapters": ["r8"], "unchanged": [], "gone": []}
    assert headline(replace(of("passed"), run={"changed": some})).word == "PASS"
