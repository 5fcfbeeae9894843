"""``pytest-ftevals store``: what it shows of a store, and what it says it removed."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from pytest_ftevals.command import main
from pytest_ftevals.core.response import Response
from pytest_ftevals.store.responses import Store
from pytest_ftevals.store.rows import today, write_rows

ANSWER = json.dumps(Response(text="x" * 2000).to_json())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store in the current folder, with answers of several ages."""
    monkeypatch.chdir(tmp_path)
    with closing(Store(Path(".ftevals"))) as store:
        for ago, count in ((0, 1200), (2, 7), (7, 3), (8, 20), (90, 30), (91, 5), (4000, 5)):
            with store.transaction() as connection:
                keys = [f"{number:060}{ago:04}" for number in range(count)]
                write_rows(connection, "responses", dict.fromkeys(keys, ANSWER), today() - ago)
                write_rows(connection, "scores", dict.fromkeys(keys[:2], "[1]"), today() - ago)
                if ago in (0, 91):
                    write_rows(connection, "failures", {f"{ago:064}": "[1]"}, today() - ago)
    return tmp_path / ".ftevals"


def _said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> list[str]:
    assert main(arguments) == status
    said = capsys.readouterr()
    assert (said.err if status == 0 else said.out) == ""
    return (said.out if status == 0 else said.err).splitlines()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("action", [(), ("show",)])
def test_show(capsys: pytest.CaptureFixture[str], action: tuple[str, ...]) -> None:
    """The table is complete; every row falls into one age."""
    head, size, users, blank, *table = _said(capsys, "store", *action)
    assert head == "store      .ftevals"
    assert size.endswith(" MB on disk, write-ahead log")
    assert float(size.split()[1]) > 1270 * len(ANSWER) / 1e6
    assert (users, blank) == ("in use by  nobody who computes", "")
    row = 64 + len(ANSWER)
    assert [line.split() for line in table] == [
        ["last", "used", "responses", "scores", "run", "logs", "size"],
        ["today", "1,200", "2", "1", f"{(1200 * row + 3 * 67) / 1e6:.1f}", "MB"],
        ["1", "to", "7", "days", "ago", "10", "4", "0", f"{(10 * row + 4 * 67) / 1e3:.1f}", "KB"],
        ["8", "to", "30", "days", "ago", "20", "2", "0", f"{(20 * row + 2 * 67) / 1e3:.1f}", "KB"],
        ["31", "to", "90", "days", "ago", "30", "2", "0", f"{(30 * row + 2 * 67) / 1e3:.1f}", "KB"],
        ["over", "90", "days", "ago", "10", "4", "1", f"{(10 * row + 5 * 67) / 1e3:.1f}", "KB"],
        ["all", "1,270", "14", "2", f"{(1270 * row + 16 * 67) / 1e6:.1f}", "MB"],
    ]
    assert len({len(line) for line in table}) == 1


def test_show_names_what_was_set_aside(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A damaged store is set aside by looking, and said; later it is still listed."""
    (folder / "responses.sqlite").write_bytes(b"no database" * 500)
    said = _said(capsys, "store")
    (aside,) = [path.name for path in folder.glob("*damaged*")]
    assert f"set aside  {aside} (damaged; `prune` deletes them)" in said
    assert said[-1].startswith("note: the store .ftevals/responses.sqlite was damaged (")
    said = _said(capsys, "store")
    assert f"set aside  {aside} (damaged; `prune` deletes them)" in said
    assert said[-1].split() == ["all", "0", "0", "0", "0", "bytes"]


@pytest.mark.parametrize(
    "arguments",
    [("--store", "{}", "prune", "--unused", "31"), ("prune", "--unused", "31", "--store", "{}")],
)
def test_prune_by_age(
    folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
) -> None:
    """The folder may be named before the action and after it; numbers say what was done."""
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    (folder / "responses.sqlite.damaged-20260101T000000Z").write_bytes(b"x" * 9)
    head, *said, size = _said(capsys, "store", *(one.format(folder) for one in arguments))
    assert head == f"pruned {folder}"
    assert said == [
        "  responses  40 removed, 1,230 left",
        "  scores     6 removed, 8 left",
        "  run logs   1 removed, 1 left",
        "  removed 1 files of damaged stores",
    ]
    assert size.startswith("  size       ")
    with closing(Store(folder)) as store:
        assert len(store.present([f"{number:060}0008" for number in range(20)])) == 20


@pytest.mark.usefixtures("folder")
def test_prune_by_size(capsys: pytest.CaptureFixture[str]) -> None:
    """Older answers go first; where nothing more can go, it is said."""
    _, responses, scores, logs, size = _said(capsys, "store", "prune", "--keep-size", "1.5MB")
    removed, left = (int(word.replace(",", "")) for word in responses.split()[1::2])
    assert removed + left == 1270
    assert left > 250
    assert scores == "  scores     14 removed, 0 left"
    assert logs == "  run logs   2 removed, 0 left"
    assert size.endswith((" -> 1.4 MB", " -> 1.5 MB"))
    said = _said(capsys, "store", "prune", "--keep-size", "1KB")
    assert said[1:3] == [f"  responses  {left:,} removed, 0 left", "  scores     0 removed, 0 left"]
    assert said[-1] == "  an empty store is larger than 1.0 KB"


@pytest.mark.usefixtures("folder")
def test_prune_without_a_limit_says_how_to_give_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is removed that anyone might want."""
    said = _said(capsys, "store", "prune")
    assert said[1] == "  responses  0 removed, 1,270 left"
    assert said[-1] == "  answers are removed with --unused DAYS, --keep-size SIZE or --everything"


def test_prune_everything(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With how much it was; then there is no store any more."""
    size = (folder / "responses.sqlite").stat().st_size
    said = _said(capsys, "store", "prune", "--everything")
    assert said == [f"deleted the store in .ftevals: 1 file, {size / 1e6:.1f} MB"]
    (mistake, _) = _said(capsys, "store", "prune", "--everything", status=1)
    assert mistake == f"pytest-ftevals: {folder}: there is no store"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("other", [("--unused", "3"), ("--keep-size", "1GB")])
def test_everything_stands_alone(
    other: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Who gives a limit as well has not meant it."""
    mistake, fix = _said(capsys, "store", "prune", "--everything", *other, status=1)
    assert "--everything leaves nothing that another option could keep" in mistake
    assert "Give --everything alone" in fix
    assert _said(capsys, "store")[-1].split()[1] == "1,270"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("limit", [(), ("--unused", "1"), ("--everything",)])
def test_a_store_in_use_is_left_alone(
    limit: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """One message, and nothing is removed."""
    with closing(Store(Path(".ftevals"))):
        said = _said(capsys, "store", "prune", *limit, status=1)
    assert said == [
        "pytest-ftevals: .ftevals: the store is in use by another process",
        "  Wait until that has ended, or end it.",
    ]
    assert _said(capsys, "store")[-1].split()[1] == "1,270"
