"""Responses and notes on disk: one SQLite file in WAL mode, JSON values, safe to share.

Several processes may have one store open; every write is a transaction of its own, so that a
killed process loses at most the batch it was working on.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response

SCHEMA = """
CREATE TABLE IF NOT EXISTS responses (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claims (key TEXT PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID;
"""
_BUSY_SECONDS = 60.0
_RETRY_SECONDS = 0.01
_MANY = 500
"""Keys per query, below SQLite's limit on variables."""


class Store:
    """The responses that runs have in common, by content key; and notes they keep."""

    def __init__(self, folder: Path) -> None:
        """Open or make the store in `folder`; raises FtevalsError where that is impossible."""
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            ignore = folder / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
            self._db = _open(folder / "responses.sqlite")
        except (OSError, sqlite3.Error) as error:
            raise _unusable(folder, "opened", error) from error

    def get(self, keys: Iterable[str]) -> dict[str, Response]:
        """Return the stored responses among `keys`; unreadable ones count as missing."""
        found: dict[str, Response] = {}
        for key, value in self._rows("responses", list(keys)):
            try:
                found[key] = Response.from_json(json.loads(value))
            except (ValueError, KeyError, TypeError):
                continue  # recomputed and written again, never trusted
        return found

    def present(self, keys: Iterable[str]) -> set[str]:
        """Return those of `keys` that have a response, without reading the responses."""
        return {key for key, _ in self._rows("responses", list(keys), column="NULL")}

    def put(self, responses: Mapping[str, Response]) -> None:
        """Write responses in one transaction; errors are never stored (raises ValueError)."""
        if any(response.error is not None for response in responses.values()):
            raise ValueError("a response that is an error is not stored")
        # ASCII and NaN: a model may write lone surrogates, and its numbers may overflow.
        rows = [(key, json.dumps(response.to_json())) for key, response in responses.items()]
        with self.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO responses VALUES (?, ?)", rows)

    def note(self, key: str) -> JSON:
        """Return what was remembered under `key`, or None; an unreadable note counts as none."""
        for _, text in self._rows("notes", [key]):
            try:
                value: JSON = json.loads(text)
            except (ValueError, TypeError):
                return None
            return value
        return None

    def remember(self, key: str, value: JSON) -> None:
        """Remember `value` under `key`."""
        row = (key, json.dumps(value))
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", row)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give the open database and commit at the end, or nothing at all.

        Raises FtevalsError where the file turns out to be damaged, locked for good or full.
        """
        try:
            with self._db:
                yield self._db
        except sqlite3.DatabaseError as error:
            raise _unusable(self.folder, "used", error) from error

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _rows(self, table: str, keys: list[str], column: str = "value") -> list[tuple[str, str]]:
        rows: list[tuple[str, str]] = []
        for start in range(0, len(keys), _MANY):
            part = keys[start : start + _MANY]
            marks = ",".join("?" * len(part))
            query = f"SELECT key, {column} FROM {table} WHERE key IN ({marks})"  # noqa: S608 - constants and placeholders only
            with self.transaction() as connection:
                rows.extend(connection.execute(query, part))
        return rows


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS)
    try:
        _prepare(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    deadline = time.monotonic() + _BUSY_SECONDS
    # Two processes that make one store at once: SQLite does not wait for the other's switch to WAL.
    while not _uses_wal(connection):
        if time.monotonic() > deadline:
            raise sqlite3.OperationalError("it is locked by another process")
        time.sleep(_RETRY_SECONDS)
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.executescript(SCHEMA)


def _uses_wal(connection: sqlite3.Connection) -> bool:
    """Switch to WAL; return False where another process is in the way just now."""
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _unusable(folder: Path, verb: str, error: Exception) -> FtevalsError:
    return FtevalsError(
        f"the store cannot be {verb}: {error}",
        where=str(folder),
        fix="Give a writable folder on a local disk with --ftevals-store DIR, delete a damaged "
        "store, or run with --ftevals-no-store.",
    )
