"""A worker that dies: nothing is green that did not run, nothing is computed twice."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytestmark = pytest.mark.slow

KILLED = """
    import os
    @pytest.mark.evaluates(words)
    def test_a(compare): assert compare(words).drop <= 3
    def test_b(compare):
        if "PYTEST_XDIST_WORKER" in os.environ:
            os.kill(os.getpid(), 9)
    @words.cases()
    def test_c(candidate, case):
        assert candidate.generate(case).text == case.expected
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_killed_worker_is_replaced(project: "Project", workers: str) -> None:
    """The test that killed its worker failed and is named; all others run, on the same answers."""
    project.task()
    project.tests(KILLED)
    record = project.record("-n", workers, spawn=True)
    assert project.result.ret == 1
    assert project.result.parseoutcomes() == {"passed": 7, "failed": 1} | {
        key: value
        for key, value in project.result.parseoutcomes().items()
        if key in {"warning", "warnings"}
    }
    outcomes = {test["nodeid"].partition("::")[2]: test["outcome"] for test in record["tests"]}
    assert outcomes.pop("test_b") in {"failed", "error", "not run"}
    assert set(outcomes.values()) == {"passed"}
    assert len(outcomes) == 7
    project.result.stdout.fnmatch_lines(["*did not run: test_evals.py::test_b*"])
    assert sorted(project.asked()) == sorted(set(project.asked()))
    assert record["comparisons"][0]["thresholds"][0]["holds"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_tests_of_a_worker_that_is_not_replaced_are_named(project: "Project", workers: str) -> None:
    """Without a replacement the run is red, and every test that did not run is in the report."""
    project.task()
    project.tests(KILLED)
    record = project.record("-n", workers, "--max-worker-restart=0", "--dist=loadfile", spawn=True)
    assert project.result.ret != 0
    outcomes = {test["nodeid"].partition("::")[2]: test["outcome"] for test in record["tests"]}
    assert len(outcomes) == 8
    assert outcomes["test_a"] == "passed"
    assert outcomes["test_b"] == "not run"
    project.result.stdout.fnmatch_lines(["did not run: test_evals.py::test_b*"])


def test_killed_while_answering(project: "Project") -> None:
    """A worker killed in the middle of a batch: the others take it over, and finish the rest."""
    project.task()
    project.tests("""
        def test_a(compare): assert compare(words).drop <= 3
        @pytest.mark.evaluates(words)
        def test_b(compare): assert compare(words).drop <= 3
    """)
    (project.path / "deadly.py").write_text(
        "import os, pathlib, time, fakes\n"
        "class Engine(fakes.Engine):\n"
        "    def answer(self, variant, batch):\n"
        "        folder = pathlib.Path(__file__).parent\n"
        "        (folder / f'here-{os.getpid()}').touch()\n"
        "        try:\n"
        "            (folder / 'died').touch(exist_ok=False)\n"
        "        except FileExistsError:\n"
        "            return super().answer(variant, batch)\n"
        # xdist itself breaks where a worker dies before it was handed its tests, which is once all
        # workers have told what they collected.
        "        give_up = time.monotonic() + 30\n"
        "        while len(list(folder.glob('here-*'))) < 2 and time.monotonic() < give_up:\n"
        "            time.sleep(0.05)\n"
        "        time.sleep(1)\n"
        "        os.kill(os.getpid(), 9)\n"
    )
    project.ini(engine="deadly:Engine")
    record = project.record("-n", "2", "--ftevals-batch-tokens=1", spawn=True)
    # xdist blames a test that the dead worker was given, if it was given any already.
    outcomes = [test["outcome"] for test in record["tests"]]
    assert (project.result.ret == 0) == (outcomes == ["passed", "passed"])
    assert sorted(project.asked()) == sorted(set(project.asked()))
    assert len(project.asked()) == 12
    (project.path / "engine.log").unlink()
    record = project.record("-n", "2", spawn=True)
    assert record["run"]["plan"]["computed"] == 0
    assert project.result.ret == 0
