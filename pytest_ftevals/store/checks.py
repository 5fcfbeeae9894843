"""Outcomes of the self-check, kept with the answers that they are about."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from pytest_ftevals.core.request import Request
from pytest_ftevals.store.responses import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One answer computed again."""

    off: float
    """Nats between the two ways."""
    held: bool
    """Whether that is rounding."""


class Checks:
    """The checks of all runs on a store."""

    def __init__(self, store: Store) -> None:
        """Keep them among the store's notes."""
        self._store = store

    def remember(self, context: str, request: Request, check: Check) -> None:
        """Keep a check of a variant's answer; `context` is what the variant's keys share."""
        self._store.remember(_key(context, request), [check.off, check.held])

    def recall(self, context: str, requests: Collection[Request]) -> list[Check]:
        """Return the checks of these requests, in their order."""
        keys = {_key(context, request) for request in requests}
        # Few were checked of many: all of a context are read at once.
        query = "SELECT key, value FROM notes WHERE key >= ? AND key < ?"
        first = f"check {context} "
        with self._store.transaction() as connection:
            rows = connection.execute(query, (first, first + "g")).fetchall()
        read = [_read(value) for key, value in rows if key in keys]
        return [check for check in read if check is not None]


def _read(text: str) -> Check | None:
    """Return a remembered check; None for a note that became unreadable."""
    try:
        off, held = json.loads(text)
        return Check(off=float(off), held=bool(held))
    except (ValueError, TypeError):
        return None


def _key(context: str, request: Request) -> str:
    return f"check {context} {request.digest()}"
