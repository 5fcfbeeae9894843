"""``pytest-ftevals report``: all formats again, from what a run left."""

import shutil
from pathlib import Path

import pytest

from pytest_ftevals.command import main
from pytest_ftevals.reports.folder import read_report
from pytest_ftevals.reports.formats import FORMATS
from pytest_ftevals.reports.write import write_report
from tests.reports.conftest import Build

BUILD = Build()


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """Return a report's folder."""
    folder = tmp_path / "report"
    write_report(folder, BUILD.failing(), BUILD.samples())
    # As read back: in record.json the keys of free objects are sorted, in memory they need not be.
    write_report(folder, *read_report(folder))
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Return what the files of a folder hold."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_files_again(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To the byte, in the same folder; a format that was not there is added."""
    before = contents(report)
    assert {one.file for one in FORMATS} <= before.keys()
    (report / "report.html").unlink()
    assert main(["report", str(report)]) == 0
    assert contents(report) == before
    assert f"wrote {report / 'report.html'}" in capsys.readouterr().out.splitlines()


def test_into_another_folder(report: Path, tmp_path: Path) -> None:
    """Made with its parents; from the path of a record, too."""
    out = tmp_path / "a" / "b"
    assert main(["report", str(report / "record.json"), "--out", str(out)]) == 0
    assert contents(out) == contents(report)


def test_a_report_without_samples(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Half a report would overwrite a whole one."""
    (report / "samples.jsonl").unlink()
    before = contents(report)
    assert main(["report", str(report)]) == 1
    assert capsys.readouterr().err.startswith(
        f"pytest-ftevals: {report}: there is no samples.jsonl\n"
    )
    assert contents(report) == before


def test_a_folder_that_cannot_be_written(
    report: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a run says it, with this command's option."""
    out = shutil.copy(report / "record.json", tmp_path / "file")
    assert main(["report", str(report), "--out", str(out)]) == 1
    assert capsys.readouterr().err.startswith(
        f"pytest-ftevals: --out {out}: the report cannot be written: it is a file, not a folder"
    )
