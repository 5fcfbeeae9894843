"""Rows that carry a checksum and the day of their last use: a damaged one is a missing one."""

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from pytest_ftevals.store.checksum import checksum

_DAY_SECONDS = 86_400
_MANY = 500
"""Keys per query, below SQLite's limit on variables."""
_TOUCH_MILLISECONDS = 200
"""How long noting a use waits for a writer: it may as well be noted the next time."""


def today() -> int:
    """Return the number of days since 1970, in UTC."""
    return int(time.time() // _DAY_SECONDS)


def read_rows(
    connection: sqlite3.Connection, table: str, keys: Sequence[str], day: int
) -> dict[str, str]:
    """Return the sound values under `keys`, and note that they were used on `day`.

    Writes once a day for each row at most, and not at all where the disk is full or a writer is in
    the way. Call it outside a transaction that writes.
    """
    found: dict[str, str] = {}
    used_before: list[str] = []
    for part, marks in _parts(keys):
        query = f"SELECT key, value, digest, used FROM {table} WHERE key IN ({marks})"  # noqa: S608 - constants and placeholders only
        for key, value, digest, used in connection.execute(query, part):
            if isinstance(value, str) and digest == checksum(key, value):
                found[key] = value
                if used != day:
                    used_before.append(key)
    if used_before:
        _touch(connection, table, used_before, day)
    return found


def present_rows(connection: sqlite3.Connection, table: str, keys: Sequence[str]) -> set[str]:
    """Return those of `keys` that have a row, sound or not."""
    found: set[str] = set()
    for part, marks in _parts(keys):
        query = f"SELECT key FROM {table} WHERE key IN ({marks})"  # noqa: S608 - constants and placeholders only
        found.update(key for (key,) in connection.execute(query, part))
    return found


def write_rows(
    connection: sqlite3.Connection, table: str, values: Mapping[str, str], day: int
) -> None:
    """Write values under their keys, as used on `day`."""
    connection.executemany(
        f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?, ?)",  # noqa: S608 - constants and placeholders only
        [(key, value, checksum(key, value), day) for key, value in values.items()],
    )


@contextmanager
def waiting_at_most(connection: sqlite3.Connection, milliseconds: int) -> Iterator[None]:
    """Let statements wait so long for a writer in the way, instead of as long as is usual."""
    usual = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute(f"PRAGMA busy_timeout = {milliseconds}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout = {usual}")


def _touch(connection: sqlite3.Connection, table: str, keys: Sequence[str], day: int) -> None:
    with waiting_at_most(connection, _TOUCH_MILLISECONDS):
        try:
            with connection:
                for part, marks in _parts(keys):
                    query = f"UPDATE {table} SET used = ? WHERE key IN ({marks})"  # noqa: S608 - constants and placeholders only
                    connection.execute(query, (day, *part))
        except sqlite3.OperationalError:
            return  # reading is what was asked for


def _parts(keys: Sequence[str]) -> Iterator[tuple[Sequence[str], str]]:
    """Yield keys in parts that one query takes, with a mark for each."""
    for start in range(0, len(keys), _MANY):
        part = keys[start : start + _MANY]
        yield part, ",".join("?" * len(part))
