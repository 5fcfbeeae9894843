"""The store's database: one SQLite file, JSON values, safe to share between processes.

Several processes may have one store open; every write is a transaction of its own, so that a
killed process loses at most the batch it was working on.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.store import damage
from pytest_ftevals.store.file_systems import MOUNTS
from pytest_ftevals.store.opening import FILE_NAME, open_alone, open_shared
from pytest_ftevals.store.use_lock import UseLock


class Database:
    """An open store's file; used together with other processes."""

    def __init__(self, folder: Path, *, alone: bool = False, mounts: Path = MOUNTS) -> None:
        """Open or make the store in `folder`; `mounts` lists the machine's mounts.

        Sets a damaged store aside and upgrades one of an earlier version. Raises FtevalsError
        where the store cannot be opened, a newer version made it, or `alone` is asked for and
        another process uses it.
        """
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            ignore = folder / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
            self._lock = UseLock(folder)
        except OSError as error:
            raise unusable(folder, "opened", error) from error
        try:
            opener = open_alone if alone else open_shared
            opened = opener(folder, self._lock, mounts)
        except BaseException as error:
            self._lock.close()
            if isinstance(error, (OSError, sqlite3.Error)):
                raise unusable(folder, "opened", error) from error
            raise
        self._db = opened.connection
        self.journal = opened.journal
        """``wal``, or ``delete`` for the rollback journal of a store on a network disk."""
        self.notices = opened.notices
        """What the user should know: a damaged store set aside, a network disk."""

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give the open database and commit at the end, or nothing at all.

        Raises FtevalsError where the file turns out to be damaged, locked for good or full.
        """
        try:
            with self._db:
                yield self._db
        except sqlite3.DatabaseError as error:
            if damage.is_damage(error):
                damage.suspect(self.folder / FILE_NAME, str(error))
                raise _damaged(self.folder, error) from error
            raise unusable(self.folder, "used", error) from error

    def close(self) -> None:
        """Close the file."""
        self._db.close()
        self._lock.close()


def unusable(folder: Path, verb: str, error: Exception) -> FtevalsError:
    """Return the mistake that a store cannot be opened or used."""
    return FtevalsError(
        f"the store cannot be {verb}: {error}",
        where=str(folder),
        fix="Give a writable folder on a local disk with --ftevals-store DIR, or run with "
        "--ftevals-no-store.",
    )


def _damaged(folder: Path, error: Exception) -> FtevalsError:
    return FtevalsError(
        f"the store cannot be used: it is damaged ({error})",
        where=str(folder),
        fix="Run again: the store is then checked, and set aside where it is damaged. Or run with "
        "--ftevals-no-store.",
    )
