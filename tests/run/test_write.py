"""Report files: whole or not at all, and a folder that cannot be is said at once."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.run.write import check_folder, write_report


@pytest.fixture
def sample() -> Sample:
    """One line."""
    return Sample(
        task="t",
        case="1",
        variant="base",
        sample=0,
        slices={},
        prompt="p",
        expected="x",
        response="half a character \ud800, a line end \u2028 and \r\n",
        turns=None,
        choices=None,
        choice=None,
        finish="stop",
        scores={"accuracy": 1.0},
        passed=True,
        labels=(),
        error=None,
    )


def test_every_file_is_written(tmp_path: Path, sample: Sample) -> None:
    """Into a folder that is made, parents too; nothing else stays there."""
    folder = tmp_path / "a" / "report"
    paths = write_report(folder, Record(), [sample, sample])
    assert paths[:2] == (folder / "record.json", folder / "samples.jsonl")
    assert sorted(folder.iterdir()) == sorted(paths)
    assert json.loads(paths[0].read_bytes())["version"] == 1
    lines = paths[1].read_bytes().splitlines()
    assert [json.loads(line)["case"] for line in lines] == ["1", "1"]


def test_a_torn_write_leaves_the_old_file(tmp_path: Path, sample: Sample) -> None:
    """Whatever ends the writing half way, a reader sees the last whole file."""
    write_report(tmp_path, Record(), [sample])
    before = (tmp_path / "samples.jsonl").read_bytes()

    class Torn(list[Sample]):
        def __iter__(self) -> Iterator[Sample]:
            yield replace(sample, case="2")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_report(tmp_path, Record(), Torn())
    assert (tmp_path / "samples.jsonl").read_bytes() == before


def _file(folder: Path) -> None:
    folder.write_text("a file")


def _below_a_file(folder: Path) -> None:
    (folder.parent / "file").write_text("")
    folder.symlink_to(folder.parent / "file" / "report")


@pytest.mark.parametrize("spoil", [_file, _below_a_file])
def test_an_impossible_folder_is_named(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    """Before the run and at its end alike: which folder, and what to do."""
    folder = tmp_path / "report"
    spoil(folder)
    for attempt in (lambda: check_folder(folder), lambda: write_report(folder, Record(), [])):
        with pytest.raises(FtevalsError) as caught:
            attempt()
        message = str(caught.value)
        assert message.startswith(f"--ftevals-report {folder}: the report cannot be written: ")
        assert message.endswith("Give a folder that this process may write to.")


def test_a_read_only_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions are looked at before anything is computed (faked: root has them all)."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(FtevalsError, match="permission denied"):
        check_folder(tmp_path)


def test_a_full_disk_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample: Sample
) -> None:
    """What goes wrong while writing is the same one message."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(FtevalsError, match="No space left on device"):
        write_report(tmp_path, Record(), [sample])


def test_checking_makes_the_folder(tmp_path: Path) -> None:
    """And is content with one that exists."""
    for _ in range(2):
        check_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
