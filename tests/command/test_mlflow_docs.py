"""docs/mlflow.md: its commands work, and every name in it is one that arrives."""

import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_ftevals.command import main, mlflow
from pytest_ftevals.command.tracked import LONGEST_PARAMETER, LONGEST_TAG, tracked_runs
from pytest_ftevals.reports.write import write_report
from tests.reports.conftest import Build

PAGE = (Path(__file__).parents[2] / "docs" / "mlflow.md").read_text(encoding="utf-8")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_the_command_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As written, with a folder in the server's place."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    write_report(Path("out/report"), Build().passing(), ())
    (command,) = re.findall(r"^    pytest-ftevals (.*)", PAGE, re.MULTILINE)
    assert main(shlex.split(command.replace("http://localhost:5000", "file:mlruns"))) == 0
    assert capsys.readouterr().out


def test_every_option_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """With the default that the help tells."""
    with pytest.raises(SystemExit):
        main(["mlflow", "--help"])
    offered = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    assert set(re.findall(r"`(--[a-z-]+) [A-Z]+`", PAGE)) == offered - {"--ftevals-report"}
    assert f"by default `{mlflow.EXPERIMENT}`" in PAGE
    assert f"`{mlflow.DIGEST}`" in PAGE
    assert f"beyond {LONGEST_PARAMETER:,} characters" in PAGE
    assert f"tags beyond {LONGEST_TAG:,} are cut" in PAGE


def test_every_name_arrives() -> None:
    """Of metrics, parameters and tags in the table."""
    build = Build()
    record = build.failing()
    seeds = [replace(record.variants[1], name=f"r8.{n}", group="r8") for n in range(2)]
    rows = [replace(row, candidate="r8") for row in record.comparisons]
    more = (replace(rows[0], reference="r16"), replace(rows[0], candidate="r8.1"))
    group = replace(record, variants=(record.variants[0], *seeds), comparisons=(*rows, *more))
    named: set[str] = set()
    for run in (tracked_runs(record)[0], tracked_runs(group)[0]):
        named |= {*run.metrics, *run.params, *run.tags}
    table = PAGE.partition("## What arrives")[2].partition("\n## ")[0]
    told = re.findall(r"`([a-z][\w.]*[./][\w. ]+)`", table)
    own = {name for name in told if not name.endswith((".json", ".jsonl", ".html", ".md"))}
    assert len(own) > 12
    assert own - {"tradeoff/target", "tradeoff/general"} <= named
    for end in re.findall(r"`(\.[a-z]+)`", table):
        assert f"tickets/accuracy{end}" in named
