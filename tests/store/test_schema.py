"""Versions of the store: an earlier one is upgraded and loses nothing, a later one is refused."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Choice, Response
from pytest_ftevals.store.responses import Store
from pytest_ftevals.store.rows import today, write_rows
from pytest_ftevals.store.schema import ROWS, VERSION
from pytest_ftevals.store.scores import ScoreStore

FIRST = """
CREATE TABLE IF NOT EXISTS responses (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claims (key TEXT PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID;
"""
"""What the first version made."""
SECOND = """
CREATE TABLE IF NOT EXISTS responses (key TEXT PRIMARY KEY, value TEXT NOT NULL,
    digest TEXT NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS scores (key TEXT PRIMARY KEY, value TEXT NOT NULL,
    digest TEXT NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claims (key TEXT PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 2;
"""
"""What the second version made."""
ANSWERS = {
    f"{number:064x}": Response(
        text=f"\ud800 {number}", choices=(Choice(text=" A", logprob=-1.5, tokens=1),)
    )
    for number in range(700)
}
OPENER = """
import sys
from pathlib import Path
from pytest_ftevals.store.responses import Store
print("ready", flush=True)
sys.stdin.readline()
store = Store(Path(sys.argv[1]))
print(len(store.get([f"{number:064x}" for number in range(700)])), flush=True)
store.close()
"""


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A folder with a store of the first version."""
    with closing(sqlite3.connect(tmp_path / "responses.sqlite")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(FIRST)
        rows = [(key, json.dumps(answer.to_json())) for key, answer in ANSWERS.items()]
        with connection:
            connection.executemany("INSERT INTO responses VALUES (?, ?)", rows)
            connection.execute("INSERT INTO notes VALUES ('note', '[1]')")
            connection.execute("INSERT INTO claims VALUES ('key', 'owner')")
    return tmp_path


@pytest.fixture(params=["wal", "delete"])
def second(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder with a store of the second version, with a write-ahead log or without."""
    with closing(sqlite3.connect(tmp_path / "responses.sqlite")) as connection:
        connection.execute(f"PRAGMA journal_mode={request.param}")
        connection.executescript(SECOND)
        values = {key: json.dumps(answer.to_json()) for key, answer in ANSWERS.items()}
        with connection:
            write_rows(connection, "responses", values, 7)
            write_rows(connection, "scores", {"score": "[1]"}, 7)
            connection.execute("INSERT INTO notes VALUES ('note', '[1]')")
    return tmp_path


def _version(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "responses.sqlite")) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_a_new_store_is_of_this_version(tmp_path: Path) -> None:
    """It says so, and has a table for all there is to keep."""
    with closing(Store(tmp_path)) as store, store.transaction() as connection:
        for table in (*ROWS, "notes", "claims"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608
    assert _version(tmp_path) == VERSION == 3


def test_an_earlier_store_is_upgraded_with_all_it_has(first: Path) -> None:
    """Every answer and note is there, sealed with a checksum, and used today."""
    for _ in range(2):
        with closing(Store(first)) as store:
            assert store.get(ANSWERS) == ANSWERS
            assert store.note("note") == [1]
            assert store.notices == ()
            with store.transaction() as connection:
                days = connection.execute("SELECT DISTINCT used FROM responses").fetchall()
            assert days == [(today(),)]
    assert _version(first) == VERSION


def test_a_store_of_the_second_version_gets_a_failure_log(
    second: Path, request: pytest.FixtureRequest
) -> None:
    """It loses nothing, not even when its rows were used, and keeps its journal."""
    for _ in range(2):
        with closing(Store(second)) as store:
            assert store.journal == request.node.callspec.params["second"]
            assert store.notices == () or store.journal == "delete"
            with store.transaction() as connection:
                days = connection.execute("SELECT DISTINCT used FROM responses").fetchall()
                assert connection.execute("SELECT count(*) FROM failures").fetchone() == (0,)
            assert days == [(7,)]
    assert _version(second) == VERSION
    with closing(Store(second)) as store:
        assert store.get(ANSWERS) == ANSWERS
        assert ScoreStore(store).get(["score"]) == {"score": [1]}
        assert store.note("note") == [1]


def test_an_earlier_row_that_is_no_text_counts_as_missing(first: Path) -> None:
    """It does not keep the others from being upgraded."""
    with closing(sqlite3.connect(first / "responses.sqlite")) as connection, connection:
        for key, value in (("a", "CAST(x'ff00fe' AS TEXT)"), ("b", "x'00ff'"), ("c", "7")):
            connection.execute(f"INSERT INTO responses VALUES ('{key}', {value})")  # noqa: S608
    with closing(Store(first)) as store:
        assert store.get([*ANSWERS, "a", "b", "c"]) == ANSWERS


def test_two_processes_upgrade_one_store(first: Path) -> None:
    """Both at once, and both find everything."""
    openers = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER, str(first)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for opener in openers:
        assert opener.stdout is not None
        assert opener.stdout.readline() == "ready\n"
    for opener in openers:
        assert opener.stdin is not None
        opener.stdin.write("go\n")
        opener.stdin.flush()
    assert [opener.communicate(timeout=60)[0] for opener in openers] == ["700\n"] * 3
    assert _version(first) == VERSION


def test_an_upgrade_that_fails_leaves_all_as_it_was(
    first: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transaction: the next opening begins it anew."""
    with monkeypatch.context() as patch:
        patch.setattr("pytest_ftevals.store.schema._SEAL", "UPDATE gone SET x = ?")
        with pytest.raises(FtevalsError, match="no such table: gone"):
            Store(first)
    assert _version(first) == 0
    with closing(Store(first)) as store:
        assert store.get(ANSWERS) == ANSWERS


def test_a_newer_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    """With both versions named, and nothing in it changed."""
    Store(tmp_path).close()
    path = tmp_path / "responses.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 4")
    before = path.read_bytes()
    with pytest.raises(FtevalsError) as caught:
        Store(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: the store cannot be opened: a newer pytest-ftevals made it "
        "(store version 4, this one knows versions up to 3)\n"
        "  Update pytest-ftevals, or give another folder with --ftevals-store DIR."
    )
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "made",
    [
        "CREATE TABLE other (x)",
        "CREATE TABLE responses (key, value, more)",
        "CREATE VIEW responses AS SELECT 1 AS key, 2 AS value",
    ],
)
def test_a_database_of_something_else_is_refused(tmp_path: Path, made: str) -> None:
    """Nobody's data is turned into a store."""
    path = tmp_path / "responses.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(made)
    before = path.read_bytes()
    with pytest.raises(FtevalsError, match=r"responses\.sqlite is a database of something else"):
        Store(tmp_path)
    assert path.read_bytes() == before
