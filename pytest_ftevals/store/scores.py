"""Scores on disk, beside the responses: what a library computed, so that later runs need none."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.store.responses import Store
from pytest_ftevals.store.rows import read_rows, today, write_rows

_TABLE = "scores"


class ScoreStore:
    """The scores and estimates that runs have in common, by content key."""

    def __init__(self, store: Store) -> None:
        """Keep them in the file of `store`."""
        self._store = store

    def get(self, keys: Iterable[str]) -> dict[str, JSON]:
        """Return what is stored under those of `keys` that have it; damaged rows count as missing.

        Notes that they were used today.
        """
        found: dict[str, JSON] = {}
        with self._store.transaction() as connection:
            values = read_rows(connection, _TABLE, list(dict.fromkeys(keys)), today())
        for key, text in values.items():
            with suppress(ValueError):
                found[key] = json.loads(text)
        return found

    def put(self, values: Mapping[str, JSON]) -> None:
        """Store values under their keys, in one transaction.

        Where the disk is full or the store is in somebody's hands for good they are not: what was
        computed decides all the same, and the next run computes it again.
        """
        # ASCII and infinities: a reason may quote lone surrogates, and intervals may be unbounded.
        texts = {key: json.dumps(value) for key, value in values.items()}
        with suppress(FtevalsError), self._store.transaction() as connection:
            write_rows(connection, _TABLE, texts, today())
