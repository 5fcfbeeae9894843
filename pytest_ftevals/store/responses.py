"""Responses and notes on disk: one SQLite file in WAL mode, JSON values, safe to share.

Several processes may have one store open; every write is a transaction of its own, so that a
killed process loses at most the batch it was working on.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from pytest_ftevals.core.canonical import JSON, canonical
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response

SCHEMA = """
CREATE TABLE IF NOT EXISTS responses (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claims (key TEXT PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID;
"""
_BUSY_SECONDS = 60.0
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
            raise FtevalsError(
                f"the store cannot be opened: {error}",
                where=str(folder),
                fix="Give a writable folder on a local disk with --ftevals-store DIR, delete a "
                "damaged store, or run with --ftevals-no-store.",
            ) from error

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
        rows = [(key, canonical(response.to_json())) for key, response in responses.items()]
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO responses VALUES (?, ?)", rows)

    def note(self, key: str) -> JSON:
        """Return what was remembered under `key`, or None."""
        row = self._db.execute("SELECT value FROM notes WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        value: JSON = json.loads(row[0])
        return value

    def remember(self, key: str, value: JSON) -> None:
        """Remember `value` under `key`."""
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (key, canonical(value)))

    @property
    def connection(self) -> sqlite3.Connection:
        """The open database, for the claims beside the responses."""
        return self._db

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _rows(self, table: str, keys: list[str], column: str = "value") -> list[tuple[str, str]]:
        rows: list[tuple[str, str]] = []
        for start in range(0, len(keys), _MANY):
            part = keys[start : start + _MANY]
            marks = ",".join("?" * len(part))
            query = f"SELECT key, {column} FROM {table} WHERE key IN ({marks})"  # noqa: S608 - constants and placeholders only
            rows.extend(self._db.execute(query, part))
        return rows


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.executescript(SCHEMA)
    return connection
