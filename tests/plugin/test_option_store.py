"""``--ftevals-store``: where answers are kept between runs."""

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Models, Project


def test_second_run_computes_nothing(project: "Project") -> None:
    """What was answered once is not asked again, and no model is loaded."""
    project.keeps(cases=3)
    first = project.record()["run"]["plan"]
    before = project.log()
    second = project.record()["run"]["plan"]
    assert (first["stored"], first["computed"]) == (0, 6)
    assert (second["stored"], second["computed"]) == (6, 0)
    assert project.log() == before


def test_lies_in_the_root_folder_by_default(
    project: "Project", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default store is .ftevals in the root folder, wherever pytest is run, unseen by git."""
    project.keeps()
    (project.path / "sub").mkdir()
    monkeypatch.chdir(project.path / "sub")
    project.run("..").assert_outcomes(passed=1)
    assert (project.path / ".ftevals" / "responses.sqlite").is_file()
    assert (project.path / ".ftevals" / ".gitignore").read_text() == "*\n"
    assert not list((project.path / "sub").iterdir())


def test_folder_on_the_command_line(project: "Project") -> None:
    """A folder on the command line wins over the ini file's; both are used instead of .ftevals."""
    project.keeps()
    project.ini(store="from/ini")
    project.run().assert_outcomes(passed=1)
    assert (project.path / "from/ini/responses.sqlite").is_file()
    project.run("--ftevals-store=elsewhere").assert_outcomes(passed=1)
    assert (project.path / "elsewhere/responses.sqlite").is_file()
    assert not (project.path / ".ftevals").exists()


def test_another_candidate_needs_no_new_base_answers(project: "Project") -> None:
    """A new adapter costs its own requests only."""
    project.keeps(cases=3)
    project.run().assert_outcomes(passed=1)
    project.adapter("next", wrong=["c2"])
    plan = project.record("--ftevals-candidate=next")["run"]["plan"]
    assert (plan["stored"], plan["computed"]) == (3, 3)
    assert sorted(project.asked()[-3:]) == [("next", case) for case in ("c1", "c2", "c3")]


def test_changed_contents_miss(project: "Project") -> None:
    """A changed adapter, base or prompt is asked again; a moved folder is not."""
    project.keeps(cases=3)
    project.run().assert_outcomes(passed=1)
    (project.path / "good").rename(project.path / "moved")
    assert project.record("--ftevals-candidate=moved")["run"]["plan"]["computed"] == 0
    project.adapter("moved", wrong=["c1"])
    assert project.record("--ftevals-candidate=moved")["run"]["plan"]["computed"] == 3
    project.model("base", note="changed")
    assert project.record("--ftevals-candidate=moved")["run"]["plan"]["computed"] == 6
    project.task(cases=3, prompt="Say it.\n{{ id }} = {{ word }}")
    assert project.record("--ftevals-candidate=moved")["run"]["plan"]["computed"] == 6


def test_errors_are_not_kept(project: "Project") -> None:
    """A request that failed is asked again in the next run."""
    project.keeps()
    project.adapter("good", broken="the weights hold NaN")
    project.run().assert_outcomes(errors=1)
    loads = len(project.log())
    project.run().assert_outcomes(errors=1)
    assert len(project.log()) > loads


@pytest.mark.slow
def test_stored_run_imports_no_torch(real: "Project", models: "Models") -> None:
    """A run that finds everything stored imports neither torch nor transformers nor peft."""
    real.keeps(cases=3, decode={"max_new_tokens": 4})
    real.choice()
    real.tests("""
        @pytest.mark.evaluates(load_task("quiz.task.yaml"))
        def test_quiz(compare):
            assert compare(load_task("quiz.task.yaml")).drop <= 100
        @words.cases()
        def test_case(candidate, case):
            assert candidate.generate(case).finish in ("stop", "length")
    """, name="test_more.py")  # fmt: skip
    first = real.record()
    assert real.result.ret == 0
    real.watch_imports()
    second = real.record(folder="second", spawn=True)
    real.result.stdout.fnmatch_lines(["heavy imports: []"])
    assert second["run"]["plan"]["computed"] == 0
    assert real.comparable(first) == real.comparable(second)
    assert real.samples("report") == real.samples("second")
    assert json.loads((models.base / "config.json").read_text())["model_type"] == "llama"


def test_damaged_store_is_set_aside(project: "Project") -> None:
    """A file that is no store is kept beside a new one, and the report says so."""
    project.keeps()
    store = project.path / "broken"
    store.mkdir()
    (store / "responses.sqlite").write_text("this is no database, it only has its name" * 50)
    result = project.run("--ftevals-store=broken")
    assert result.ret == 0
    assert len(list(store.glob("responses.sqlite.damaged-*"))) == 1
    output = " ".join(result.stdout.str().split())  # a long path moves the end of the line
    assert "was damaged" in output
    assert "0 stored" in output
    again = project.run("--ftevals-store=broken")
    assert "was damaged" not in again.stdout.str()
    assert "0 computed" in again.stdout.str()


def test_command_line_wins_over_the_ini_files_no_store(project: "Project") -> None:
    """A store named on the command line is used, whatever the ini file says."""
    project.keeps(cases=3)
    project.ini(no_store="true")
    project.run("--ftevals-store=kept").assert_outcomes(passed=1)
    assert (project.path / "kept" / "responses.sqlite").exists()
