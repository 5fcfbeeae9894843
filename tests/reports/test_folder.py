"""Reports read back from disk: the same values, and one message for every mistake."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.reports.folder import read_record, read_report, read_samples
from pytest_ftevals.reports.write import write_report

if TYPE_CHECKING:
    from tests.reports.conftest import Build


@pytest.fixture
def folder(build: "Build", tmp_path: Path) -> Path:
    """Return a folder with a report of a run."""
    write_report(tmp_path, build.failing(), build.samples())
    return tmp_path


def test_a_report_comes_back(build: "Build", folder: Path) -> None:
    """From its folder and from the path of its record."""
    for report in (folder, folder / "record.json"):
        assert read_report(report) == (build.failing(), build.samples())


def test_samples_come_one_by_one(folder: Path) -> None:
    """With their lines; what follows is not read yet."""
    path = folder / "samples.jsonl"
    path.write_text(path.read_text(encoding="utf-8") + "{", encoding="utf-8")
    found = read_samples(folder, read_record(folder))
    where, sample = next(found)
    assert (where, sample.case) == (f"{path}:1", "88")


def _no_samples(folder: Path) -> None:
    (folder / "samples.jsonl").unlink()


def _no_record(folder: Path) -> None:
    (folder / "record.json").unlink()


def _no_json(folder: Path) -> None:
    (folder / "record.json").write_text("{", encoding="utf-8")


def _nested(folder: Path) -> None:
    (folder / "record.json").write_text("[" * 100_000, encoding="utf-8")


def _no_text(folder: Path) -> None:
    (folder / "record.json").write_bytes(b"\xff\xfe\x00")


def _other_json(folder: Path) -> None:
    (folder / "record.json").write_text("[]", encoding="utf-8")


def _other_version(folder: Path) -> None:
    data = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    (folder / "record.json").write_text(json.dumps({**data, "version": 2}), encoding="utf-8")


def _torn(folder: Path) -> None:
    text = (folder / "samples.jsonl").read_text(encoding="utf-8")
    (folder / "samples.jsonl").write_text(text[:-20], encoding="utf-8")


def _no_sample(folder: Path) -> None:
    (folder / "samples.jsonl").write_text("{}\n", encoding="utf-8")


def _twice(folder: Path) -> None:
    text = (folder / "samples.jsonl").read_text(encoding="utf-8")
    (folder / "samples.jsonl").write_text(text * 2, encoding="utf-8")


def _foreign(folder: Path) -> None:
    text = (folder / "samples.jsonl").read_text(encoding="utf-8")
    changed = text.replace('"task": "tickets"', '"task": "other"')
    (folder / "samples.jsonl").write_text(changed, encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "parts"),
    [
        (_no_record, ("there is no record.json", "--ftevals-report DIR")),
        (_no_samples, ("there is no samples.jsonl", "--ftevals-report DIR")),
        (_no_json, ("record.json: cannot be read: ", "--ftevals-report DIR")),
        (_nested, ("record.json: cannot be read: ", "--ftevals-report DIR")),
        (_no_text, ("record.json: cannot be read: ", "--ftevals-report DIR")),
        (_other_json, ("record.json: record: this is no record of pytest-ftevals",)),
        (_other_version, ("record.json: record.version: version 2 is unknown",)),
        (_torn, ("samples.jsonl:5: this is no JSON: ", "Run again")),
        (_no_sample, ("samples.jsonl:1: sample: field 'task' is missing",)),
        (_twice, ("samples.jsonl:6: task 'tickets', case '88', 'base': is there twice",)),
        (_foreign, ("samples.jsonl:1: task 'other'", "is not in the record beside it")),
    ],
)
def test_mistakes(folder: Path, spoil: Callable[[Path], None], parts: tuple[str, ...]) -> None:
    """Which file, which line, and what to do."""
    spoil(folder)
    with pytest.raises(FtevalsError) as mistake:
        read_report(folder)
    for part in parts:
        assert part in str(mistake.value)


@pytest.mark.parametrize("path", ["nowhere", "nowhere/record.json"])
def test_no_folder(tmp_path: Path, path: str) -> None:
    """The path is named as it was given."""
    with pytest.raises(FtevalsError) as mistake:
        read_report(tmp_path / path)
    assert str(mistake.value).startswith(f"{tmp_path / path}: there is no such report\n")
