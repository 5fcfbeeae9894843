"""What a store holds, for one who looks at it."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pytest_ftevals.store.damage import set_aside_files
from pytest_ftevals.store.database import Database
from pytest_ftevals.store.opening import FILE_NAME
from pytest_ftevals.store.owners import living
from pytest_ftevals.store.prune import size_on_disk
from pytest_ftevals.store.schema import ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What was last used on one day."""

    day: int
    """Days since 1970."""
    rows: Mapping[str, int]
    """Table -> how many rows."""
    size: int
    """Bytes of their keys and values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a store holds."""

    size: int
    """Bytes on disk, all files together."""
    journal: str
    """``wal``, or ``delete`` for a rollback journal."""
    used: tuple[Used, ...]
    """By day, the latest first."""
    owners: tuple[str, ...]
    """Processes that hold claims now."""
    set_aside: tuple[str, ...]
    """Files of damaged stores."""
    notices: tuple[str, ...]


def survey(folder: Path) -> Survey:
    """Look through the store in `folder`, reading all of it; raises FtevalsError as `Database`."""
    with closing(Database(folder)) as store:
        used = _used(store)
    return Survey(
        size=size_on_disk(folder),
        journal=store.journal,
        used=used,
        owners=tuple(living(folder)),
        set_aside=tuple(path.name for path in set_aside_files(folder / FILE_NAME)),
        notices=store.notices,
    )


def _used(store: Database) -> tuple[Used, ...]:
    counted: dict[int, dict[str, int]] = {}
    sizes: dict[int, int] = {}
    with store.transaction() as connection:
        for table in ROWS:
            query = "SELECT used, count(*), sum(length(key) + length(value)) FROM {} GROUP BY used"
            for day, count, size in connection.execute(query.format(table)):
                counted.setdefault(day, dict.fromkeys(ROWS, 0))[table] = count
                sizes[day] = sizes.get(day, 0) + size
    return tuple(
        Used(day=day, rows=counted[day], size=sizes[day]) for day in sorted(counted, reverse=True)
    )
