"""Every worker dies before its first report: no earlier run's record passes for this one's."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytestmark = pytest.mark.slow

NOTHING = "*Every worker died before it could say which tests ask models.*"


@pytest.fixture(autouse=True)
def suite(project: "Project") -> None:
    """Write a suite, and run it once, so that there is a record."""
    project.task()
    project.tests("""
        @pytest.mark.evaluates(words)
        def test_kept(compare): assert compare(words).drop <= 3
        @words.cases()
        def test_case(candidate, case):
            assert candidate.generate(case).text == case.expected
        def test_plain(): pass
    """)
    record = project.record("--ftevals-no-store")
    assert {test["outcome"] for test in record["tests"]} == {"passed"}


@pytest.mark.parametrize(
    "options",
    [("-n2",), ("-n1", "--max-worker-restart=0"), ("-n2", "--ftevals-no-store", "--dist=loadfile")],
    ids=" ".join,
)
def test_while_answering(project: "Project", options: tuple[str, ...]) -> None:
    """The new record names all tests that ask models as not run; the run is red."""
    (project.path / "deadly.py").write_text(
        "import os, time, fakes\n"
        "class Engine(fakes.Engine):\n"
        "    def answer(self, variant, batch):\n"
        "        time.sleep(3)\n"  # until xdist has handed out the tests
        "        os.kill(os.getpid(), 9)\n"
    )
    project.ini(engine="deadly:Engine")
    record = project.record(*options, spawn=True)
    assert project.result.ret == pytest.ExitCode.TESTS_FAILED
    names = ["test_kept", *(f"test_case[c{number}]" for number in range(1, 7))]
    tests = [(test["nodeid"], test["outcome"]) for test in record["tests"]]
    assert tests == [(f"test_evals.py::{name}", "not run") for name in names]
    assert record["comparisons"] == []
    plan = record["run"]["plan"]
    assert (plan["tests"], plan["unique"], plan["computed"], plan["stored"]) == (7, 12, 0, 0)
    assert project.samples() == []
    project.result.stdout.fnmatch_lines(["did not run: test_evals.py::test_kept"])
    project.result.stdout.no_fnmatch_line(NOTHING)
    assert "INTERNALERROR" not in project.result.stdout.str()


def test_while_collecting(project: "Project") -> None:
    """Nobody knows the tests: the run says so, names the folder, and removes nothing."""
    (project.path / "conftest.py").write_text(
        "import os\n"
        "def pytest_collection(session):\n"
        "    if hasattr(session.config, 'workerinput'):\n"
        "        os.kill(os.getpid(), 9)\n"
    )
    before = project.read()
    result = project.spawn("-n2", "--max-worker-restart=1", "--ftevals-report=report")
    assert result.ret != pytest.ExitCode.OK
    result.stdout.fnmatch_lines([NOTHING + " Nothing was written: a record in report is *"])
    assert project.read() == before
    assert "INTERNALERROR" not in result.stdout.str()
    project.ini(report="report")
    project.spawn("-n1", "--max-worker-restart=0").stdout.fnmatch_lines([NOTHING])
    project.ini()
    project.spawn("-n1", "--max-worker-restart=0").stdout.no_fnmatch_line(NOTHING)


def test_one_that_lives_is_enough(project: "Project") -> None:
    """A worker that dies while it collects is replaced, and the record is whole."""
    (project.path / "conftest.py").write_text(
        "import os\n"
        "def pytest_collection(session):\n"
        "    told = getattr(session.config, 'workerinput', {})\n"
        "    if told.get('workerid') == 'gw0':\n"
        "        os.kill(os.getpid(), 9)\n"
    )
    record = project.record("-n2", spawn=True)
    assert [test["outcome"] for test in record["tests"]] == ["passed"] * 7
    project.result.stdout.no_fnmatch_line(NOTHING)


def test_no_test_asks_models(project: "Project") -> None:
    """Workers that end without evaluations leave nothing to say, though another died."""
    (project.path / "test_evals.py").write_text(
        "import os, pytest\n"
        "@pytest.mark.parametrize('n', range(4))\n"
        "def test_plain(n):\n"
        "    if n == 1: os.kill(os.getpid(), 9)\n"
    )
    result = project.spawn("-n2", "--ftevals-report=other")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.no_fnmatch_line(NOTHING)
    assert not (project.path / "other").exists()
