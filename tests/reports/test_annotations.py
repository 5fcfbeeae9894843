"""Annotations: the worst first, no more than GitHub shows, and no text that ends a command."""

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given, settings

from pytest_ftevals.core.record import Record, TestRow
from pytest_ftevals.reports.annotations import MOST, Annotation, annotations
from pytest_ftevals.reports.deltas import number_cells
from tests.reports.strategies import any_float, hostile, records

if TYPE_CHECKING:
    from tests.reports.conftest import Build


def same(file: str) -> str:
    """Return the file as it is."""
    return file


def test_the_worst_come_first(build: "Build") -> None:
    """Refuted, then other misses, then errors, failures elsewhere, failed cases, not run."""
    found = annotations(build.failing(), same)
    assert [one.title for one in found] == [
        "FAIL: test_routes_tickets",
        "FAIL: test_german",
        "error: test_broken",
        "failed elsewhere: test_elsewhere",
        "failed: test_reply[2]",
        "did not run: test_late",
    ]
    assert {one.level for one in found} == {"error"}
    assert {one.file for one in found} == {"evalsuites/test_tickets.py"}


def test_a_missed_threshold_explains_itself(build: "Build") -> None:
    """In the numbers of the delta table."""
    record = build.failing()
    tests = tuple(replace(test, line=41) for test in record.tests)
    first = annotations(replace(record, tests=tests), same)[0]
    shown = number_cells(record.comparisons[1], "±")
    (line,) = first.lines
    assert line == (
        f"FAIL, refuted: accuracy >= 0.80 (trec on tickets accuracy): {shown['value']}, base "
        f"{shown['base']}, delta {shown['delta']}, 95% interval {shown['interval']}, 498 cases"
    )
    head, _, message = first.command.partition("::FAIL, refuted")
    assert head == (
        "::error file=evalsuites/test_tickets.py,line=41,title=FAIL%3A test_routes_tickets"
    )
    assert "95%25 interval" in message


def test_what_failed_beside_the_evaluations_is_an_error(build: "Build") -> None:
    """Where no test of the record is red; a red one says enough."""
    record = replace(build.passing(), run={"exitstatus": 1})
    (found,) = annotations(record, same)
    assert (found.level, found.title) == ("error", "FAIL")
    assert found.lines[0].startswith("pytest ended with status 1: something beside the evaluations")
    failing = replace(build.failing(), run={"exitstatus": 1})
    assert annotations(failing, same) == annotations(build.failing(), same)


def test_no_more_than_github_shows(build: "Build") -> None:
    """Nine errors, and one that counts the rest."""
    record = build.failing()
    cases = tuple(
        TestRow(nodeid=f"a.py::test[{number}]", outcome="failed", states_threshold=False)
        for number in range(1200)
    )
    found = annotations(replace(record, tests=(*cases, *record.tests)), same)
    assert len(found) == MOST
    assert found[0].title == "FAIL: test_routes_tickets"
    assert found[-1].title == "1,197 more tests did not pass"
    assert found[-1].file is None


def test_a_pass_needs_none_and_no_verdict_is_a_warning(build: "Build") -> None:
    """Nothing is red in either."""
    assert annotations(build.passing(), same) == []
    (only,) = annotations(Record(), same)
    assert only.command == "::warning title=NO VERDICT::no test ran"


def test_a_file_that_is_not_in_the_repository_is_left_out(build: "Build") -> None:
    """The annotation is then one of the run, without a line."""
    record = build.failing()
    tests = tuple(replace(test, line=41) for test in record.tests)
    for one in annotations(replace(record, tests=tests), lambda _: None):
        assert one.command.startswith("::error title=")


def test_every_sign_of_a_command_is_escaped() -> None:
    """As @actions/core does: % first, then line ends, in properties colons and commas too."""
    one = Annotation(level="error", title="a,b:c%0A", lines=("50%", "x::y"), file="d,e.py", line=3)
    assert one.command == "::error file=d%2Ce.py,line=3,title=a%2Cb%3Ac%250A::50%25%0Ax::y"


@settings(max_examples=50)
@given(records(hostile, any_float))
def test_any_record_gives_commands_of_one_line(record: Record) -> None:
    """Hostile text starts no command of its own, whatever it is."""
    found = annotations(record, same)
    assert len(found) <= MOST + 1
    for one in found:
        command = one.command
        assert command.isprintable()
        head, _, rest = command.removeprefix("::").partition("::")
        level, _, listed = head.partition(" ")
        assert level in {"error", "warning"}
        assert {part.partition("=")[0] for part in listed.split(",")} <= {"file", "line", "title"}
        assert rest
