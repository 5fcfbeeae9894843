"""Several worker processes: the same verdicts and one report, each request asked once."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytestmark = pytest.mark.slow

SUITE = """
    quiz = load_task("quiz.task.yaml")
    @pytest.mark.parametrize("task", [words, quiz])
    def test_kept(compare, task):
        assert compare(task).drop <= 3
        assert compare(task).gain >= -90
    @words.cases()
    def test_case(candidate, case):
        assert candidate.generate(case).text == case.expected
    @pytest.mark.pass_rate(at_least=0.8, drop=3)
    @words.cases()
    def test_rate(model, case):
        assert model.generate(case).text == case.expected
    @pytest.mark.skip(reason="later")
    def test_skipped(compare): pass
    def test_looks(compare):
        compare(words)
    def test_plain(): pass
"""


@pytest.fixture(autouse=True)
def suite(project: "Project") -> None:
    """Write a suite of every kind of test on two tasks; the candidate misses some cases."""
    project.task(slices=["language"])
    project.choice()
    project.adapter("good", wrong=["c1", "c2"])
    project.tests(SUITE)


@pytest.mark.parametrize(
    "options",
    [
        ("-n2",),
        ("-n2", "--dist=loadfile"),
        ("-n2", "--dist=worksteal"),
        ("-n2", "--ftevals-no-store"),
        ("-n1",),
        ("-n0",),
    ],
    ids=" ".join,
)
def test_same_record_as_without(project: "Project", options: tuple[str, ...]) -> None:
    """Verdicts, values, tests and samples are those of one process; nothing is asked twice."""
    alone = project.record("--ftevals-no-store", folder="alone")
    outcomes = project.result.parseoutcomes()
    (project.path / "engine.log").unlink()
    spread = project.record(*options, folder="spread", spawn=True)
    assert {**project.result.parseoutcomes(), "warnings": 0} == {**outcomes, "warnings": 0}
    assert project.comparable(alone) == project.comparable(spread)
    assert project.samples("alone") == project.samples("spread")
    assert sorted(project.asked()) == sorted(set(project.asked()))
    assert len(project.asked()) == 20
    assert spread["run"]["plan"]["computed"] == 20
    assert spread["run"]["plan"]["stored"] == 0
    project.result.stdout.fnmatch_lines(["words *exact_match *-33.3 *FAIL, *"])
    titles = [line for line in project.result.outlines if "ftevals: base and candidates" in line]
    assert len(titles) == 1


def test_workers_share_the_work(project: "Project") -> None:
    """Both workers compute a part, however the tests are spread."""
    project.model("base", seconds=0.3)
    project.adapter("good", seconds=0.3)
    record = project.record("-n2", "--dist=loadfile", "--ftevals-batch-tokens=1", spawn=True)
    assert project.result.ret == 0 or record["tests"]
    workers = {entry["pid"] for entry in project.log() if entry["what"] == "answer"}
    assert len(workers) == 2
    assert sorted(project.asked()) == sorted(set(project.asked()))


def test_second_run_computes_nothing(project: "Project") -> None:
    """A store made by one process serves workers, and the other way round."""
    first = project.record()
    asked = project.asked()
    spread = project.record("-n2", folder="spread", spawn=True)
    assert project.asked() == asked
    assert spread["run"]["plan"]["stored"] == 20
    assert spread["run"]["plan"]["computed"] == 0
    assert project.comparable(first) == project.comparable(spread)


def test_several_candidates(project: "Project") -> None:
    """Candidates run on all workers; the report has them in the user's order."""
    project.adapter("other", wrong=["c5"])
    options = ["--ftevals-candidate=other", "--ftevals-candidate=good"]
    alone = project.record(*options, folder="alone")
    spread = project.record(*options, "-n2", folder="spread", spawn=True)
    assert project.comparable(alone) == project.comparable(spread)


def test_requests_that_fail_are_reported_alike(project: "Project") -> None:
    """Errors are in nobody's store; the report has them all the same."""
    project.model("base", refused=["c3"])
    project.adapter("bad", broken="the weights hold NaN")
    options = ["--ftevals-candidate=good", "--ftevals-candidate=bad"]
    alone = project.record(*options, folder="alone")
    outcomes = project.result.parseoutcomes()
    spread = project.record(*options, "-n2", folder="spread", spawn=True)
    assert project.result.parseoutcomes() == outcomes
    assert project.comparable(alone) == project.comparable(spread)
    assert project.samples("alone") == project.samples("spread")
    assert any(one["error"] for one in project.samples("spread"))


def test_fails_fast(project: "Project") -> None:
    """``-x`` stops the workers; the tests that did not run are named."""
    record = project.record("-n2", "-x", spawn=True)
    assert project.result.ret != 0
    outcomes = [test["outcome"] for test in record["tests"]]
    assert "failed" in outcomes
    assert len(outcomes) == 11
    assert set(outcomes) <= {"failed", "passed", "skipped", "not run"}


def test_run_from_a_sub_folder(project: "Project", monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers read ini and command-line paths as the controller does."""
    project.model("sub/mine")
    monkeypatch.chdir(project.path / "sub")
    result = project.spawn("..", "-n2", "--ftevals-base=mine", "--ftevals-report=out")
    assert result.parseoutcomes()["failed"] == 4
    base, good = project.read("sub/out")["variants"]
    assert base["source"] == "mine"
    assert good["source"].endswith("good")


def test_wrong_options_are_one_message(project: "Project") -> None:
    """A mistake in the command line is a usage error of the controller."""
    result = project.spawn("-n2", "--ftevals-confidence=2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--ftevals-confidence*"])


def test_wrong_ini_values_are_told_by_every_test(project: "Project") -> None:
    """Where nothing is kept the controller makes a store, and must not stumble over them."""
    project.ini(no_store="true", confidence=2)
    result = project.spawn("-n2")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "ftevals_confidence in pytest.ini" in result.stdout.str()
    assert "INTERNALERROR" not in result.stdout.str()


def test_no_base_is_told_by_every_test(project: "Project") -> None:
    """What one process refuses at once, workers tell as failed set-ups, never as crashes."""
    project.ini(base=None)
    result = project.spawn("-n2")
    assert result.ret == 1
    assert result.parseoutcomes()["errors"] >= 9
    output = result.stdout.str() + result.stderr.str()
    assert "no base model is named" in output
    assert "INTERNALERROR" not in output
    assert "crashed" not in output


def test_collect_only(project: "Project") -> None:
    """Nothing is asked when workers only collect."""
    result = project.spawn("-n2", "--collect-only")
    assert result.ret == 0
    assert not project.log()


def test_real_models(real: "Project") -> None:
    """Two workers with real models give one record, the same as one process."""
    real.task(cases=3, decode={"max_new_tokens": 3})
    real.choice()
    real.tests("""
        @pytest.mark.parametrize("task", [words, load_task("quiz.task.yaml")])
        def test_kept(compare, task): assert compare(task).drop <= 100
    """)
    alone = real.record("--ftevals-no-store", folder="alone")
    spread = real.record("-n2", "--ftevals-no-store", folder="spread", spawn=True)
    assert real.result.ret == 0
    assert real.comparable(alone) == real.comparable(spread)
    for before, after in zip(real.samples("alone"), real.samples("spread"), strict=True):
        assert before["response"] == after["response"]
