"""Every way in which xdist hands out tests gives the record of one process."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def suite(project: "Project") -> None:
    """Write tests in two files; the candidate misses some cases."""
    project.task(slices=["language"])
    project.choice()
    project.adapter("good", wrong=["c1", "c2", "q1"])
    project.tests("""
        @pytest.mark.evaluates(words)
        def test_kept(compare): assert compare(words).drop <= 3
        @words.cases()
        def test_case(candidate, case):
            assert candidate.generate(case).text == case.expected
    """)
    project.tests(
        """
        quiz = load_task("quiz.task.yaml")
        class TestQuiz:
            def test_undeclared(self, compare): assert compare(quiz).drop <= 50
            @pytest.mark.pass_rate(at_least=0.8)
            @words.cases()
            def test_rate(self, model, case):
                assert model.generate(case).text == case.expected
        """,
        "test_more.py",
    )


@pytest.mark.parametrize("dist", ["load", "loadscope", "loadfile", "loadgroup", "worksteal"])
def test_same_record(project: "Project", dist: str) -> None:
    """Rows, tests and samples are the same; no request is computed twice."""
    alone = project.record("--ftevals-no-store", folder="alone")
    (project.path / "engine.log").unlink()
    spread = project.record("-n2", f"--dist={dist}", folder="spread", spawn=True)
    assert project.comparable(spread) == project.comparable(alone)
    assert project.samples("spread") == project.samples("alone")
    assert len(project.asked()) == 20
    assert sorted(project.asked()) == sorted(set(project.asked()))


def test_each_runs_all_tests_everywhere(project: "Project") -> None:
    """``--dist each``: the answers are shared, every test is there once, and rows are the same."""
    alone = project.record("--ftevals-no-store", folder="alone")
    outcomes = project.result.parseoutcomes()
    (project.path / "engine.log").unlink()
    spread = project.record("-n2", "--dist=each", folder="spread", spawn=True)
    both = {
        key: value for key, value in project.result.parseoutcomes().items() if "warn" not in key
    }
    assert both == {key: 2 * value for key, value in outcomes.items() if "warn" not in key}
    assert project.comparable(spread) == project.comparable(alone)
    assert project.samples("spread") == project.samples("alone")
    assert sorted(project.asked()) == sorted(set(project.asked()))


@pytest.mark.parametrize("red", ["gw0", "gw1"])
def test_each_is_red_where_one_is(project: "Project", red: str) -> None:
    """A test that fails on one worker alone is failed in the record, whoever reports last."""
    project.tests(f"""
        import os, time
        def test_here(compare):
            mine = os.environ["PYTEST_XDIST_WORKER"] == "{red}"
            time.sleep(0 if mine else 0.5)
            assert compare(words).drop <= (3 if mine else 100)
        def test_there(compare):
            mine = os.environ["PYTEST_XDIST_WORKER"] == "{red}"
            time.sleep(1 if mine else 0)
            assert compare(words).drop <= (3 if mine else 100)
    """)
    record = project.record("-n2", "--dist=each", "test_evals.py", spawn=True)
    assert project.result.ret == pytest.ExitCode.TESTS_FAILED
    assert [test["outcome"] for test in record["tests"]] == ["failed", "failed"]
