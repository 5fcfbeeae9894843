"""Verdict words: the test's outcome decides, evidence is part of the text."""

from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.record import Outcome, Record, TestRow
from pytest_ftevals.core.threshold import Decide, Evidence
from pytest_ftevals.reports.verdicts import Verdicts

if TYPE_CHECKING:
    from tests.reports.conftest import Build


@pytest.mark.parametrize(
    ("outcome", "holds", "evidence", "word"),
    [
        ("passed", True, "proven", "pass, proven"),
        ("passed", True, "not proven", "pass, not proven"),
        ("passed", False, "refuted", "not required"),
        ("failed", False, "refuted", "FAIL, refuted"),
        ("failed", False, "not proven", "FAIL, not proven"),
        ("failed", True, "proven", "failed elsewhere"),
        ("error", True, "proven", "no verdict"),
        ("skipped", False, "refuted", "no verdict"),
        ("not run", True, "proven", "no verdict"),
    ],
)
def test_outcome_and_threshold_make_the_verdict(
    build: "Build", outcome: Outcome, holds: bool, evidence: Evidence, word: str
) -> None:
    """Every combination has its own word; a threshold alone never passes or fails."""
    stated = build.threshold("gain > 0", test="t", holds=holds, evidence=evidence)
    row = build.row("tickets", "accuracy", stated)
    tests = (TestRow(nodeid="t", outcome=outcome, states_threshold=True),)
    verdicts = Verdicts.of(Record(comparisons=(row,), tests=tests))
    assert [verdict.text for verdict in verdicts.on(row)] == [word]


@pytest.mark.parametrize(
    ("outcome", "decide", "word"),
    [
        ("passed", "refuted", "inconclusive"),
        ("failed", "proven", "FAIL, inconclusive"),
        ("passed", "proven", "not required"),
    ],
)
def test_inconclusive_is_never_a_pass(
    build: "Build", outcome: Outcome, decide: Decide, word: str
) -> None:
    """It fails where only proven ones pass; where only refuted ones fail it is marked."""
    stated = build.threshold("gain > 0", test="t", evidence="not proven", decide=decide)
    row = build.row("tickets", "accuracy", stated)
    tests = (TestRow(nodeid="t", outcome=outcome, states_threshold=True),)
    (verdict,) = Verdicts.of(Record(comparisons=(row,), tests=tests)).on(row)
    assert verdict.text == word
    assert verdict.style != "good"


def test_true_threshold_beside_a_false_one(build: "Build") -> None:
    """In a test that failed by another threshold, a true one holds but did not pass."""
    row = build.row(
        "tickets",
        "accuracy",
        build.threshold("gain > 0", test="t"),
        build.threshold("accuracy >= 0.80", test="t", holds=False, evidence="refuted"),
    )
    tests = (TestRow(nodeid="t", outcome="failed", states_threshold=True),)
    verdicts = Verdicts.of(Record(comparisons=(row,), tests=tests))
    assert [verdict.text for verdict in verdicts.on(row)] == ["holds, proven", "FAIL, refuted"]


def test_several_tests_on_one_row(build: "Build") -> None:
    """Each test's threshold has its own verdict; what one test repeats is shown once."""
    first, second = build.threshold("gain > 0", test="a"), build.threshold("gain > 0", test="b")
    row = build.row("tickets", "accuracy", first, second, first)
    tests = (
        TestRow(nodeid="a", outcome="passed", states_threshold=True),
        TestRow(nodeid="b", outcome="failed", states_threshold=True),
    )
    verdicts = Verdicts.of(Record(comparisons=(row,), tests=tests)).on(row)
    assert [verdict.text for verdict in verdicts] == ["pass, proven", "failed elsewhere"]
    assert [verdict.style for verdict in verdicts] == ["good", "warn"]


def test_threshold_of_an_unknown_test(build: "Build") -> None:
    """A threshold whose test has no outcome (a worker died) has no verdict."""
    row = build.row("tickets", "accuracy", build.threshold("gain > 0", test="lost"))
    (verdict,) = Verdicts.of(Record(comparisons=(row,))).on(row)
    assert verdict.text == "no verdict"
    assert verdict.style == "warn"


@pytest.mark.parametrize(
    ("outcome", "states", "holds", "word"),
    [
        ("passed", True, True, "pass"),
        ("passed", False, True, "states no threshold"),
        ("failed", False, True, "failed"),
        ("failed", True, False, "FAIL"),
        ("failed", True, True, "failed elsewhere"),
        ("not run", True, True, "not run"),
    ],
)
def test_words_for_whole_tests(
    build: "Build", outcome: Outcome, states: bool, holds: bool, word: str
) -> None:
    """A test as a whole passes, fails, fails elsewhere, states nothing, or has its outcome."""
    row = build.row("tickets", "accuracy", build.threshold("gain > 0", test="t", holds=holds))
    test = TestRow(nodeid="t", outcome=outcome, states_threshold=states)
    rows = (row,) if states else ()
    assert Verdicts.of(Record(comparisons=rows, tests=(test,))).of_test(test) == word
