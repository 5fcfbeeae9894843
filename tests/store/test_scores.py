"""Stored scores: what goes in comes out, damage is a miss, and the day of last use is noted."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.store import scores as module
from pytest_ftevals.store.responses import Store
from pytest_ftevals.store.rows import write_rows
from pytest_ftevals.store.scores import ScoreStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An open store."""
    store = Store(tmp_path / "store")
    yield store
    store.close()


@pytest.fixture
def scores(store: Store) -> ScoreStore:
    """The scores in it."""
    return ScoreStore(store)


def _rows(store: Store) -> list[Any]:
    with closing(sqlite3.connect(store.folder / "responses.sqlite")) as connection:
        return connection.execute("SELECT * FROM scores ORDER BY key").fetchall()


def _change(store: Store, statement: str) -> None:
    with closing(sqlite3.connect(store.folder / "responses.sqlite")) as connection, connection:
        assert connection.execute(statement).rowcount == 1


def test_what_goes_in_comes_out(store: Store, scores: ScoreStore) -> None:
    """Hostile texts and unbounded intervals included; what is not there is left out."""
    values: dict[str, Any] = {
        "a": [1.0, "half a character \ud800, a line end \u2028", None, None],
        "b": {"low": float("-inf"), "high": float("inf")},
        "c": None,
    }
    scores.put(values)
    assert scores.get(["a", "b", "c", "d", "a"]) == values
    assert scores.get([]) == {}
    scores.put({"a": 2})
    with store.transaction() as connection:
        write_rows(connection, "scores", {"b": "no JSON"}, 1)
    assert scores.get(["b"]) == {}
    assert ScoreStore(store).get(["a"]) == {"a": 2}


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE scores SET value = '[0.0]' WHERE key = 'a'",
        "UPDATE scores SET value = '[1.0' WHERE key = 'a'",
        "UPDATE scores SET value = x'ff00' WHERE key = 'a'",
        "UPDATE scores SET digest = '' WHERE key = 'a'",
        "UPDATE scores SET key = 'x' WHERE key = 'a'",
        "UPDATE scores SET digest = (SELECT digest FROM scores WHERE key = 'b') WHERE key = 'a'",
    ],
)
def test_a_damaged_row_is_missing(store: Store, scores: ScoreStore, damage: str) -> None:
    """The other rows stay, and a new value takes its place."""
    scores.put({"a": [1.0], "b": [1.0]})
    _change(store, damage)
    assert scores.get(["a", "b", "x"]) == {"b": [1.0]}
    scores.put({"a": [1.0]})
    assert scores.get(["a"]) == {"a": [1.0]}


def test_the_day_of_last_use_is_noted_once(
    store: Store, scores: ScoreStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read today is used today; a day's second reading writes nothing."""
    monkeypatch.setattr(module, "today", lambda: 20_000)
    scores.put({"a": 1, "b": 2})
    monkeypatch.setattr(module, "today", lambda: 20_007)
    assert scores.get(["a"]) == {"a": 1}
    assert [(row[0], row[3]) for row in _rows(store)] == [("a", 20_007), ("b", 20_000)]
    with store.transaction() as connection:
        before = connection.total_changes
    scores.get(["a"])
    with store.transaction() as connection:
        assert connection.total_changes == before


def test_ten_thousand_scores_are_written_at_once(store: Store, scores: ScoreStore) -> None:
    """And read without locking anybody out, whatever SQLite's limit on variables."""
    statements: list[str] = []
    with store.transaction() as connection:
        connection.set_trace_callback(statements.append)
    values: dict[str, Any] = {f"{number:064x}": [1.0, "", None, None] for number in range(10_000)}
    scores.put(values)
    assert (statements.count("BEGIN "), statements.count("COMMIT")) == (1, 1)
    statements.clear()
    assert scores.get(values) == values
    assert {one.split()[0] for one in statements} == {"SELECT"}


def test_a_full_disk_loses_no_verdict(store: Store, scores: ScoreStore) -> None:
    """Scores are derived: what cannot be stored is computed again, and what was there stays."""
    scores.put({"a": 1})
    with store.transaction() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
    scores.put({"a": 2, "b": "x" * 100_000})
    assert scores.get(["a", "b"]) == {"a": 1}
