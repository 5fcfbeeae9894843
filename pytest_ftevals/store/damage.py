"""A damaged store: how it shows, and how it is set aside, so that nothing of it is trusted."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from pytest_ftevals.store.journal import read_alone
from pytest_ftevals.store.schema import ROWS

SIDE_FILES = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database, by the end of its name."""

_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_CHECKED_WHOLE = 16 << 20
"""Bytes up to which a store is checked whole when it is opened: 0.4 ms a megabyte."""


def is_damage(error: BaseException) -> bool:
    """Return whether an error of SQLite says that the file is damaged or no database."""
    code = getattr(error, "sqlite_errorcode", None)  # errors of the Python module have none
    return code is not None and code & 0xFF in _DAMAGE


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Raise sqlite3.DatabaseError, as SQLite does for damage, where an open store shows some.

    A large store is looked at where it is cheap alone, at the ends of its tables; SQLite itself
    sees a file that was cut off. Damage elsewhere shows when it is met.
    """
    if path.stat().st_size <= _CHECKED_WHOLE:
        _raise_unless_sound(connection, "PRAGMA quick_check(1)")
    for table in ROWS:
        for end in ("min", "max"):
            connection.execute(f"SELECT {end}(key) FROM {table}").fetchone()  # noqa: S608 - constants


def check_whole(path: Path) -> str | None:
    """Return what is damaged in a database, looking at all of it; None where it is sound.

    For one who has the store alone. Raises sqlite3.OperationalError where it cannot be opened.
    """
    with closing(sqlite3.connect(path)) as connection:
        read_alone(connection)
        try:
            _raise_unless_sound(connection, "PRAGMA integrity_check(1)")
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            return str(error)
    return None


def suspect(path: Path, reason: str) -> None:
    """Leave a marker, so that the next opening checks the whole store; never fails."""
    try:
        _marker(path).write_text(reason + "\n", encoding="utf-8")
    except OSError:  # a full disk: the damage will show again
        return


def is_suspect(path: Path) -> bool:
    """Return whether a process met damage in the store at `path`."""
    return _marker(path).exists()


def clear(path: Path) -> None:
    """Take the marker away."""
    _marker(path).unlink(missing_ok=True)


def set_aside(path: Path, reason: str) -> Path:
    """Rename a store's files, so that a new one can be begun; return the database's new path.

    To be called by a process that has the store for itself.
    """
    suspect(path, reason)  # whoever is killed between two renames leaves half a store
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    new = path.with_name(f"{path.name}.damaged-{stamp}")
    number = 1
    while new.exists():
        number += 1
        new = path.with_name(f"{path.name}.damaged-{stamp}.{number}")
    # The database last: without it, nothing would show that the others belong to a damaged one.
    for end in (*SIDE_FILES, ""):
        old = path.with_name(path.name + end)
        if old.exists():
            old.rename(new.with_name(new.name + end))
    clear(path)
    return new


def set_aside_files(path: Path) -> list[Path]:
    """Return what lies set aside beside the store at `path`."""
    return sorted(path.parent.glob(f"{path.name}.damaged-*"))


def _marker(path: Path) -> Path:
    return path.with_name(f"{path.name}.suspect")


def _raise_unless_sound(connection: sqlite3.Connection, pragma: str) -> None:
    found = str(connection.execute(pragma).fetchone()[0])
    if found != "ok":
        error = sqlite3.DatabaseError(found.replace("\n", " "))
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error
