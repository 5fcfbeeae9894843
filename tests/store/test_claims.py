"""Claims between real processes: one owner at a time, and the dead own nothing."""

import fcntl
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.store.claims import Claims
from pytest_ftevals.store.owners import clear_dead, living
from pytest_ftevals.store.responses import Store

WORKER = """
import os, sys
from pathlib import Path
from pytest_ftevals.store.claims import Claims
from pytest_ftevals.store.responses import Store
store = Store(Path(sys.argv[1]))
claims = Claims(store)
print("ready", flush=True)
for line in sys.stdin:
    what, *keys = line.split()
    if what == "take":
        print(*claims.take(keys), flush=True)
    elif what == "release":
        print(claims.release(keys), flush=True)
    elif what == "each":  # one after the other, as fast as it goes
        print(*[key for key in keys if claims.take([key])], flush=True)
    elif what == "fork":  # as a data loader does: the child lives on, the locks are not its own
        child = os.fork()
        if child == 0:
            import time
            time.sleep(60)
            os._exit(0)
        print(child, flush=True)
    elif what == "close":
        print(claims.close(), flush=True)
"""


class Worker:
    """Another process with claims of its own, told what to do."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.hear() == ["ready"]

    def tell(self, *words: str) -> None:
        """Say what to do."""
        assert self.process.stdin is not None
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()

    def hear(self) -> list[str]:
        """Wait for the answer."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().split()

    def do(self, *words: str) -> list[str]:
        """Tell and hear."""
        self.tell(*words)
        return self.hear()

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """End it with no chance to clean up."""
        self.send(signal.SIGKILL)
        self.process.wait()


class Folder:
    """A store and the processes on it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.workers: list[Worker] = []

    def worker(self) -> Worker:
        """Start a process."""
        self.workers.append(Worker(self.path))
        return self.workers[-1]

    def locks(self) -> list[Path]:
        """Return the lock files that lie around."""
        return list((self.path / "owners").iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    """A store's folder; its processes end with the test."""
    folder = Folder(tmp_path / "store")
    yield folder
    for worker in folder.workers:
        if worker.process.poll() is None:
            worker.kill()
        for pipe in (worker.process.stdin, worker.process.stdout):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def mine(folder: Folder) -> Iterator[Claims]:
    """This process's claims on the same store."""
    store = Store(folder.path)
    claims = Claims(store)
    yield claims
    claims.close()
    store.close()


def test_a_claim_keeps_others_out(folder: Folder, mine: Claims) -> None:
    """Only what nobody has is given, in the order asked; asking again gives one's own again."""
    other = folder.worker()
    assert mine.take(["b", "a"]) == ["b", "a"]
    assert other.do("take", "c", "a", "d", "b") == ["c", "d"]
    assert mine.take(["d", "c", "b", "a"]) == ["b", "a"]
    assert mine.take([]) == []


def test_two_processes_never_claim_the_same(folder: Folder) -> None:
    """Both ask for the same 150 keys at once, one by one: each key has one owner, none is lost."""
    keys = [f"key{number}" for number in range(150)]
    workers = [folder.worker(), folder.worker()]
    for worker in workers:
        worker.tell("each", *keys)
    first, second = (worker.hear() for worker in workers)
    assert not set(first) & set(second)
    assert set(first) | set(second) == set(keys)


def test_releasing_and_closing_give_back(folder: Folder, mine: Claims) -> None:
    """What was released or whose owner closed is free; another's claim cannot be released."""
    other = folder.worker()
    assert other.do("take", "a", "b", "c") == ["a", "b", "c"]
    other.do("release", "a")
    mine.release(["b"])
    assert mine.take(["a", "b", "c"]) == ["a"]
    other.do("close")
    assert mine.take(["a", "b", "c"]) == ["a", "b", "c"]
    assert len(folder.locks()) == 1


def test_a_killed_owner_has_no_claims(folder: Folder, mine: Claims) -> None:
    """After kill -9 the very next look takes the claims over, and clears its lock file away."""
    other = folder.worker()
    other.do("take", "a", "b")
    assert mine.take(["a"]) == []
    other.kill()
    assert mine.take(["a", "b"]) == ["a", "b"]
    assert len(folder.locks()) == 1


def test_a_killed_owners_child_keeps_nothing(folder: Folder, mine: Claims) -> None:
    """A forked child that outlives its killed parent does not hold the parent's claims."""
    other = folder.worker()
    other.do("take", "a")
    child = int(other.do("fork")[0])
    try:
        assert mine.take(["a"]) == []
        other.kill()
        assert mine.take(["a"]) == ["a"]
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_stopped_owner_keeps_its_claims(folder: Folder, mine: Claims) -> None:
    """A process that is stopped, for however long, may go on where it was."""
    other = folder.worker()
    other.do("take", "a")
    other.send(signal.SIGSTOP)
    try:
        assert mine.take(["a", "b"]) == ["b"]
    finally:
        other.send(signal.SIGCONT)
    assert other.do("take", "a", "b") == ["a"]


def test_a_lost_lock_file_is_a_dead_owner(folder: Folder, mine: Claims) -> None:
    """A crash between clearing the file and the claims leaves nothing that blocks for good."""
    other = folder.worker()
    other.do("take", "a")
    other.kill()
    for path in folder.locks():
        if path.stem != mine.owner:
            path.unlink()
    assert mine.take(["a"]) == ["a"]


def test_no_locks_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system without locks, or a folder that cannot be made, is named with the fix."""

    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    store = Store(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "lockf", refuse)
        with pytest.raises(FtevalsError, match=r"No locks available\n.*--ftevals-store DIR"):
            Claims(store)
    assert not list((tmp_path / "owners").iterdir())
    (tmp_path / "owners").rename(tmp_path / "gone")
    (tmp_path / "owners").write_text("a file")
    with pytest.raises(FtevalsError, match=r"owners: files cannot be locked there"):
        Claims(store)
    store.close()


def test_a_store_that_broke_keeps_no_lock(folder: Folder) -> None:
    """Giving back fails with one message; the lock is gone all the same."""
    store = Store(folder.path)
    claims = Claims(store)
    claims.take(["a"])
    with store.transaction() as connection:
        connection.execute("DROP TABLE claims")
    with pytest.raises(FtevalsError, match="no such table: claims"):
        claims.close()
    assert folder.locks() == []
    store.close()


def test_owners_say_who_they_are(folder: Folder) -> None:
    """The living are named, by looking that takes nothing from them; the dead are cleared."""
    one, other = folder.worker(), folder.worker()
    assert one.do("take", "a") == ["a"]
    names = {f"process {worker.process.pid} on {platform.node()}" for worker in (one, other)}
    assert set(living(folder.path)) == names
    assert clear_dead(folder.path) == 0
    assert other.do("take", "a") == []
    one.kill()
    assert set(living(folder.path)) < names
    assert clear_dead(folder.path) == 1
    assert len(folder.locks()) == 1
    assert other.do("take", "a") == ["a"]
