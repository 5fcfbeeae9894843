"""``--ftevals-base``: the reference model."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Models, Project


def test_command_line_names_a_folder(project: "Project") -> None:
    """A folder on the command line is the base, and the record says where it lies."""
    project.ini(base=None)
    project.keeps()
    project.model("models/other")
    record = project.record("--ftevals-base", "models/other")
    project.result.assert_outcomes(passed=1)
    base = record["variants"][0]
    assert (base["name"], base["kind"], base["source"]) == ("base", "base", "models/other")
    assert base["shares_base"] is None


def test_command_line_wins_over_ini(project: "Project") -> None:
    """The command line's base replaces the ini file's."""
    project.keeps()
    project.model("other")
    assert project.record("--ftevals-base=other")["variants"][0]["source"] == "other"


def test_command_line_is_relative_to_the_working_directory(
    project: "Project", monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a sub-folder a base on the command line is looked for there."""
    project.keeps()
    project.model("sub/mine")
    monkeypatch.chdir(project.path / "sub")
    result = project.run("..", "--ftevals-base=mine")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["base * mine * float32 * cpu"])


def test_ini_is_relative_to_the_ini_file(
    project: "Project", monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a sub-folder, base and candidate of the ini file are looked for beside it."""
    project.keeps()
    (project.path / "sub").mkdir()
    monkeypatch.chdir(project.path / "sub")
    project.run("..").assert_outcomes(passed=1)


def test_no_base_is_a_usage_error(project: "Project") -> None:
    """Without a base nothing runs, and the message says what to give."""
    project.ini(base=None)
    project.keeps()
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*no base model is named*", "*--ftevals-base MODEL*"])


def test_real_base(real: "Project", models: "Models") -> None:
    """A real model's folder is loaded, and the record has its size and precision."""
    real.ini(base=None, candidate=models.adapters["r4"], engine=None)
    real.keeps(decode={"max_new_tokens": 4})
    record = real.record(f"--ftevals-base={models.base}", "--ftevals-device=cpu")
    real.result.assert_outcomes(passed=1)
    base = record["variants"][0]
    assert base["size"] == (models.base / "model.safetensors").stat().st_size
    assert base["dtype"] == "float32"
