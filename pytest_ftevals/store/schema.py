"""The store's tables, their version, and how a store of an earlier version becomes one of this.

Version 1 had responses of key and value alone, and no version written into its file; version 2 had
no failure log.
"""

import sqlite3
from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.store.checksum import checksum

VERSION = 3
JOURNAL_CHOSEN = 2
"""Since this version a store keeps the journal that it was made with."""

ROWS = ("responses", "scores", "failures")
"""The tables whose rows carry a checksum and the day of their last use."""

SCHEMA = (
    *(
        f"CREATE TABLE IF NOT EXISTS {table} (key TEXT PRIMARY KEY, value TEXT NOT NULL,"
        " digest TEXT NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID"
        for table in ROWS
    ),
    "CREATE TABLE IF NOT EXISTS notes (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS claims (key TEXT PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID",
)
"""`digest` is of key and value, see `checksum`; `used` counts days since 1970."""

_EARLIER = ["key", "value"]
_SEALED = [*_EARLIER, "digest", "used"]
_UPGRADE = (
    "ALTER TABLE responses ADD COLUMN digest TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE responses ADD COLUMN used INTEGER NOT NULL DEFAULT 0",
)
_SEAL = "UPDATE responses SET digest = seal(CAST(key AS BLOB), CAST(value AS BLOB)), used = ?"


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of an open store, 0 for a new one; changes nothing.

    Raises FtevalsError for a store that a later version of this package made, and for a database
    of something else.
    """
    # The version is read last: another process may make or upgrade the store meanwhile.
    tables = dict(connection.execute("SELECT name, type FROM sqlite_master"))
    columns = [row[1] for row in connection.execute("PRAGMA table_info(responses)")]
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > VERSION:
        raise FtevalsError(
            "the store cannot be opened: a newer pytest-ftevals made it "
            f"(store version {found}, this one knows versions up to {VERSION})",
            where=str(path.parent),
            fix="Update pytest-ftevals, or give another folder with --ftevals-store DIR.",
        )
    if found == VERSION or not tables:
        return found
    expected = _EARLIER if found == 0 else _SEALED
    if tables.get("responses") != "table" or columns != expected:
        raise FtevalsError(
            f"the store cannot be opened: {path.name} is a database of something else",
            where=str(path.parent),
            fix="Give another folder with --ftevals-store DIR, or run with --ftevals-no-store.",
        )
    return found or 1


def prepare(connection: sqlite3.Connection, path: Path, today: int) -> None:
    """Make the tables, or upgrade an earlier store's; one transaction, so all or nothing.

    Rows of an earlier store count as used `today`. Raises FtevalsError as `version_of`.
    """
    if version_of(connection, path) == VERSION:
        return
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        version = version_of(connection, path)
        if version == VERSION:  # another process was faster
            return
        if version == 1:
            for statement in _UPGRADE:
                connection.execute(statement)
            connection.create_function("seal", 2, _sealed)
            connection.execute(_SEAL, (today,))
        for statement in SCHEMA:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _sealed(key: bytes, value: bytes) -> str:
    """Return the checksum of an earlier row; what is no text gets one that never fits."""
    try:
        return checksum(key.decode(), value.decode())
    except (UnicodeDecodeError, AttributeError):
        return ""
