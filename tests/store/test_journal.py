"""Stores on network disks: a rollback journal in place of the log, and all that still works."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response
from pytest_ftevals.store import opening
from pytest_ftevals.store.claims import Claims
from pytest_ftevals.store.journal import MustBeAloneError, set_journal
from pytest_ftevals.store.responses import Store

NETWORK = "1 0 0:9 / / rw - nfs4 nas:/ rw\n"
LOCAL = "1 0 8:1 / / rw - ext4 disk rw\n"
WORKER = """
import sys
from pathlib import Path
from pytest_ftevals.core.response import Response
from pytest_ftevals.store.claims import Claims
from pytest_ftevals.store.responses import Store
folder, mounts, name = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
store = Store(Path(folder), mounts=Path(mounts))
claims = Claims(store)
won = 0
for number in range(20):
    if claims.take([f"shared-{number}"]) and not store.get([f"shared-{number}"]):
        store.put({f"shared-{number}": Response(text=name)})
        won += 1
    claims.release([f"shared-{number}"])
    store.put({f"{name}-{number}-{part}": Response(text=name) for part in range(3)})
claims.close()
print(store.journal, won, flush=True)
store.close()
"""


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """A list of mounts that says that everything is on a network disk."""
    path = tmp_path / "network"
    path.write_text(NETWORK)
    return path


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """A list of mounts that says that everything is on a local disk."""
    path = tmp_path / "local"
    path.write_text(LOCAL)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a store shall be."""
    return tmp_path / "store"


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _mode(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "responses.sqlite")) as connection:
        return str(connection.execute("PRAGMA journal_mode").fetchone()[0])


def test_a_local_store_has_a_log_and_says_nothing(folder: Path, local: Path) -> None:
    """The log lies beside the file while it is open."""
    with closing(Store(folder, mounts=local)) as store:
        assert (store.journal, store.notices) == ("wal", ())
        assert "responses.sqlite-wal" in _names(folder)
        assert store.get([]) == {}


def test_a_network_store_has_none_and_says_so(folder: Path, network: Path) -> None:
    """No shared memory is ever made; each commit is on the disk; the notice names the way out."""
    with closing(Store(folder, mounts=network)) as store:
        store.put({"a": Response(text="x")})
        with store.transaction() as connection:
            (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
        assert not {"responses.sqlite-wal", "responses.sqlite-shm"} & _names(folder)
        (notice,) = store.notices
    assert synchronous == 2  # FULL
    assert "network file system (nfs4)" in notice
    assert "--ftevals-store DIR" in notice
    assert _mode(folder) == "delete"


def test_two_processes_share_a_network_store(folder: Path, network: Path) -> None:
    """They make it, write and claim at once; nothing is lost, and nothing is computed twice."""
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(folder), str(network), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b")
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [worker.communicate(timeout=120)[0].split() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    assert {mode for mode, _ in said} == {"delete"}
    keys = [f"{w}-{n}-{p}" for w in "ab" for n in range(20) for p in range(3)]
    shared = [f"shared-{number}" for number in range(20)]
    with closing(Store(folder, mounts=network)) as store:
        assert {key: found.text for key, found in store.get(keys).items()} == {
            key: key[0] for key in keys
        }
        got = [found.text for found in store.get(shared).values()]
    assert [got.count("a"), got.count("b")] == [int(won) for _, won in said]
    assert len(got) <= 20


def test_a_reader_sees_what_another_wrote(folder: Path, network: Path) -> None:
    """And a batch that is being written is waited for, not half read."""
    with (
        closing(Store(folder, mounts=network)) as one,
        closing(Store(folder, mounts=network)) as other,
    ):
        one.put({"a": Response(text="1")})
        assert other.get(["a"]) == {"a": Response(text="1")}
        with one.transaction() as connection:
            connection.execute("UPDATE responses SET value = 'half'")
            assert other.get(["a"]) == {"a": Response(text="1")}
            connection.rollback()


def test_a_store_that_came_to_a_network_disk_loses_its_log(
    folder: Path, local: Path, network: Path
) -> None:
    """With all that was still in the log: copied while it was open, say."""
    source = Store(folder, mounts=local)
    source.put({"a": Response(text="x")})
    copy = folder.with_name("copy")
    copy.mkdir()
    for end in ("", "-wal"):
        name = f"responses.sqlite{end}"
        (copy / name).write_bytes((folder / name).read_bytes())
    source.close()
    assert (copy / "responses.sqlite-wal").stat().st_size > 0
    with closing(Store(copy, mounts=network)) as store:
        assert store.get(["a"]) == {"a": Response(text="x")}
        assert store.journal == "delete"
        assert not {"responses.sqlite-wal", "responses.sqlite-shm"} & _names(copy)


def test_a_network_store_stays_one(folder: Path, local: Path, network: Path) -> None:
    """Seen as local, by the server that shares the folder, say, it gets no log; the notice says so.

    Else that machine's log would be unseen by all others.
    """
    Store(folder, mounts=network).close()
    with closing(Store(folder, mounts=local)) as store:
        assert store.journal == "delete"
        (notice,) = store.notices
        assert "rollback journal" in notice
        with closing(Claims(store)) as claims:
            assert claims.take(["a"]) == ["a"]


def test_a_log_in_use_elsewhere_is_not_taken_away(
    folder: Path, local: Path, network: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One machine writes with a log: over the network nobody may change that under its hands."""
    monkeypatch.setattr(opening, "_IN_USE_SECONDS", 0.1)
    with closing(Store(folder, mounts=local)) as store:
        store.put({"a": Response(text="x")})
        with pytest.raises(FtevalsError, match=r"log does not work .* another process still uses"):
            Store(folder, mounts=network)
        assert store.get(["a"]) == {"a": Response(text="x")}
    with closing(Store(folder, mounts=network)) as store:
        assert store.get(["a"]) == {"a": Response(text="x")}


OPENER = """
import sys
from pathlib import Path
from pytest_ftevals.store.responses import Store
print("ready", flush=True)
sys.stdin.readline()
store = Store(Path(sys.argv[1]), mounts=Path(sys.argv[2]))
print(store.journal, len(store.get(["a"])), flush=True)
sys.stdin.readline()
store.close()
"""


def test_many_processes_give_up_one_log(folder: Path, local: Path, network: Path) -> None:
    """All at once come to a store that has one: none waits for another's end."""
    with closing(Store(folder, mounts=local)) as store:
        store.put({"a": Response(text="x")})
    openers = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER, str(folder), str(network)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for expected in ("ready\n", "delete 1\n"):
        for opener in openers:
            assert opener.stdout is not None
            assert opener.stdout.readline() == expected
        for opener in openers:
            assert opener.stdin is not None
            opener.stdin.write("go\n")
            opener.stdin.flush()
    for opener in openers:
        opener.communicate(timeout=30)


@pytest.fixture
def making(tmp_path: Path) -> Iterator[tuple[sqlite3.Connection, sqlite3.Connection]]:
    """A new database that one connection is just making, and another that waits for nothing."""
    path = tmp_path / "x.sqlite"
    with (
        closing(sqlite3.connect(path, check_same_thread=False)) as maker,
        closing(sqlite3.connect(path, timeout=0)) as other,
    ):
        maker.execute("BEGIN EXCLUSIVE")
        yield maker, other


def test_one_who_is_in_the_way_is_waited_for(
    making: tuple[sqlite3.Connection, sqlite3.Connection],
) -> None:
    """SQLite itself does not wait when the journal is set; not for good."""
    maker, other = making
    with pytest.raises(sqlite3.OperationalError, match="it is locked by another process"):
        set_journal(other, 0, network=False, alone=False, seconds=0.05)
    timer = threading.Timer(0.1, maker.rollback)
    timer.start()
    assert set_journal(other, 0, network=False, alone=False, seconds=30) == "wal"
    timer.join()


@pytest.fixture
def without_memory(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A database on a file system that locks with files and shares no memory, as SQLite sees it."""
    address = f"file:{tmp_path / 'x.sqlite'}?vfs=unix-dotfile"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        yield connection


def test_a_log_that_must_go_needs_one_who_is_alone(folder: Path, local: Path) -> None:
    """Who is not says so, and changes nothing."""
    Store(folder, mounts=local).close()
    with closing(sqlite3.connect(folder / "responses.sqlite")) as connection:
        with pytest.raises(MustBeAloneError):
            set_journal(connection, 2, network=True, alone=False, seconds=1)
        assert _mode(folder) == "wal"
        assert set_journal(connection, 2, network=True, alone=True, seconds=1) == "delete"
    assert _mode(folder) == "delete"


def test_sqlites_own_answer_counts(without_memory: sqlite3.Connection) -> None:
    """Where no list of mounts is there, SQLite says that a log cannot be had."""
    assert set_journal(without_memory, 0, network=False, alone=False, seconds=1) == "delete"
    without_memory.execute("CREATE TABLE works (x)")
    assert set_journal(without_memory, 2, network=False, alone=False, seconds=1) == "delete"
