"""Rows: bits that flipped are never trusted, and each row knows the day of its last use."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.response import Response
from pytest_ftevals.store import responses as module
from pytest_ftevals.store.checksum import checksum
from pytest_ftevals.store.responses import Store
from pytest_ftevals.store.rows import read_rows, today, write_rows

ANSWERS = {f"{number:064x}": Response(text=f"the answer is {number}") for number in range(5)}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with answers."""
    store = Store(tmp_path / "store")
    store.put(ANSWERS)
    yield store
    store.close()


def _days(store: Store) -> dict[str, int]:
    with store.transaction() as connection:
        return dict(connection.execute("SELECT key, used FROM responses"))


def _age(store: Store, day: int) -> None:
    with store.transaction() as connection:
        connection.execute("UPDATE responses SET used = ?", (day,))


def _writes(store: Store) -> int:
    with store.transaction() as connection:
        return connection.total_changes


@given(key=st.text(), value=st.text(min_size=1), data=st.data())
def test_a_checksum_shows_every_flipped_bit(key: str, value: str, data: st.DataObject) -> None:
    """Of the value and of the key, and where one ends and the other begins."""
    digest = checksum(key, value)
    assert len(digest) == 16
    assert int(digest, 16) >= 0
    place = data.draw(st.integers(0, len(value) - 1))
    flipped = chr(ord(value[place]) ^ 1)
    assert checksum(key, value[:place] + flipped + value[place + 1 :]) != digest
    assert checksum(key + value[0], value[1:]) != digest
    assert checksum(value, key) != digest or key == value


def test_the_checksum_is_the_one_on_disk() -> None:
    """Another would make every stored answer be computed anew."""
    assert checksum("key", "value") == "bfbd04cfcb8d12e8"
    assert checksum("\ud800", "ü\x00") == "adddec0c20acaf01"


@pytest.mark.parametrize("new", [b"the answer is 7", b"the answer is\xff3"])
def test_bits_that_flipped_on_disk_are_not_trusted(store: Store, new: bytes) -> None:
    """The row counts as missing, its neighbours don't; computed anew it is there again."""
    keys = list(ANSWERS)
    store.close()
    path = store.folder / "responses.sqlite"
    path.write_bytes(path.read_bytes().replace(b"the answer is 3", new))
    with closing(Store(store.folder)) as again:
        assert again.notices == ()
        assert again.get(keys) == {key: ANSWERS[key] for key in keys if key != keys[3]}
        again.put({keys[3]: ANSWERS[keys[3]]})
        assert again.get(keys) == ANSWERS


@pytest.mark.parametrize("column", ["key", "value", "digest"])
def test_no_row_passes_for_another(store: Store, column: str) -> None:
    """A sound answer under another's key, or with another's checksum, is none."""
    one, other = list(ANSWERS)[:2]
    with store.transaction() as connection:
        if column == "key":
            connection.execute("DELETE FROM responses WHERE key = ?", (other,))
            connection.execute("UPDATE responses SET key = ? WHERE key = ?", (other, one))
        else:
            query = f"SELECT {column} FROM responses WHERE key = ?"  # noqa: S608
            (value,) = connection.execute(query, (one,)).fetchone()
            query = f"UPDATE responses SET {column} = ? WHERE key = ?"  # noqa: S608
            connection.execute(query, (value, other))
    assert other not in store.get([one, other])


def test_reading_notes_the_day_once(store: Store) -> None:
    """Only for what was read; the second time nothing is written at all."""
    _age(store, today() - 9)
    keys = list(ANSWERS)
    assert len(store.get(keys[:3])) == 3
    expected = {key: today() - (0 if key in keys[:3] else 9) for key in keys}
    assert _days(store) == expected
    before = _writes(store)
    assert len(store.get(keys[:3])) == 3
    assert _writes(store) == before
    assert store.present(keys) == set(keys)
    assert _days(store) == expected


def test_a_warm_run_writes_nothing(store: Store) -> None:
    """On the day of the last use, opening and reading leave the file as it is."""
    store.close()
    path = store.folder / "responses.sqlite"
    before = path.read_bytes()
    with closing(Store(store.folder)) as again:
        assert again.get(ANSWERS) == ANSWERS
        assert not (store.folder / "responses.sqlite-wal").stat().st_size
    assert path.read_bytes() == before


def test_a_day_in_the_future_is_put_right(store: Store) -> None:
    """A clock that was wrong does not keep an answer for good."""
    _age(store, today() + 1000)
    store.get(ANSWERS)
    assert set(_days(store).values()) == {today()}


def test_the_day_is_of_the_use(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written tomorrow, used tomorrow."""
    assert set(_days(store).values()) == {today()}
    monkeypatch.setattr(module, "today", lambda: today() + 1)
    store.put(dict(list(ANSWERS.items())[:1]))
    assert sorted(_days(store).values()) == [today()] * 4 + [today() + 1]


def test_a_writer_does_not_keep_anyone_from_reading(store: Store) -> None:
    """Who cannot note the day now reads all the same, and soon; the next time it is noted."""
    _age(store, 1)
    with closing(Store(store.folder)) as other, other.transaction() as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert store.get(ANSWERS) == ANSWERS
        assert set(_days(store).values()) == {1}
        connection.rollback()
    assert store.get(ANSWERS) == ANSWERS
    assert set(_days(store).values()) == {today()}
    store.put(ANSWERS)
    with store.transaction() as connection:
        assert connection.execute("PRAGMA busy_timeout").fetchone() == (60_000,)


def test_a_full_disk_does_not_keep_anyone_from_reading(store: Store) -> None:
    """SQLite's own limit stands for the disk's."""
    _age(store, 1)
    with store.transaction() as connection:
        connection.execute(
            "CREATE TRIGGER full AFTER UPDATE ON responses BEGIN "
            "INSERT INTO notes VALUES (hex(randomblob(100000)), 'x'); END"
        )
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
    assert store.get(ANSWERS) == ANSWERS
    assert set(_days(store).values()) == {1}


def test_scores_are_rows_like_responses(store: Store) -> None:
    """The same reading and writing on their own table."""
    with store.transaction() as connection:
        write_rows(connection, "scores", {"a": "[1]", "b": "[2]"}, 5)
        connection.execute("UPDATE scores SET value = '[3]' WHERE key = 'b'")
    with store.transaction() as connection:
        assert read_rows(connection, "scores", ["a", "b", "c"], 6) == {"a": "[1]"}
        found = connection.execute("SELECT key, used FROM scores").fetchall()
    assert found == [("a", 6), ("b", 5)]
