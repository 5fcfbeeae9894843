"""Pruning: what a store can do without is removed, and its file made as small as it gets."""

import heapq
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pytest_ftevals.store.damage import SIDE_FILES, clear, set_aside_files
from pytest_ftevals.store.database import Database, unusable
from pytest_ftevals.store.fingerprint import is_gone
from pytest_ftevals.store.opening import FILE_NAME, require_alone
from pytest_ftevals.store.owners import clear_dead
from pytest_ftevals.store.rows import today
from pytest_ftevals.store.schema import ROWS
from pytest_ftevals.store.use_lock import UseLock

_EMPTY_BYTES = 32 << 10
"""About what a store without rows takes."""
_ROW_BYTES = 24
"""A row's checksum, day and lengths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What pruning removed and left; rows by table."""

    removed: Mapping[str, int]
    left: Mapping[str, int]
    set_aside: int
    """Files of damaged stores."""
    owners: int
    """Lock files of processes that died."""
    notes: int
    """Digests of files that are gone."""
    bytes_before: int
    bytes_after: int
    notices: tuple[str, ...]


def store_files(folder: Path) -> list[Path]:
    """Return the files that hold a store's contents, those set aside included."""
    path = folder / FILE_NAME
    own = (path.with_name(FILE_NAME + end) for end in ("", *SIDE_FILES))
    return [*(one for one in own if one.exists()), *set_aside_files(path)]


def size_on_disk(folder: Path) -> int:
    """Return the size of a store's files in bytes."""
    return sum(path.stat().st_size for path in store_files(folder))


def count_rows(store: Database) -> dict[str, int]:
    """Return how many rows each table of a store holds."""
    with store.transaction() as connection:
        return {
            table: int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - constants
            for table in ROWS
        }


def prune(folder: Path, *, unused: int | None = None, keep_bytes: int | None = None) -> Pruned:
    """Remove rows not used for `unused` days, and the least recently used beyond `keep_bytes`.

    What is left of dead processes, of damaged stores and of files that are gone goes in any case.
    Raises FtevalsError where another process uses the store or it cannot be written.
    """
    before = size_on_disk(folder)
    with closing(Database(folder, alone=True)) as store:
        had = count_rows(store)
        if unused is not None:
            _remove_unused(store, today() - unused)
        notes = _remove_notes(store)
        _pack(store)
        if keep_bytes is not None:
            _shrink(store, keep_bytes)
        left = count_rows(store)
        aside = set_aside_files(folder / FILE_NAME)
        _delete(folder, aside)
        owners = clear_dead(folder)
    return Pruned(
        removed={table: had[table] - left[table] for table in ROWS},
        left=left,
        set_aside=len(aside),
        owners=owners,
        notes=notes,
        bytes_before=before,
        bytes_after=size_on_disk(folder),
        notices=store.notices,
    )


def remove_everything(folder: Path) -> tuple[int, int]:
    """Delete a store's files whatever they hold; return how many, and their bytes.

    Raises FtevalsError where another process uses the store, or files cannot be deleted.
    """
    with closing(UseLock(folder)) as lock:
        require_alone(folder, lock)
        files, size = store_files(folder), size_on_disk(folder)
        _delete(folder, files)
        clear(folder / FILE_NAME)
        clear_dead(folder)
    return len(files), size


def _delete(folder: Path, files: list[Path]) -> None:
    try:
        for path in files:
            path.unlink()
    except OSError as error:
        raise unusable(folder, "pruned", error) from error


def _remove_unused(store: Database, last: int) -> None:
    with store.transaction() as connection:
        for table in ROWS:
            connection.execute(f"DELETE FROM {table} WHERE used <= ?", (last,))  # noqa: S608 - constants


def _remove_notes(store: Database) -> int:
    with store.transaction() as connection:
        connection.execute("DELETE FROM claims")  # nobody else is alive
        keys = [key for (key,) in connection.execute("SELECT key FROM notes")]
        gone = [(key,) for key in keys if is_gone(key)]
        connection.executemany("DELETE FROM notes WHERE key = ?", gone)
    return len(gone)


def _shrink(store: Database, keep: int) -> None:
    path = store.folder / FILE_NAME
    while (size := path.stat().st_size) > keep:
        rows = list(_rows_by_age(store))
        if not rows:
            return
        # Rows take their share of the file; a few pages it takes without any.
        surplus = sum(length for *_, length in rows) * min(1, (size - keep + _EMPTY_BYTES) / size)
        doomed: dict[str, list[tuple[str]]] = {table: [] for table in ROWS}
        for _, key, table, length in rows:
            doomed[table].append((key,))
            surplus -= length
            if surplus <= 0:
                break
        with store.transaction() as connection:
            for table, keys in doomed.items():
                connection.executemany(f"DELETE FROM {table} WHERE key = ?", keys)  # noqa: S608 - constants
        _pack(store)


def _rows_by_age(store: Database) -> Iterator[tuple[int, str, str, int]]:
    """Yield (day of last use, key, table, bytes), the longest unused first."""
    with store.transaction() as connection:
        query = "SELECT used, key, '{0}', length(key) + length(value) + ? FROM {0} ORDER BY used"
        yield from heapq.merge(
            *(connection.execute(query.format(table), (_ROW_BYTES,)) for table in ROWS)
        )


def _pack(store: Database) -> None:
    """Give the space of removed rows back to the disk."""
    with store.transaction() as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
