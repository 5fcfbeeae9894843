"""Pruning: the oldest goes first, the size is kept, the living are left alone."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response
from pytest_ftevals.store import damage
from pytest_ftevals.store.fingerprint import file_digest
from pytest_ftevals.store.prune import count_rows, prune, remove_everything, size_on_disk
from pytest_ftevals.store.responses import Store
from pytest_ftevals.store.rows import today, write_rows
from pytest_ftevals.store.survey import Used, survey

HOLDER = """
import sys
from pathlib import Path
from pytest_ftevals.store.claims import Claims
from pytest_ftevals.store.responses import Store
store = Store(Path(sys.argv[1]))
claims = Claims(store)
claims.take(["key"])
print("ready", flush=True)
sys.stdin.readline()
"""
DAYS = (0, 0, 3, 30, 31, 400)
"""How long ago the rows of `filled` were used, a hundred responses and ten scores each."""
ANSWER = Response(text="x" * 1000)
NOTHING = {"responses": 0, "scores": 0, "failures": 0}


def _keys(index: int, count: int = 100) -> list[str]:
    # Of another order than the days of their use.
    return [f"{number:03}{index:061x}" for number in range(count)]


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A store's folder with answers, scores and run logs of several ages."""
    with closing(Store(tmp_path / "store")) as store:
        for index, ago in enumerate(DAYS):
            answers = {key: json.dumps(ANSWER.to_json()) for key in _keys(index)}
            scores = dict.fromkeys(_keys(index, 10), "[1]")
            with store.transaction() as connection:
                write_rows(connection, "responses", answers, today() - ago)
                write_rows(connection, "scores", scores, today() - ago)
                write_rows(connection, "failures", {f"run {index}": "{}"}, today() - ago)
    return tmp_path / "store"


def _left(folder: Path) -> list[int]:
    """Return how many responses of each age are left."""
    with closing(Store(folder)) as store:
        return [len(store.present(_keys(index))) for index in range(len(DAYS))]


def test_by_age(filled: Path) -> None:
    """What was not used for so many days, both kinds; the file shrinks, the rest can be read."""
    pruned = prune(filled, unused=30)
    assert pruned.removed == {"responses": 300, "scores": 30, "failures": 3}
    assert pruned.left == {"responses": 300, "scores": 30, "failures": 3}
    assert _left(filled) == [100, 100, 100, 0, 0, 0]
    assert pruned.bytes_after < 0.6 * pruned.bytes_before
    assert pruned.bytes_after == size_on_disk(filled)
    with closing(Store(filled)) as store:
        assert store.get(_keys(0)) == dict.fromkeys(_keys(0), ANSWER)


@pytest.mark.parametrize("share", [0.9, 0.5, 0.25])
def test_by_size_the_least_recently_used_goes_first(filled: Path, share: float) -> None:
    """The file fits, little more than needed is gone, and nothing newer than what is left."""
    keep = int(prune(filled).bytes_after * share)
    pruned = prune(filled, keep_bytes=keep)
    assert keep - (64 << 10) < pruned.bytes_after <= keep
    left = _left(filled)
    oldest = max(index for index, count in enumerate(left) if count)
    # Of the first two, of one day, any may be left.
    assert all(count == 100 for count in left[:oldest] if oldest > 1)
    assert sum(left) == pruned.left["responses"] > 0
    assert prune(filled, keep_bytes=keep).removed == NOTHING


def test_a_size_that_cannot_be_had_leaves_an_empty_store(filled: Path) -> None:
    """It ends, and the store works."""
    pruned = prune(filled, keep_bytes=1)
    assert pruned.left == NOTHING
    assert 1 < pruned.bytes_after < 64 << 10
    with closing(Store(filled)) as store:
        store.put({"a": ANSWER})
        assert store.get(["a"]) == {"a": ANSWER}


def test_without_limits_no_answer_goes(filled: Path) -> None:
    """Only what is nobody's: see below."""
    pruned = prune(filled)
    assert pruned.removed == NOTHING
    assert (pruned.set_aside, pruned.owners, pruned.notes, pruned.notices) == (0, 0, 0, ())
    assert _left(filled) == [100] * len(DAYS)


def test_what_lies_around_goes(filled: Path, tmp_path: Path) -> None:
    """Damaged files, digests of files that are gone; digests and notes in use stay."""
    for name in ("gone", "stays"):
        (tmp_path / name).write_text(name)
    with closing(Store(filled)) as store:
        store.remember("other", 1)
        for name in ("gone", "stays"):
            file_digest(tmp_path / name, store)
    (tmp_path / "gone").unlink()
    for end in ("", "-wal"):
        (filled / f"responses.sqlite.damaged-20260101T000000Z{end}").write_bytes(b"x" * 9)
    before = size_on_disk(filled)
    pruned = prune(filled)
    assert (pruned.set_aside, pruned.notes, pruned.bytes_before) == (2, 1, before)
    assert sorted(path.name for path in filled.iterdir()) == [
        ".gitignore",
        "responses.sqlite",
        "store.lock",
    ]
    with closing(Store(filled)) as store:
        assert store.note("other") == 1
        assert file_digest(tmp_path / "stays", store, largest=0)
        assert file_digest(tmp_path / "stays", store)


def test_a_damaged_store_is_set_aside_and_goes(filled: Path) -> None:
    """The user is told; a new, empty store is left."""
    (filled / "responses.sqlite").write_bytes(b"no database" * 1000)
    pruned = prune(filled)
    assert len(pruned.notices) == 1
    assert pruned.set_aside == 1
    assert pruned.left == NOTHING


@pytest.fixture
def holder(filled: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds a claim on the store."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(filled)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def test_nothing_goes_while_a_process_computes(filled: Path, holder: subprocess.Popen[str]) -> None:
    """It is named, and seen by those who look; once it is dead its lock and claims go."""
    (owner,) = survey(filled).owners
    assert owner.startswith(f"process {holder.pid} on ")
    for refused in (lambda: prune(filled, unused=1), lambda: remove_everything(filled)):
        with pytest.raises(FtevalsError, match=f"the store is in use: {owner}\n  Wait"):
            refused()
    assert _left(filled) == [100] * len(DAYS)
    holder.kill()
    holder.wait()
    assert survey(filled).owners == ()
    assert prune(filled).owners == 1
    with closing(Store(filled)) as store, store.transaction() as connection:
        assert connection.execute("SELECT * FROM claims").fetchall() == []


def test_nothing_goes_while_a_process_reads(filled: Path) -> None:
    """Claims or none: a file in use is not made anew under its user."""
    with closing(Store(filled)), pytest.raises(FtevalsError, match="in use by another process"):
        prune(filled)


def test_everything(filled: Path) -> None:
    """Whatever it holds, be it damaged or of a newer version; the next run begins a new store."""
    (filled / "responses.sqlite.damaged-20260101T000000Z").write_bytes(b"x" * 9)
    (filled / "responses.sqlite").write_bytes(b"no database")
    damage.suspect(filled / "responses.sqlite", "it was met")
    assert remove_everything(filled) == (2, 20)
    assert sorted(path.name for path in filled.iterdir()) == [".gitignore", "store.lock"]
    with closing(Store(filled)) as store:
        assert count_rows(store) == NOTHING
        assert store.notices == ()


def test_what_cannot_be_deleted_is_one_message(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that may not be written, say."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(FtevalsError, match=r"the store cannot be pruned: .*Permission denied"):
        remove_everything(filled)


def test_a_survey_counts_by_day(filled: Path) -> None:
    """The latest day first; both kinds of rows, and their bytes."""
    found = survey(filled)
    assert [(today() - used.day, used.rows["responses"]) for used in found.used] == [
        (0, 200),
        (3, 100),
        (30, 100),
        (31, 100),
        (400, 100),
    ]
    row = 64 + len(json.dumps(ANSWER.to_json()))
    assert found.used[1] == Used(
        day=today() - 3,
        rows={"responses": 100, "scores": 10, "failures": 1},
        size=100 * row + 10 * (64 + 3) + 7,
    )
    assert found.size == size_on_disk(filled)
    assert (found.journal, found.owners, found.set_aside, found.notices) == ("wal", (), (), ())


def test_looking_is_no_use(filled: Path) -> None:
    """Who looks at a store, or prunes it, makes nothing younger."""
    before = survey(filled).used
    prune(filled)
    assert survey(filled).used == before
