"""The lock on a store's folder: many share it, one holds it alone, nobody's end leaves it held."""

import fcntl
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.store.database import Database
from pytest_ftevals.store.use_lock import UseLock

HOLDER = """
import sys
from pathlib import Path
from pytest_ftevals.store.use_lock import UseLock
lock = UseLock(Path(sys.argv[1]))
print(lock.hold_alone(), flush=True)
sys.stdin.readline()
"""


def test_many_share_and_one_is_alone(tmp_path: Path) -> None:
    """Two openings in one process are two users: one's end is not the other's."""
    one, other, third = (UseLock(tmp_path) for _ in range(3))
    one.share(0)
    other.share(0)
    assert not third.hold_alone()
    one.close()
    assert not third.hold_alone()
    other.close()
    assert third.hold_alone()
    with closing(UseLock(tmp_path)) as late:
        with pytest.raises(TimeoutError, match="locked by another process"):
            late.share(0.05)
        third.close()
        late.share(0)


def test_a_lock_that_is_forgotten_is_free(tmp_path: Path) -> None:
    """No warning, and nobody waits for it."""
    lock = UseLock(tmp_path)
    lock.share(0)
    del lock
    with closing(UseLock(tmp_path)) as other:
        assert other.hold_alone()


def test_another_process_holds_it_until_its_end(tmp_path: Path) -> None:
    """Kill -9 is an end, too; a store that waits goes on then."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        with closing(UseLock(tmp_path)) as lock:
            assert not lock.hold_alone()
            began = time.monotonic()
            holder.send_signal(signal.SIGKILL)
            lock.share(30)
            assert time.monotonic() - began < 30


def test_a_store_that_is_held_alone_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is pruned, say; for good, it is one message."""
    monkeypatch.setattr("pytest_ftevals.store.opening._BUSY_SECONDS", 0.05)
    with closing(Database(tmp_path, alone=True)):
        with pytest.raises(FtevalsError, match="cannot be opened: it is locked by another process"):
            Database(tmp_path)
        with pytest.raises(FtevalsError, match="the store is in use by another process"):
            Database(tmp_path, alone=True)
    Database(tmp_path).close()


def test_no_locks_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system without locks is named with the fix."""

    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(FtevalsError, match=r"cannot be opened: .*No locks available\n.*local disk"):
        Database(tmp_path)
