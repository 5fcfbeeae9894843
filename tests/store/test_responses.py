"""The store: what goes in comes out, from several processes, and damage is one clear message."""

import json
import math
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Choice, Response, failed
from pytest_ftevals.store import opening
from pytest_ftevals.store.checksum import checksum
from pytest_ftevals.store.responses import Store
from pytest_ftevals.store.rows import today

# Lone surrogates and NUL included; two halves that meet are one character in JSON.
TEXT = st.text(st.characters(), max_size=30).map(lambda text: str(json.loads(json.dumps(text))))
LOGPROBS = st.floats(max_value=0, allow_nan=False)
RESPONSES = st.builds(
    Response,
    text=TEXT,
    choices=st.lists(
        st.builds(Choice, text=TEXT, logprob=LOGPROBS, tokens=st.integers(0, 99)), max_size=3
    ).map(tuple),
    finish=st.sampled_from(["stop", "length"]),
    prompt_tokens=st.integers(0, 1 << 40),
    new_tokens=st.integers(0, 1 << 40),
)
HOSTILE = (
    "\ud800",
    "\udfff\ud800 turned",
    "\x00 in the middle \x00",
    "'; DROP TABLE responses; --",
    "\u2028\u2029\x85\x1b[2J\r\n",
    "\ufffe\uffff\U0010ffff",
    "e\u0301 \u00e9 \u200b\u202e",
    "x" * 1_000_000,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An open store."""
    store = Store(tmp_path / "store")
    yield store
    store.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store that the examples of a property test write into."""
    store = Store(tmp_path_factory.mktemp("shared"))
    yield store
    store.close()


@given(responses=st.dictionaries(st.text("0123456789abcdef", min_size=1), RESPONSES, max_size=5))
def test_round_trip(shared: Store, responses: dict[str, Response]) -> None:
    """Whatever a model wrote, bit for bit; a later answer to the same key replaces the first."""
    shared.put(responses)
    assert shared.get(responses) == responses
    assert shared.present(responses) == set(responses)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
def test_hostile_text_survives(tmp_path: Path, text: str) -> None:
    """Half characters, control characters and long replies survive closing and opening."""
    answer = Response(text=text, choices=(Choice(text=text, logprob=-1 / 3, tokens=1),))
    for _ in range(2):
        store = Store(tmp_path)
        store.put({"key": answer})
        store.close()
    store = Store(tmp_path)
    assert store.get(["key"]) == {"key": answer}
    store.close()


def test_two_halves_that_meet_become_one_character(store: Store) -> None:
    """JSON knows no difference between a character and its two halves; nothing else is merged."""
    store.put({"key": Response(text="\ud83d\ude00 \ude00\ud83d")})
    assert store.get(["key"])["key"].text == "\U0001f600 \ude00\ud83d"


def test_numbers_that_overflowed_survive(store: Store) -> None:
    """NaN and infinite log-probabilities are answers that no metric can score, not crashes."""
    for logprob in (math.nan, -math.inf):
        store.put({"key": Response(choices=(Choice(text=" A", logprob=logprob, tokens=1),))})
        (found,) = store.get(["key"])["key"].choices
        assert repr(found.logprob) == repr(logprob)


def test_many_keys_at_once(store: Store) -> None:
    """More keys than SQLite takes variables; the missing ones are simply not there."""
    responses = {f"{number:064x}": Response(text=str(number)) for number in range(2_000)}
    store.put(responses)
    asked = [f"{number:064x}" for number in range(40_000)]
    assert store.get(asked) == responses
    assert store.present(asked) == set(responses)
    assert store.get([]) == {}


def test_errors_are_never_stored(store: Store) -> None:
    """One error among answers refuses them all, so that nobody takes it for an answer."""
    with pytest.raises(ValueError, match="is not stored"):
        store.put({"good": Response(text="yes"), "bad": failed("out of memory")})
    assert store.get(["good", "bad"]) == {}


@pytest.mark.parametrize(
    "value",
    [
        "{torn",
        "",
        "null",
        "[]",
        "3",
        '"text"',
        "{}",
        '{"text": "x"}',
        b"\xff\xfe",
        None,
        7,
        json.dumps({**Response().to_json(), "choices": [[" A", -1.0]]}),
        json.dumps({**Response().to_json(), "choices": 3}),
        json.dumps({**Response().to_json(), "choices": [[" A", "many", 1]]}),
        json.dumps({**Response().to_json(), "new_tokens": None}),
    ],
)
def test_an_unreadable_row_counts_as_missing(store: Store, value: object) -> None:
    """It is not found, does no harm to its neighbours, and is written over."""
    digest = checksum("bad", value) if isinstance(value, str) else "none"
    with store.transaction() as connection:
        connection.execute("DROP TABLE responses")
        connection.execute("CREATE TABLE responses (key PRIMARY KEY, value, digest, used)")
        row = ("bad", value, digest, today())
        connection.execute("INSERT INTO responses VALUES (?, ?, ?, ?)", row)
    store.put({"good": Response(text="yes")})
    assert store.get(["bad", "good"]) == {"good": Response(text="yes")}
    store.put({"bad": Response(text="new")})
    assert store.get(["bad"]) == {"bad": Response(text="new")}


def test_notes(store: Store) -> None:
    """Any JSON value comes back; none was remembered under another key; the last one counts."""
    values: list[Any] = [{"a": [1, None, "\ud800"]}, False, 0, "", 1.5]
    for value in values:
        store.remember("key", value)
        assert store.note("key") == value
    assert store.note("other") is None


def test_a_store_keeps_itself_out_of_git(tmp_path: Path) -> None:
    """Its folder is made, parents too, and ignores itself; a user's own file is left alone."""
    Store(tmp_path / "a" / "b").close()
    assert (tmp_path / "a" / "b" / ".gitignore").read_text() == "*\n"
    (tmp_path / "a" / "b" / ".gitignore").write_text("mine")
    Store(tmp_path / "a" / "b").close()
    assert (tmp_path / "a" / "b" / ".gitignore").read_text() == "mine"


def test_readers_do_not_wait_for_writers(store: Store) -> None:
    """While one process writes a batch, another reads what was there before."""
    store.put({"key": Response(text="old")})
    other = Store(store.folder)
    with other.transaction() as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM responses")
        assert store.get(["key"]) == {"key": Response(text="old")}
    assert store.get(["key"]) == {}
    other.close()


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    """A folder whose new, empty database another connection is just making."""
    other = sqlite3.connect(tmp_path / "responses.sqlite")
    other.execute("BEGIN EXCLUSIVE")
    yield tmp_path
    other.close()


def test_a_store_that_another_process_is_making_is_waited_for(
    locked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for good: then it is one message."""
    monkeypatch.setattr(opening, "_BUSY_SECONDS", 0.05)
    with pytest.raises(FtevalsError, match=r"cannot be opened: .* is locked"):
        Store(locked)


def _file_in_the_way(folder: Path) -> None:
    folder.write_text("a file")


def _below_a_file(folder: Path) -> None:
    folder.symlink_to(folder.parent / "file" / "store")
    (folder.parent / "file").write_text("")


def _folder_for_database(folder: Path) -> None:
    (folder / "responses.sqlite").mkdir(parents=True)


def _other_database(folder: Path) -> None:
    folder.mkdir()
    with sqlite3.connect(folder / "responses.sqlite") as connection:
        connection.execute("CREATE VIEW responses AS SELECT 1 AS key, 2 AS value")
    connection.close()


@pytest.mark.parametrize(
    "spoil",
    [_file_in_the_way, _below_a_file, _folder_for_database, _other_database],
)
def test_a_store_that_cannot_be_used_is_named(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    """One message: which folder, why, and what to do; never a traceback of SQLite's."""
    folder = tmp_path / "store"
    spoil(folder)
    with pytest.raises(FtevalsError) as caught, closing(Store(folder)) as store:
        store.put({"key": Response()})
    message = str(caught.value)
    assert message.startswith(f"{folder}: the store cannot be ")
    assert "--ftevals-store DIR" in message
    assert "--ftevals-no-store" in message


WRITER = """
import sys
from pathlib import Path
from pytest_ftevals.core.response import Response
from pytest_ftevals.store.responses import Store
folder, name = Path(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
store = Store(folder)
for number in range(60):
    store.put({f"{name}-{number}-{part}": Response(text=name) for part in range(5)})
    store.put({"contested": Response(text=name)})
    store.remember(name, number)
"""


def test_processes_write_at_once_without_loss(tmp_path: Path) -> None:
    """Four processes make one new store and write into it together: every answer is there."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "store"), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    store = Store(tmp_path / "store")
    keys = [f"{w}-{n}-{p}" for w in range(4) for n in range(60) for p in range(5)]
    found = store.get(keys)
    assert {key: found[key].text for key in keys} == {key: key[0] for key in keys}
    assert store.get(["contested"])["contested"].text in "0123"
    assert [store.note(str(number)) for number in range(4)] == [59] * 4
    store.close()
