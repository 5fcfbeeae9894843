"""The lock on a store's folder: shared by all who use it, held alone to set aside or to clear away.

To rename or delete a database that another process has open would damage what comes in its place:
that process still writes and deletes a log of the old name. ``flock``, not ``lockf``: a process may
open a store twice, and closing one of them must not drop the other's lock.
"""

import fcntl
import os
import time
import weakref
from pathlib import Path

LOCK_NAME = "store.lock"
_RETRY_SECONDS = 0.02


class UseLock:
    """This opening's lock on a store's folder; free at first."""

    def __init__(self, folder: Path) -> None:
        """Open the lock's file; raises OSError where it cannot be made."""
        # Never deleted: two processes would hold locks on two files of one name.
        self._file = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o666)
        self._close = weakref.finalize(self, os.close, self._file)

    def share(self, seconds: float) -> None:
        """Hold it with others; waits at most `seconds` for one who holds it alone.

        Raises TimeoutError after that, OSError where the file system gives no locks.
        """
        deadline = time.monotonic() + seconds
        while not self._tried(fcntl.LOCK_SH):
            if time.monotonic() > deadline:
                raise TimeoutError("it is locked by another process")
            time.sleep(_RETRY_SECONDS)

    def hold_alone(self) -> bool:
        """Hold it alone; return False where anyone else has it. Gives up an own share before."""
        fcntl.flock(self._file, fcntl.LOCK_UN)
        return self._tried(fcntl.LOCK_EX)

    def close(self) -> None:
        """Give it up."""
        self._close()

    def _tried(self, how: int) -> bool:
        try:
            fcntl.flock(self._file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
