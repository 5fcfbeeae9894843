"""Opening the store's file: made, upgraded or checked; a damaged one is set aside before."""

import shlex
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.store import damage
from pytest_ftevals.store.file_systems import MOUNTS, network_holding
from pytest_ftevals.store.journal import MustBeAloneError, has_log, read_alone, set_journal
from pytest_ftevals.store.owners import living
from pytest_ftevals.store.rows import today
from pytest_ftevals.store.schema import prepare, version_of
from pytest_ftevals.store.use_lock import UseLock

FILE_NAME = "responses.sqlite"
_BUSY_SECONDS = 60.0
_IN_USE_SECONDS = 10.0
"""How long another's use of a damaged store is waited for."""
_RETRY_SECONDS = 0.02
_MENDED_MOST = 3
"""A disk that damages each new store, too, is not worth another."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open store, and what its user should know."""

    connection: sqlite3.Connection
    journal: str
    """``wal``, or ``delete`` for a rollback journal."""
    notices: tuple[str, ...]


def open_shared(folder: Path, lock: UseLock, mounts: Path = MOUNTS) -> Opened:
    """Open the store in `folder` to use it together with others; `lock` is then shared.

    Raises FtevalsError, OSError or sqlite3.Error where that is impossible.
    """
    path, notice, mended = folder / FILE_NAME, "", 0
    patience = time.monotonic() + _IN_USE_SECONDS
    while True:
        lock.share(_BUSY_SECONDS)
        try:
            if not damage.is_suspect(path):
                return _open(path, mounts, notice)
            why = "it is damaged"
        except MustBeAloneError:
            why = "its write-ahead log does not work on a network file system"
        except sqlite3.DatabaseError as error:
            if not damage.is_damage(error) or mended == _MENDED_MOST:
                raise
            why = "it is damaged"
        # To be mended or set aside, it must be nobody else's.
        if lock.hold_alone():
            notice = _mend(path, mounts) or notice
            mended += 1
        elif time.monotonic() > patience:
            raise FtevalsError(
                f"the store cannot be opened: {why}, and another process still uses it",
                where=str(folder),
                fix="Wait until that has ended, give another folder with --ftevals-store DIR, or "
                "run with --ftevals-no-store.",
            )
        else:
            time.sleep(_RETRY_SECONDS)


def open_alone(folder: Path, lock: UseLock, mounts: Path = MOUNTS) -> Opened:
    """Open the store in `folder` to have it for oneself; `lock` is then held alone.

    Raises FtevalsError where another process uses it, and what `open_shared` raises.
    """
    require_alone(folder, lock)
    path = folder / FILE_NAME
    return _open(path, mounts, _mend(path, mounts), alone=True)


def require_alone(folder: Path, lock: UseLock) -> None:
    """Hold a store's lock alone; raises FtevalsError, naming who computes, where others use it."""
    if not lock.hold_alone():
        who = living(folder)
        raise FtevalsError(
            f"the store is in use{': ' if who else ' by another process'}{', '.join(who)}",
            where=str(folder),
            fix="Wait until that has ended, or end it.",
        )


def _open(path: Path, mounts: Path, notice: str, *, alone: bool = False) -> Opened:
    kind = network_holding(path.parent, mounts)
    logged = kind is not None and has_log(path)
    if logged and not alone:
        raise MustBeAloneError
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS)
    try:
        if logged:
            read_alone(connection)
        # A byte that is no text any more makes its row a damaged one, not an error.
        connection.text_factory = _text
        version = version_of(connection, path)
        journal = set_journal(
            connection, version, network=kind is not None, alone=alone, seconds=_BUSY_SECONDS
        )
        prepare(connection, path, today())
        damage.check(connection, path)
    except BaseException:
        connection.close()
        raise
    notices = (notice, _journal_notice(path, kind, journal))
    return Opened(connection, journal, tuple(one for one in notices if one))


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _journal_notice(path: Path, kind: str | None, journal: str) -> str:
    if journal == "wal":
        return ""
    if kind is not None:
        return (
            f"{path.parent} is on a network file system ({kind}), where SQLite's write-ahead log "
            "does not work: the store is written with a rollback journal, which is slower. For "
            "speed, give a folder on a local disk with --ftevals-store DIR."
        )
    return (
        f"the store {path} is written with a rollback journal, which is slower than a write-ahead "
        "log: it was made on a file system that cannot share memory. For speed, give a new folder "
        "on a local disk with --ftevals-store DIR."
    )


def _mend(path: Path, mounts: Path) -> str:
    """Set a damaged store aside, give up a log that does not work; for one who is alone.

    Returns what the user should know, nothing where the store is sound.
    """
    reason = _damage(path, mounts)
    if reason is None:
        damage.clear(path)
        return ""
    new = damage.set_aside(path, reason)
    return (
        f"the store {path} was damaged ({reason}). It was set aside as {new.name}, and a new one "
        "was begun: what was stored is computed again. Check the disk; `pytest-ftevals store "
        f"prune --store {shlex.quote(str(path.parent))}` deletes what was set aside."
    )


def _damage(path: Path, mounts: Path) -> str | None:
    if damage.is_suspect(path) and (reason := damage.check_whole(path)) is not None:
        return reason
    try:
        _open(path, mounts, "", alone=True).connection.close()
    except sqlite3.DatabaseError as error:
        if not damage.is_damage(error):
            raise
        return str(error)
    return None
