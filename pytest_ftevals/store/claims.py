"""Claims: which process is computing what, so that several share one store without doubling work.

A process holds an OS lock on a file of its own for as long as it lives; a claim names its owner.
Whoever can take the owner's lock knows that the owner is dead and takes its claims over at once. No
clocks, no leases: a stopped process keeps its claims.
"""

import uuid
from collections.abc import Sequence

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.store.owners import hold, is_dead, lock_file
from pytest_ftevals.store.responses import Store


class Claims:
    """This process's claims on a store's missing responses."""

    def __init__(self, store: Store) -> None:
        """Take this process's own lock; held until `close` or the process's end.

        Raises FtevalsError where the file system gives no locks.
        """
        self._store = store
        self.owner = uuid.uuid4().hex
        self._file = lock_file(store.folder, self.owner)
        try:
            self._lock = hold(self._file)
        except OSError as error:
            raise FtevalsError(
                f"files cannot be locked there: {error}",
                where=str(self._file.parent),
                fix="Give a writable folder on a local disk with --ftevals-store DIR.",
            ) from error

    def take(self, keys: Sequence[str]) -> list[str]:
        """Claim those of `keys` that nobody alive has claimed; return the ones now ours."""
        self._free_dead()
        with self._store.transaction() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT OR IGNORE INTO claims VALUES (?, ?)", [(key, self.owner) for key in keys]
            )
            ours = {
                key
                for (key,) in connection.execute(
                    "SELECT key FROM claims WHERE owner = ?", (self.owner,)
                )
            }
        return [key for key in keys if key in ours]

    def release(self, keys: Sequence[str]) -> None:
        """Give claims back, once their responses are stored or cannot be had."""
        with self._store.transaction() as connection:
            connection.executemany(
                "DELETE FROM claims WHERE key = ? AND owner = ?",
                [(key, self.owner) for key in keys],
            )

    def close(self) -> None:
        """Give everything back and drop the lock."""
        try:
            with self._store.transaction() as connection:
                connection.execute("DELETE FROM claims WHERE owner = ?", (self.owner,))
        finally:
            self._file.unlink(missing_ok=True)
            self._lock.close()

    def _free_dead(self) -> None:
        folder = self._store.folder
        with self._store.transaction() as connection:
            owners = [row[0] for row in connection.execute("SELECT DISTINCT owner FROM claims")]
            others = [owner for owner in owners if owner != self.owner]
            dead = [owner for owner in others if is_dead(lock_file(folder, owner))]
            connection.executemany("DELETE FROM claims WHERE owner = ?", [(one,) for one in dead])
        for owner in dead:
            lock_file(folder, owner).unlink(missing_ok=True)
