"""``pytest-ftevals diff``: from two folders to a page or JSON, and its exit status."""

import json
import re
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_ftevals.command import main
from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports.folder import read_report
from pytest_ftevals.reports.record_json import record_to_text
from pytest_ftevals.reports.samples import sample_line
from tests.reports.conftest import Build

BUILD = Build()


def write(folder: Path, record: Record, *samples: Sample) -> Path:
    """Write what the command reads."""
    folder.mkdir()
    (folder / "record.json").write_text(record_to_text(record), encoding="utf-8")
    lines = "".join(sample_line(one) + "\n" for one in samples)
    (folder / "samples.jsonl").write_text(lines, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the page a width."""
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """Return a report's folder."""
    return write(tmp_path / "before", BUILD.failing(), *BUILD.samples())


@pytest.fixture
def after(tmp_path: Path) -> Path:
    """Return another's: a case is lost."""
    samples = [
        replace(one, passed=False, labels=("wrong answer",))
        if (one.case, one.variant) == ("88", "base")
        else one
        for one in BUILD.samples()
    ]
    return write(tmp_path / "after", BUILD.failing(), *samples)


def test_the_statement_comes_first(
    before: Path, after: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder and a record's path are the same; status 0 with differences, too."""
    # Unscored answers lose nothing: the reply stays the same, its verdict does not.
    for given in (before, before / "record.json"):
        assert main(["diff", str(given), str(after)]) == 0
        out = capsys.readouterr().out
        assert out.startswith("same settings; no value changed; 1 case changed\n\nbefore  ")
        assert "  base on tickets, of 2 in both\n    1 newly failing\n      88\n" in out
        assert max(map(len, out.splitlines())) < 80


def test_the_same_report_twice(before: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is identical."""
    assert main(["diff", str(before), str(before), "--exit-code"]) == 0
    assert capsys.readouterr().out.startswith("identical: same settings; no value changed; ")


def test_the_exit_code_tells(before: Path, after: Path) -> None:
    """Where asked for: 3, which no mistake has."""
    with pytest.raises(SystemExit) as ended:
        main(["diff", str(before), str(after), "--exit-code"])
    assert ended.value.code == 3


def test_json(before: Path, after: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole difference, in ASCII."""
    assert main(["diff", str(before), str(after), "--json"]) == 0
    out = capsys.readouterr().out
    assert out.isascii()
    assert [one["variant"] for one in json.loads(out)["cases"] if one["changes"]] == ["base"]


def test_without_samples(before: Path, after: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Records alone are compared, and that is said."""
    (after / "samples.jsonl").unlink()
    assert main(["diff", str(before), str(after)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("no difference found: same settings; no value changed; cases not ")


def test_other_names(tmp_path: Path, before: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A candidate of the first report is compared with one of another name."""
    text = (before / "record.json").read_text(encoding="utf-8")
    other = shutil.copytree(before, tmp_path / "other")
    (other / "record.json").write_text(text.replace('"trec"', '"r16"'), encoding="utf-8")
    lines = (before / "samples.jsonl").read_text(encoding="utf-8").replace('"trec"', '"r16"')
    (other / "samples.jsonl").write_text(lines, encoding="utf-8")
    assert read_report(other)
    assert main(["diff", str(before), str(other), "--candidate", "trec=r16"]) == 0
    assert capsys.readouterr().out.startswith("identical: ")
    assert main(["diff", str(before), str(other)]) == 0
    assert "  candidates of other names are compared with --candidate trec=r16" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere",), "nowhere: there is no such report"),
        (("broken",), "broken/samples.jsonl:1: this is no JSON: "),
        (("newer",), "newer/record.json: record.version: version 9 is unknown"),
        (("before", "--candidate", "x=trec"), "the first report has no candidate 'x'"),
    ],
)
def test_mistakes(
    tmp_path: Path,
    before: Path,
    arguments: tuple[str, ...],
    says: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One message and status 1."""
    broken = shutil.copytree(before, tmp_path / "broken")
    (broken / "samples.jsonl").write_text("{\n", encoding="utf-8")
    newer = shutil.copytree(before, tmp_path / "newer")
    text = (newer / "record.json").read_text(encoding="utf-8")
    (newer / "record.json").write_text(text.replace('"version": 1', '"version": 9', 1))
    monkeypatch.chdir(tmp_path)
    assert main(["diff", "before", *arguments]) == 1
    assert f"pytest-ftevals: {says}" in capsys.readouterr().err.replace("--candidate x=trec: ", "")


def test_a_pair_is_two_names(before: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong usage says how it is written."""
    with pytest.raises(SystemExit) as ended:
        main(["diff", str(before), str(before), "--candidate", "trec"])
    assert ended.value.code == 2
    assert "'trec' is no pair; write A=B" in capsys.readouterr().err


def test_the_page_names_options_and_fields(
    before: Path, after: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``docs/diff.md`` has every option of ``--help`` and every key of the JSON."""
    page = (Path(__file__).parents[2] / "docs" / "diff.md").read_text(encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["diff", "--help"])
    options = set(re.findall(r"^  (--[a-z-]+)", capsys.readouterr().out, re.MULTILINE))
    assert options == set(re.findall(r"^\| `(--[a-z-]+)", page, re.MULTILINE))
    main(["diff", str(before), str(after), "--json"])
    found = json.loads(capsys.readouterr().out)
    (change,) = (one for cases in found["cases"] for one in cases["changes"])
    keys = {*found, *found["cases"][0], *change, *change["after"]}
    assert keys <= set(re.findall(r"`([a-z_]+)`", page))


@pytest.mark.slow
def test_large_reports_take_seconds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """20,000 cases of two variants; the bound leaves room for a busy machine."""
    for name in ("before", "after"):
        samples = (
            BUILD.sample(str(case), variant, f"{name if case % 50 == 0 else 'reply'} {case}")
            for case in range(20_000)
            for variant in ("base", "trec")
        )
        write(tmp_path / name, BUILD.failing(), *samples)
    start = time.process_time()
    assert main(["diff", str(tmp_path / "before"), str(tmp_path / "after")]) == 0
    assert time.process_time() - start < 10
    assert "400 cases changed" in capsys.readouterr().out
