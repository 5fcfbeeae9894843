"""Damaged stores are set aside whole and never trusted; a sound one is never set aside."""

import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response
from pytest_ftevals.store import damage, opening
from pytest_ftevals.store.database import Database
from pytest_ftevals.store.responses import Store

KEYS = [f"{number:064x}" for number in range(400)]
ANSWERS = {key: Response(text="x" * 500) for key in KEYS}
PAGE = 4096
LEAF = 10
"""How a page of rows without others below begins, https://www.sqlite.org/fileformat.html."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a store of some seventy pages, closed."""
    with closing(Store(tmp_path / "store")) as store:
        store.put(ANSWERS)
    return tmp_path / "store"


@pytest.fixture
def _large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every store is too large to be checked whole when it is opened."""
    monkeypatch.setattr(damage, "_CHECKED_WHOLE", 0)


def _file(folder: Path) -> Path:
    return folder / "responses.sqlite"


def _write(folder: Path, start: int, content: bytes) -> None:
    with _file(folder).open("r+b") as file:
        file.seek(start)
        file.write(content)


def _aside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*damaged*"))


def _garbage(folder: Path) -> None:
    _file(folder).write_bytes(b"no database at all " * 1000)


def _short(folder: Path) -> None:
    _file(folder).write_bytes(b"xyz")


def _zeros(folder: Path) -> None:
    _file(folder).write_bytes(bytes(_file(folder).stat().st_size))


def _header(folder: Path) -> None:
    _write(folder, 0, b"\xa5" * 100)


def _schema(folder: Path) -> None:
    _write(folder, 100, b"\xa5" * (PAGE - 100))


def _cut_off(folder: Path) -> None:
    os.truncate(_file(folder), _file(folder).stat().st_size // 2)


def _cut_in_a_page(folder: Path) -> None:
    os.truncate(_file(folder), 3 * PAGE + 100)


def _inside(folder: Path) -> None:
    """Spoil one page of responses that is neither the first nor the last, nor above others."""
    content = _file(folder).read_bytes()
    found = (content.find(key.encode()) // PAGE * PAGE for key in KEYS[200:])
    start = next(start for start in found if content[start] == LEAF)
    _write(folder, start, b"\xa5" * PAGE)


def _root(folder: Path) -> None:
    with closing(sqlite3.connect(_file(folder))) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'responses'"
        ).fetchone()
    _write(folder, (page - 1) * PAGE, b"\xa5" * PAGE)


def _most(folder: Path) -> None:
    _write(folder, 10 * PAGE, b"\xa5" * (_file(folder).stat().st_size - 10 * PAGE))


@pytest.mark.parametrize(
    "spoil",
    [_garbage, _short, _zeros, _header, _schema, _cut_off, _cut_in_a_page, _root, _most],
)
@pytest.mark.parametrize("large", [False, True])
def test_damage_seen_at_opening_is_set_aside(
    folder: Path,
    spoil: Callable[[Path], None],
    request: pytest.FixtureRequest,
    *,
    large: bool,
) -> None:
    """The damaged file is kept as it was, a new store works, and the user is told once."""
    if large:
        request.getfixturevalue("_large")
    spoil(folder)
    before = _file(folder).read_bytes()
    with closing(Store(folder)) as store:
        assert store.get(KEYS) == {}
        store.put(ANSWERS)
        assert store.get(KEYS) == ANSWERS
        (notice,) = store.notices
    (name,) = _aside(folder)
    assert re.fullmatch(r"responses\.sqlite\.damaged-[0-9]{8}T[0-9]{6}Z", name)
    assert (folder / name).read_bytes() == before
    assert notice.startswith(f"the store {_file(folder)} was damaged (")
    assert name in notice
    assert f"`pytest-ftevals store prune --store {folder}`" in notice
    with closing(Store(folder)) as store:
        assert store.notices == ()
        assert store.get(KEYS) == ANSWERS


def test_damage_inside_a_small_store_is_seen_at_opening(folder: Path) -> None:
    """It is checked whole: one page in the middle is enough."""
    _inside(folder)
    with closing(Store(folder)) as store:
        assert len(store.notices) == 1
    assert len(_aside(folder)) == 1


def test_an_empty_file_is_a_new_store(folder: Path) -> None:
    """A crash while it was made; there is nothing to keep."""
    _file(folder).write_bytes(b"")
    with closing(Store(folder)) as store:
        assert store.notices == ()
    assert _aside(folder) == []


USES: dict[str, Callable[[Store], object]] = {
    "get": lambda store: store.get(KEYS),
    "present": lambda store: store.present(KEYS),
    "put": lambda store: store.put({f"{n:064x}": Response(text="y" * 500) for n in range(900)}),
}


@pytest.mark.usefixtures("_large")
@pytest.mark.parametrize("use", USES)
def test_damage_that_shows_later_is_named_and_then_set_aside(folder: Path, use: str) -> None:
    """One message at the first use; the next opening checks all of it and sets it aside."""
    _inside(folder)
    with closing(Store(folder)) as store:
        assert store.notices == ()
        with pytest.raises(FtevalsError) as caught:
            USES[use](store)
    assert str(caught.value) == (
        f"{folder}: the store cannot be used: it is damaged (database disk image is malformed)\n"
        "  Run again: the store is then checked, and set aside where it is damaged. Or run with "
        "--ftevals-no-store."
    )
    assert _aside(folder) == []
    with closing(Store(folder)) as store:
        assert len(store.notices) == 1
        assert store.get(KEYS) == {}
    assert len(_aside(folder)) == 1
    with closing(Store(folder)) as store:
        assert store.notices == ()


@pytest.mark.usefixtures("_large")
def test_a_suspected_store_that_is_sound_is_kept(folder: Path) -> None:
    """A fault of the memory or the cable is none of the file's; it is checked once."""
    damage.suspect(_file(folder), "it seemed so")
    with closing(Store(folder)) as store:
        assert store.notices == ()
        assert store.get(KEYS) == ANSWERS
    assert not damage.is_suspect(_file(folder))
    assert _aside(folder) == []


def test_suspicion_never_fails(tmp_path: Path) -> None:
    """On a full disk, say, the damage itself is what is reported."""
    damage.suspect(tmp_path / "none" / "responses.sqlite", "it was met")
    assert not damage.is_suspect(tmp_path / "none" / "responses.sqlite")


def test_other_errors_are_no_damage(folder: Path) -> None:
    """A missing table, a wrong query or a closed file leave no suspicion behind."""
    with closing(Store(folder)) as store:
        with pytest.raises(FtevalsError, match="no such table"), store.transaction() as connection:
            connection.execute("SELECT * FROM none")
        store.close()
        with pytest.raises(FtevalsError, match="cannot be used"):
            store.get(KEYS)
    assert not damage.is_suspect(_file(folder))


def test_what_lies_beside_goes_with_it(folder: Path) -> None:
    """A log that was left behind is the damaged file's, and must not meet the new one."""
    for end in damage.SIDE_FILES:
        _file(folder).with_name(f"responses.sqlite{end}").write_bytes(end.encode())
    new = damage.set_aside(_file(folder), "a reason")
    assert _aside(folder) == [new.name, *(f"{new.name}{end}" for end in sorted(damage.SIDE_FILES))]
    for end in damage.SIDE_FILES:
        assert new.with_name(new.name + end).read_bytes() == end.encode()
    assert not list(folder.glob("responses.sqlite[!.]*"))


def test_nothing_set_aside_is_written_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice in one second: two names."""
    monkeypatch.setattr(time, "strftime", lambda *_: "20260101T000000Z")
    for _ in range(3):
        _garbage(folder)
        Store(folder).close()
    assert _aside(folder) == [
        f"responses.sqlite.damaged-20260101T000000Z{end}" for end in ("", ".2", ".3")
    ]


def test_setting_aside_that_was_cut_short_is_ended(folder: Path) -> None:
    """Killed after the log was renamed: the rest is checked whole, whatever it looks like."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    _cut_off(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "rename", stop)
        with pytest.raises(KeyboardInterrupt):
            Store(folder)
    assert damage.is_suspect(_file(folder))
    with closing(Store(folder)) as store:
        assert len(store.notices) == 1
    assert not damage.is_suspect(_file(folder))


def test_a_damaged_store_in_use_is_left_to_its_user(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Renamed under its hands, it would delete the new store's log: the newcomer has to wait."""
    monkeypatch.setattr(opening, "_IN_USE_SECONDS", 0.1)
    user = Store(folder)
    damage.suspect(_file(folder), "it met damage")
    with pytest.raises(FtevalsError, match="it is damaged, and another process still uses it"):
        Store(folder)
    assert user.get(KEYS) == ANSWERS
    user.close()
    with closing(Store(folder)) as store:
        assert store.get(KEYS) == ANSWERS


def test_a_disk_that_damages_every_store_is_one_message(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends, whatever the disk does."""

    def spoiled(*_: object) -> None:
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error

    monkeypatch.setattr(damage, "check", spoiled)
    with pytest.raises(FtevalsError, match="cannot be opened: database disk image is malformed"):
        Store(folder)
    assert len(_aside(folder)) == 3
    with pytest.raises(FtevalsError, match="cannot be opened: database disk image is malformed"):
        Database(folder, alone=True)


OPENER = """
import sys
from pathlib import Path
from pytest_ftevals.core.response import Response
from pytest_ftevals.store.responses import Store
print("ready", flush=True)
sys.stdin.readline()
store = Store(Path(sys.argv[1]))
store.put({sys.argv[2]: Response(text="new")})
print(len(store.notices), flush=True)
sys.stdin.readline()
print(len(store.get([str(number) for number in range(4)])), flush=True)
store.close()
"""


@pytest.fixture
def openers(folder: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Four processes that open one damaged store when told."""
    _garbage(folder)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER, str(folder), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def _tell(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def _hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_of_many_processes_one_sets_it_aside(
    folder: Path, openers: list[subprocess.Popen[str]]
) -> None:
    """All of them then share the new store, and only one says what it did."""
    assert [_hear(process) for process in openers] == ["ready"] * 4
    for process in openers:
        _tell(process)
    assert sorted(_hear(process) for process in openers) == ["0", "0", "0", "1"]
    for process in openers:
        _tell(process)
    assert [_hear(process) for process in openers] == ["4"] * 4
    assert len(_aside(folder)) == 1
