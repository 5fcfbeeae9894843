"""The failure log in the store: what is remembered, for how long, and what damage costs."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.store.failure_log import MOST_RUNS, FailureLog, LoggedRun
from pytest_ftevals.store.prune import count_rows, prune
from pytest_ftevals.store.responses import Store
from pytest_ftevals.store.rows import today


def run(fingerprint: str, at: float, failed: str = "", passed: str = "abc") -> LoggedRun:
    """Return a run; each letter is a case."""
    return LoggedRun(
        fingerprint=fingerprint,
        at=at,
        failed=frozenset(failed),
        passed=frozenset(passed) - frozenset(failed),
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An open store."""
    with closing(Store(tmp_path / "store")) as store:
        yield store


@pytest.fixture
def log(store: Store) -> FailureLog:
    """Its failure log."""
    return FailureLog(store)


def test_a_run_is_read_as_it_was_written(log: FailureLog) -> None:
    """Case ids of any kind, surrogates among them; the latest run comes last."""
    odd = LoggedRun(
        fingerprint="f" * 64, at=3.5, failed=frozenset({"\ud800", "a b", ""}), passed=frozenset("ä")
    )
    log.remember("subject", odd)
    log.remember("subject", run("later", 9, "a"))
    log.remember("subject", run("first", 1, "b"))
    assert log.earlier("subject", "own") == [run("first", 1, "b"), odd, run("later", 9, "a")]


def test_the_same_weights_replace_their_entry_and_are_not_earlier(log: FailureLog) -> None:
    """Asking twice is no second failure."""
    log.remember("subject", run("same", 1, "a"))
    log.remember("subject", run("same", 2, "ab"))
    assert log.earlier("subject", "same") == []
    assert log.earlier("subject", "other") == [run("same", 2, "ab")]


def test_subjects_are_kept_apart(log: FailureLog) -> None:
    """Also where one's name begins with another's."""
    subjects = ("s", "s2", "S")
    for subject in subjects:
        log.remember(subject, run(f"of-{subject}", 1))
    found = [[one.fingerprint for one in log.earlier(subject, "")] for subject in subjects]
    assert found == [["of-s"], ["of-s2"], ["of-S"]]


def test_the_last_runs_of_a_subject_are_kept(log: FailureLog, store: Store) -> None:
    """The oldest goes, by its time; another subject's stay."""
    log.remember("other", run("x", 0))
    for at in (*range(5, MOST_RUNS + 5), 4):
        log.remember("subject", run(str(at), at))
    kept = [one.fingerprint for one in log.earlier("subject", "")]
    assert kept == ["4", *map(str, range(6, MOST_RUNS + 5))]
    log.remember("subject", run("new", 1000))
    assert [one.fingerprint for one in log.earlier("subject", "")] == [*kept[1:], "new"]
    assert len(log.earlier("other", "")) == 1
    assert count_rows(store)["failures"] == MOST_RUNS + 1
    page = Path(__file__).parents[2] / "docs" / "failures.md"
    assert f"The last {MOST_RUNS} runs of each task" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE failures SET value = replace(value, 'a', 'c')",
        "UPDATE failures SET digest = ''",
        "UPDATE failures SET value = CAST(x'ff00' AS TEXT)",
    ],
)
def test_a_damaged_entry_counts_as_none(log: FailureLog, store: Store, damage: str) -> None:
    """It is written anew by the next run of these weights."""
    log.remember("subject", run("f", 1, "a"))
    with store.transaction() as connection:
        assert connection.execute(damage).rowcount == 1
    assert log.earlier("subject", "") == []
    log.remember("subject", run("f", 2, "a"))
    assert log.earlier("subject", "") == [run("f", 2, "a")]


@pytest.mark.parametrize("value", ["[]", "{}", '{"at": "x", "failed": [], "passed": []}', "7", "{"])
def test_an_entry_of_another_shape_counts_as_none(
    log: FailureLog, store: Store, value: str
) -> None:
    """Whatever wrote it."""
    from pytest_ftevals.store.rows import write_rows

    with store.transaction() as connection:
        write_rows(connection, "failures", {"subject f": value}, today())
    assert log.earlier("subject", "") == []


def test_entries_age_from_their_run_on(log: FailureLog, store: Store) -> None:
    """To read them is no use, so that they are pruned by the age of what they tell."""
    log.remember("subject", run("old", 1))
    with store.transaction() as connection:
        connection.execute("UPDATE failures SET used = ?", (today() - 40,))
    log.remember("subject", run("new", 2))
    assert len(log.earlier("subject", "")) == 2
    store.close()
    assert prune(store.folder, unused=30).removed == {"responses": 0, "scores": 0, "failures": 1}
    with closing(Store(store.folder)) as again:
        assert FailureLog(again).earlier("subject", "") == [run("new", 2)]


def test_a_locked_store_is_soon_given_up(
    log: FailureLog, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run's end does not wait a minute for a log; reading needs no lock."""
    log.remember("subject", run("f", 1, "a"))
    monkeypatch.setattr("pytest_ftevals.store.failure_log._WAIT_MILLISECONDS", 50)
    with closing(sqlite3.connect(store.folder / "responses.sqlite")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(FtevalsError, match="the store cannot be used: database is locked"):
            log.remember("subject", run("g", 2))
        assert log.earlier("subject", "") == [run("f", 1, "a")]
        other.rollback()
    log.remember("subject", run("g", 2))
    assert len(log.earlier("subject", "")) == 2
    with store.transaction() as connection:
        assert connection.execute("PRAGMA busy_timeout").fetchone() == (60_000,)
