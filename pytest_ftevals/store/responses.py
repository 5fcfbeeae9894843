"""Responses and notes on disk, by content key."""

import json
from collections.abc import Iterable, Mapping

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.response import Response
from pytest_ftevals.store.database import Database
from pytest_ftevals.store.rows import present_rows, read_rows, today, write_rows


class Store(Database):
    """The responses that runs have in common, by content key; and notes they keep."""

    def get(self, keys: Iterable[str]) -> dict[str, Response]:
        """Return the stored responses among `keys`; damaged and unreadable ones count as missing.

        Notes that they were used today.
        """
        found: dict[str, Response] = {}
        with self.transaction() as connection:
            values = read_rows(connection, "responses", list(keys), today())
        for key, value in values.items():
            try:
                found[key] = Response.from_json(json.loads(value))
            except (ValueError, KeyError, TypeError):
                continue  # recomputed and written again, never trusted
        return found

    def present(self, keys: Iterable[str]) -> set[str]:
        """Return those of `keys` that have a response, without reading the responses."""
        with self.transaction() as connection:
            return present_rows(connection, "responses", list(keys))

    def put(self, responses: Mapping[str, Response]) -> None:
        """Write responses in one transaction; errors are never stored (raises ValueError)."""
        if any(response.error is not None for response in responses.values()):
            raise ValueError("a response that is an error is not stored")
        # ASCII and NaN: a model may write lone surrogates, and its numbers may overflow.
        values = {key: json.dumps(response.to_json()) for key, response in responses.items()}
        with self.transaction() as connection:
            write_rows(connection, "responses", values, today())

    def discard(self, keys: Iterable[str]) -> None:
        """Remove responses that turned out wrong."""
        with self.transaction() as connection:
            connection.executemany("DELETE FROM responses WHERE key = ?", [(key,) for key in keys])

    def note(self, key: str) -> JSON:
        """Return what was remembered under `key`, or None; an unreadable note counts as none."""
        with self.transaction() as connection:
            query = "SELECT value FROM notes WHERE key = ?"
            row = connection.execute(query, (key,)).fetchone()
        try:
            value: JSON = None if row is None else json.loads(row[0])
        except (ValueError, TypeError):
            return None
        return value

    def remember(self, key: str, value: JSON) -> None:
        """Remember `value` under `key`."""
        row = (key, json.dumps(value))
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", row)
