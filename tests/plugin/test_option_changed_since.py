"""``--ftevals-changed-since``: the adapters of a pull request are its candidates."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.run.repository import Repository

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

SINCE = "--ftevals-changed-since=main"


@pytest.fixture
def tree(project: "Project") -> Repository:
    """Return the project as a repository: r4 and r8 on main, both as good as the base."""
    project.keeps(cases=4)
    for name in ("r4", "r8"):
        project.adapter(f"out/{name}")
    made = Repository(project.path)
    made.list(r4="out/r4", r8="out/r8")
    made.write(".gitignore", ".ftevals/\nreport/\nengine.log\n__pycache__/\n")
    made.begin()
    return made


def chosen(record: Any) -> Any:
    """Return what the record says of the choice, without the commit."""
    return {key: value for key, value in record["run"]["changed"].items() if key != "commit"}


def test_what_changed_is_tested_in_place_of_the_ini_files_candidates(
    project: "Project", tree: Repository
) -> None:
    """One adapter of two changed, and got worse; the report says what was chosen."""
    project.adapter("out/r8", wrong=["c1", "c2"])
    tree.commit()
    record = project.record(SINCE)
    project.result.assert_outcomes(failed=1)
    assert [one["name"] for one in record["variants"]] == ["base", "r8"]
    assert record["variants"][1]["source"] == "out/r8"
    assert chosen(record) == {
        "since": "main",
        "file": "adapters.toml",
        "adapters": ["r8"],
        "unchanged": ["r4"],
        "gone": [],
    }
    assert record["run"]["changed"]["commit"] == tree.git("rev-parse", "main")
    note = "adapters of adapters.toml since main: changed: r8; unchanged, not tested: r4"
    assert note in record["run"]["notes"]
    report = (project.path / "report" / "report.md").read_text(encoding="utf-8")
    told = "Adapters of `adapters.toml` since `main`: changed: `r8`; unchanged, not tested: `r4`"
    assert told in report.splitlines()


def test_two_that_changed_are_compared_beside_each_other(
    project: "Project", tree: Repository
) -> None:
    """Every test runs once for each, in the order of the file."""
    for name in ("r8", "r4"):
        tree.write(f"out/{name}/README.md", "new")
    result = project.run(SINCE, "-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*::test_kept[[]r4] PASSED*", "*::test_kept[[]r8] PASSED*"])


@pytest.mark.usefixtures("tree")
def test_nothing_changed_is_no_pass(project: "Project") -> None:
    """Tests that need a candidate are skipped with the reason; those of the base run."""
    project.tests("""
        def test_kept(compare): assert compare(words).drop <= 3
        def test_reply(candidate): assert candidate
        @words.cases()
        def test_case(candidate, case): assert candidate.generate(case)
        @pytest.mark.pass_rate(drop=3)
        @words.cases()
        def test_rate(model, case): assert model.generate(case)
        @words.cases()
        def test_base(base, case): assert base.generate(case)
    """)
    record = project.record(SINCE, "-rs")
    project.result.assert_outcomes(passed=4, skipped=7)
    assert project.result.ret == 0
    reason = "no adapter of adapters.toml changed since main"
    project.result.stdout.fnmatch_lines([f"SKIPPED *: {reason}"])
    skipped = [test for test in record["tests"] if test["outcome"] == "skipped"]
    assert {test["message"] for test in skipped} == {reason}
    assert chosen(record)["unchanged"] == ["r4", "r8"]
    report = (project.path / "report" / "report.md").read_text(encoding="utf-8")
    assert report.startswith("## ⚠️ NO VERDICT\n\nno adapter changed · 7 of 11 tests skipped\n")


@pytest.mark.usefixtures("tree")
def test_nothing_changed_asks_nothing(project: "Project") -> None:
    """Where every test needs a candidate, no model is looked at."""
    project.ini(base=None)
    result = project.run(SINCE)
    result.assert_outcomes(skipped=1)
    assert result.ret == 0
    assert project.log() == []


def test_a_deleted_adapter_is_named(project: "Project", tree: Repository) -> None:
    """With its entry gone it is no candidate, and no mistake."""
    tree.git("rm", "-r", "--quiet", "out/r4")
    tree.list(r8="out/r8")
    record = project.record(SINCE)
    project.result.assert_outcomes(skipped=1)
    assert chosen(record)["gone"] == ["r4"]
    assert record["tests"][0]["message"].endswith("changed since main; gone: r4")


def test_a_replay_keeps_what_was_chosen(project: "Project", tree: Repository) -> None:
    """Its report says of the adapters what the run's said."""
    project.adapter("out/r8", wrong=["c1", "c2"])
    tree.commit()
    record = project.record(SINCE)
    again = project.record("--ftevals-replay=report", folder="again")
    assert again["run"]["changed"] == record["run"]["changed"]
    told = "Adapters of `adapters.toml` since `main`: changed: `r8`; unchanged, not tested: `r4`"
    assert told in (project.path / "again" / "report.md").read_text("utf-8").splitlines()


def test_a_replay_of_nothing_changed(project: "Project", tree: Repository) -> None:
    """It skips the tests that the run skipped, with their reason, and writes its report."""
    tree.list(r8="out/r8")
    project.ini(base=None)  # no test was left that needs one
    record = project.record(SINCE)
    assert record["variants"] == []
    again = project.record("--ftevals-replay=report", folder="again")
    project.result.assert_outcomes(skipped=1)
    assert project.result.ret == 0
    assert again["tests"] == record["tests"]
    assert again["run"]["changed"] == record["run"]["changed"]
    report = (project.path / "again" / "report.md").read_text("utf-8")
    assert report.startswith("## ⚠️ NO VERDICT\n\nno adapter changed · 1 of 1 test skipped\n")


@pytest.mark.usefixtures("tree")
def test_a_replay_of_nothing_changed_decides_tests_of_the_base(project: "Project") -> None:
    """Where the run asked the base; a test that asks it anew has no answers."""
    project.tests("""
        def test_kept(compare): assert compare(words).drop <= 3
        @words.cases()
        def test_base(base, case): assert base.generate(case)
    """)
    project.record(SINCE, "-k", "test_base")
    project.run("--ftevals-replay=report").assert_outcomes(passed=4, skipped=1)
    project.ini(base=None)
    project.record(SINCE, "-k", "test_kept")
    result = project.run("--ftevals-replay=report")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*the run that wrote it had no models*"])


def test_another_file_of_adapters(project: "Project", tree: Repository) -> None:
    """By option, relative to the working directory; by ini key, relative to the ini file."""
    tree.write("models/list.toml", '[adapters.late]\npath = "../out/r8"\n')
    record = project.record(SINCE, "--ftevals-adapters=models/list.toml")
    assert chosen(record)["adapters"] == ["late"]
    assert record["variants"][1]["source"] == "out/r8"
    project.ini(adapters="models/list.toml")
    assert chosen(project.record(SINCE))["file"] == "list.toml"


@pytest.mark.slow
def test_workers_choose_alike(project: "Project", tree: Repository) -> None:
    """Under xdist every process reads the same answer from git."""
    tree.write("out/r8/README.md", "new")
    result = project.spawn(SINCE, "-n2")
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (
            [SINCE, "--ftevals-candidate=out/r8"],
            ["*ftevals-changed-since: chooses the candidates, and so does --ftevals-candidate*"],
        ),
        (["--ftevals-changed-since="], ["*names no revision*", "*origin/main*"]),
        (
            ["--ftevals-adapters=adapters.toml"],
            ["*ftevals-adapters: *but --ftevals-changed-since is missing*"],
        ),
        (
            ["--ftevals-changed-since=origin/main"],
            ["*ftevals-changed-since origin/main: git knows no commit 'origin/main' here*"],
        ),
        ([SINCE, "--ftevals-adapters=none.toml"], ["*none.toml: there is no such file*"]),
        ([SINCE, "--ftevals-replay=report"], ["*--ftevals-changed-since cannot be heeded*"]),
    ],
)
@pytest.mark.usefixtures("tree")
def test_mistakes_are_usage_errors(
    project: "Project", options: list[str], parts: list[str]
) -> None:
    """One message each, before any test."""
    result = project.run(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(parts)
    result.stderr.no_fnmatch_line("*Traceback*")
