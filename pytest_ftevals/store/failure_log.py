"""The failure log: which cases failed in earlier runs, by what was asked and by whose weights."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_ftevals.store.checksum import checksum
from pytest_ftevals.store.database import Database
from pytest_ftevals.store.rows import today, waiting_at_most, write_rows

MOST_RUNS = 20
"""Runs that are kept of one subject; the oldest go first."""
_TABLE = "failures"
_WAIT_MILLISECONDS = 5_000
"""How long a run's end waits for a writer: the log is worth no more."""
_FIND = f"SELECT key, value, digest FROM {_TABLE} WHERE key >= ? AND key < ?"  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRun:
    """What became of the cases of one task in one run."""

    fingerprint: str
    """Of the weights that answered."""
    at: float
    """When that was, in seconds since 1970."""
    failed: frozenset[str]
    """Ids of the cases that failed."""
    passed: frozenset[str]


class FailureLog:
    """The runs that are remembered of each subject: a task as it was asked, under one name."""

    def __init__(self, store: Database) -> None:
        """Keep them in the file of `store`."""
        self._store = store

    def earlier(self, subject: str, fingerprint: str) -> list[LoggedRun]:
        """Return the remembered runs of other weights than `fingerprint`, the latest last.

        A damaged entry counts as none. To read is no use: entries grow old all the same. Raises
        FtevalsError where the store cannot be read.
        """
        found = [one for one in self._runs(subject) if one.fingerprint != fingerprint]
        return sorted(found, key=lambda one: (one.at, one.fingerprint))

    def remember(self, subject: str, run: LoggedRun) -> None:
        """Remember a run, in place of an earlier one of the same weights.

        Of a subject the last 20 runs are kept. Raises FtevalsError where the store cannot be
        written.
        """
        told = {"at": run.at, "failed": sorted(run.failed), "passed": sorted(run.passed)}
        values = {f"{subject} {run.fingerprint}": json.dumps(told)}
        surplus = [f"{subject} {one.fingerprint}" for one in self._surplus(subject, run)]
        with (
            self._store.transaction() as connection,
            waiting_at_most(connection, _WAIT_MILLISECONDS),
        ):
            write_rows(connection, _TABLE, values, today())
            connection.executemany(
                f"DELETE FROM {_TABLE} WHERE key = ?",  # noqa: S608 - a constant
                [(key,) for key in surplus],
            )

    def _surplus(self, subject: str, run: LoggedRun) -> Sequence[LoggedRun]:
        others = self.earlier(subject, run.fingerprint)
        return others[: max(0, len(others) + 1 - MOST_RUNS)]

    def _runs(self, subject: str) -> list[LoggedRun]:
        with (
            self._store.transaction() as connection,
            waiting_at_most(connection, _WAIT_MILLISECONDS),
        ):
            rows = connection.execute(_FIND, (f"{subject} ", f"{subject}!")).fetchall()
        read = (_read(*row) for row in rows)
        return [one for one in read if one is not None]


def _read(key: str, value: str, digest: str) -> LoggedRun | None:
    """Return a remembered run; None for a row that was damaged."""
    if not isinstance(value, str) or digest != checksum(key, value):
        return None
    try:
        told = json.loads(value)
        return LoggedRun(
            fingerprint=key.rpartition(" ")[2],
            at=float(told["at"]),
            failed=frozenset(told["failed"]),
            passed=frozenset(told["passed"]),
        )
    except (ValueError, TypeError, KeyError):
        return None
