"""``pytest-ftevals annotate``: annotations name files from the repository's root."""

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_ftevals.command import main
from pytest_ftevals.reports.write import write_report
from tests.reports.conftest import Build


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """Return a report's folder in a repository with the suites in a sub-folder."""
    record = Build().failing()
    tests = tuple(replace(test, line=7) for test in record.tests)
    write_report(tmp_path / "report", replace(record, tests=tests), Build().samples())
    suites = tmp_path / "project" / "evalsuites"
    suites.mkdir(parents=True)
    (suites / "test_tickets.py").touch()
    return tmp_path / "report"


@pytest.mark.parametrize("below", ["project", "project/evalsuites"])
def test_files_are_named_from_the_root(
    report: Path, below: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wherever below its root folder pytest ran."""
    monkeypatch.chdir(report.parent / below)
    assert main(["annotate", str(report), "--root", str(report.parent)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    start = "::error file=project/evalsuites/test_tickets.py,line=7,title=FAIL%3A test_routes"
    assert lines[0].startswith(start)


def test_a_file_elsewhere_is_not_named(
    report: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Outside of the root, or nowhere."""
    monkeypatch.chdir(report.parent / "project")
    assert main(["annotate", str(report), "--root", str(report)]) == 0
    monkeypatch.chdir(report)
    assert main(["annotate", str(report / "record.json")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 12
    assert all(line.startswith("::error title=") for line in lines)


def test_a_missing_report_is_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One message, status 1."""
    assert main(["annotate", str(tmp_path / "none")]) == 1
    assert "no such report" in capsys.readouterr().err
