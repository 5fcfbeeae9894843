"""Failures against earlier runs: what is again, new and mended, and when nothing is said."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.failures import FailureLogRow, Recurring
from pytest_ftevals.core.request import Decode
from pytest_ftevals.core.task import Task
from pytest_ftevals.run.failure_log import FailureBook, log_row, subject_of
from pytest_ftevals.store.failure_log import LoggedRun
from pytest_ftevals.store.responses import Store

TASK = Task(
    name="t",
    kind="generate",
    path=Path("t"),
    cases=(Case(id="a", task="t", prompt="", expected="x"),),
    metrics=("accuracy", "json_valid"),
    data_hash="d",
    template_hash="h",
)


def run(failed: str, passed: str, at: float = 0) -> LoggedRun:
    """Return an earlier run; each letter is a case."""
    return LoggedRun(fingerprint=str(at), at=at, failed=frozenset(failed), passed=frozenset(passed))


def now(failed: str, passed: str) -> Mapping[str, bool]:
    """Return the outcomes of a run, in the order of its cases."""
    return {case: case in passed for case in sorted(failed + passed)}


def test_again_new_and_mended() -> None:
    """Most often first; what the run before did not ask is told by those that did."""
    earlier = [run("abf", "cdeg"), run("bc", "adfg"), run("bce", "adfgh")]
    row = log_row(TASK, "good", now("abcgx", "defh"), earlier)
    assert row == FailureLogRow(
        task="t",
        candidate="good",
        runs=3,
        again=(
            Recurring(case="b", failed=3, runs=3),
            Recurring(case="c", failed=2, runs=3),
            Recurring(case="a", failed=1, runs=3),
        ),
        new=("g",),  # "x" was never asked before: neither new nor old
        mended=("e",),  # "f" was mended two runs ago
    )


def test_of_a_case_only_the_runs_count_that_asked_it() -> None:
    """One that could not be scored neither failed nor passed."""
    (found,) = log_row(TASK, "good", now("a", ""), [run("a", ""), run("", "b")]).again
    assert (found.failed, found.runs) == (1, 1)


def test_entries_of_two_weights_under_one_name(tmp_path: Path) -> None:
    """The first run says nothing; a repeated one the same as before; another name nothing."""
    with closing(Store(tmp_path)) as store:
        book = FailureBook(store)
        assert book.enter(TASK, "good", "one", now("ab", "c")) is None
        row = book.enter(TASK, "good", "two", now("bc", "a"))
        assert row is not None
        assert (row.runs, row.new, row.mended) == (1, ("c",), ("a",))
        assert row.again == (Recurring(case="b", failed=1, runs=1),)
        assert book.enter(TASK, "good", "two", now("bc", "a")) == row
        assert book.enter(TASK, "other", "two", now("bc", "a")) is None
        back = book.enter(TASK, "good", "one", now("ab", "c"))
        assert back is not None
        assert (back.runs, back.new, back.mended) == (1, ("a",), ("c",))
        assert book.notes == []


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "other"},
        {"data_hash": "e"},
        {"template_hash": "i"},
        {"decode": Decode(max_new_tokens=7)},
        {"samples": 3},
        {"metrics": ("exact_match",)},
        {"pass_at": 0.5},
        {"schema": {}},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_makes_another_task(changed: dict[str, Any]) -> None:
    """Failures of one say nothing of the other's."""
    assert subject_of(replace(TASK, **changed), "good") != subject_of(TASK, "good")


@pytest.mark.parametrize(
    "changed",
    [
        {"path": Path("moved")},
        {"metrics": ("accuracy",)},
        {"slices": ("language",)},
        {"about": "x"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_leaves_it_the_same_task(changed: dict[str, Any]) -> None:
    """What cannot change whether a case fails."""
    assert subject_of(replace(TASK, **changed), "good") == subject_of(TASK, "good")


def test_a_store_that_cannot_be_written_costs_a_note(tmp_path: Path) -> None:
    """What it holds is read all the same, and the note comes once."""
    with closing(Store(tmp_path)) as store:
        assert FailureBook(store).enter(TASK, "good", "one", now("a", "b")) is None
        with store.transaction() as connection:
            connection.execute("PRAGMA query_only = ON")
        book = FailureBook(store)
        for name in ("two", "three"):
            row = book.enter(TASK, "good", name, now("ab", ""))
            assert row is not None
            assert (row.runs, row.new) == (1, ("b",))
        (note,) = book.notes
        assert note == (
            f"which cases failed is not remembered: {tmp_path}: the store cannot be used: attempt "
            "to write a readonly database"
        )


def test_a_store_that_cannot_be_read_costs_a_note(tmp_path: Path) -> None:
    """And nothing is said of earlier runs."""
    with closing(Store(tmp_path)) as store:
        book = FailureBook(store)
        with store.transaction() as connection:
            connection.execute("DROP TABLE failures")
        assert book.enter(TASK, "good", "one", now("a", "b")) is None
        assert "no such table: failures" in book.notes[0]
