"""How the store's file is written: with a write-ahead log, or a rollback journal on network disks.

The log lets processes read while one writes, and works within one machine only.
"""

import sqlite3
import time
from pathlib import Path

from pytest_ftevals.store.schema import JOURNAL_CHOSEN

_RETRY_SECONDS = 0.01
_LOG = b"\x02\x02"
"""Bytes 18 and 19 of a database that has a log, https://www.sqlite.org/fileformat.html."""


class MustBeAloneError(Exception):
    """A log can be given up only by one who has the store for itself."""


def has_log(path: Path) -> bool:
    """Return whether a database is written with a log, without asking SQLite, which would use it.

    Not for a database that this process has open: looking drops SQLite's locks.
    """
    try:
        with path.open("rb") as file:
            return file.read(20)[18:] == _LOG
    except FileNotFoundError:
        return False


def read_alone(connection: sqlite3.Connection) -> None:
    """Let a connection lock others out, and so do without the memory that it would share."""
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")


def set_journal(
    connection: sqlite3.Connection, version: int, *, network: bool, alone: bool, seconds: float
) -> str:
    """Set how the file is written; return ``wal`` or ``delete`` (a rollback journal).

    A store that has a rollback journal keeps it: another machine may see the same folder over the
    network. Raises MustBeAloneError where a log must be given up and the caller is not `alone`.
    Waits at most `seconds` for others, then raises sqlite3.OperationalError.
    """
    deadline = time.monotonic() + seconds
    mode = _mode(connection, "PRAGMA journal_mode", deadline)
    if not network and (mode == "wal" or version < JOURNAL_CHOSEN):
        # Where SQLite itself knows that processes cannot share memory, it keeps the journal.
        mode = _mode(connection, "PRAGMA journal_mode = WAL", deadline)
    elif mode == "wal":
        if not alone:
            raise MustBeAloneError
        mode = _without_log(connection, deadline)
    # Without a log a commit is safe against a power cut only once it is on the disk.
    connection.execute(f"PRAGMA synchronous = {'NORMAL' if mode == 'wal' else 'FULL'}")
    return mode


def _without_log(connection: sqlite3.Connection, deadline: float) -> str:
    read_alone(connection)
    mode = _mode(connection, "PRAGMA journal_mode = DELETE", deadline)
    if mode == "wal":
        raise sqlite3.OperationalError("its write-ahead log cannot be given up")
    connection.execute("PRAGMA locking_mode = NORMAL")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # lets the lock go
    return mode


def _mode(connection: sqlite3.Connection, pragma: str, deadline: float) -> str:
    """Run `pragma`; two processes that make one store at once: SQLite itself does not wait."""
    while True:
        try:
            return str(connection.execute(pragma).fetchone()[0])
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
        if time.monotonic() > deadline:
            raise sqlite3.OperationalError("it is locked by another process")
        time.sleep(_RETRY_SECONDS)
