"""Custom metrics and metrics with options, from task file to record."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

CONFTEST = """
from pytest_ftevals import Score, metric

@metric("brevity", higher_is_better=False, points=False)
def brevity(case, response, per=1):
    if case.id == "c2":
        raise RuntimeError("no ruler")
    return Score(value=len(response.text) / per, reason="letters")
"""
CHECKS = """
def ends_alike(case, response) -> bool:
    return response.text[-1] == case.row["word"][-1]
"""
METRICS: list[Any] = [
    "exact_match",
    {"metric": "accuracy", "name": "digit", "extract": "[0-9]"},
    {"metric": "brevity", "per": 2},
    "checks:ends_alike",
]
SUITE = """
    @pytest.mark.evaluates(words)
    def test_kept(compare):
        result = compare(words)
        assert result["brevity"].drop <= 0.3
        assert result["checks:ends_alike"] >= 0.5
        assert result["digit"].drop <= 100
"""


@pytest.fixture
def suite(project: "Project") -> "Project":
    """Six cases of which the candidate misses one, scored by four kinds of metrics."""
    project.task(metrics=METRICS, expected="{{ word[1] }}")
    project.adapter("good", wrong=["c1"])
    (project.path / "conftest.py").write_text(CONFTEST)
    (project.path / "checks.py").write_text(CHECKS)
    project.tests(SUITE)
    return project


def rows(record: Any) -> dict[str, Any]:
    """Return a record's rows by metric."""
    return {row["metric"]: row for row in record["comparisons"]}


def test_all_kinds_in_one_task(suite: "Project") -> None:
    """Values, directions and units are as declared; a failing case is left out by name."""
    record = suite.record()
    suite.result.assert_outcomes(passed=1)
    found = rows(record)
    assert list(found) == ["exact_match", "digit", "brevity", "checks:ends_alike"]
    # The right replies are w1 to w6, and what is expected is their digit.
    assert (found["exact_match"]["base"], found["digit"]["base"]) == (0, 1)
    assert found["digit"]["value"] == pytest.approx(5 / 6)
    assert found["checks:ends_alike"]["delta"] == pytest.approx(-100 / 6)
    brevity = found["brevity"]
    assert (brevity["n"], brevity["base"], brevity["unit"]) == (5, 1, "own")
    # A wrong reply is longer: worse by what the metric declares.
    assert brevity["delta"] == pytest.approx(0.3)
    assert (brevity["wins"], brevity["losses"]) == (0, 1)
    suite.result.stdout.fnmatch_lines(
        ["excluded from words brevity *: c2 (*", "*ruler (conftest.py:7))"]
    )
    scores = {(one["case"], one["variant"]): one["scores"] for one in suite.samples()}
    assert scores["c2", "base"]["brevity"] is None
    assert scores["c3", "base"] == {
        "exact_match": 0,
        "digit": 1,
        "brevity": 1,
        "checks:ends_alike": 1,
    }


def test_modules_imported_by_path(suite: "Project") -> None:
    """Pytest's other import mode, which puts no folder on Python's path, finds the same."""
    suite.run("--import-mode=importlib").assert_outcomes(passed=1)


def test_a_function_below_its_use(suite: "Project") -> None:
    """A test module is read from its top: the message says where a metric must stand."""
    (suite.path / "conftest.py").unlink()
    suite.tests(SUITE + "    from pytest_ftevals import metric\n    metric('brevity')(print)\n")
    result = suite.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(
        ["*words.task.yaml:*: unknown metric 'brevity'*", "*above load_task.*"]
    )


def test_a_function_that_always_fails_fails_the_test(suite: "Project") -> None:
    """Nothing could be scored: an error that names the exception, never a value."""
    (suite.path / "checks.py").write_text("def ends_alike(case, response): return case.nothing")
    suite.run().assert_outcomes(failed=1)
    suite.run().stdout.fnmatch_lines(
        [
            "*no case of task 'words' could be scored with checks:ends_alike*",
            "*metric 'checks:ends_alike' raised AttributeError: * has no attribute 'nothing'*",
        ]
    )


def test_a_changed_function_scores_anew(suite: "Project") -> None:
    """Its scores are not stored: answers are, and are not asked again."""
    assert rows(suite.record())["checks:ends_alike"]["value"] == pytest.approx(5 / 6)
    asked = suite.asked()
    (suite.path / "checks.py").write_text("def ends_alike(case, response): return 0.25")
    assert rows(suite.record())["checks:ends_alike"]["value"] == 0.25
    assert suite.asked() == asked


def test_another_pattern_scores_anew(suite: "Project") -> None:
    """Stored scores belong to the options they were computed with."""
    assert rows(suite.record())["digit"]["base"] == 1
    suite.task(metrics=[{"metric": "accuracy", "name": "digit", "extract": "w"}], expected="w")
    suite.tests("def test_kept(compare):\n    assert compare(words).drop <= 100")
    assert rows(suite.record())["digit"]["base"] == 1
    suite.task(metrics=[{"metric": "accuracy", "name": "digit", "extract": "x"}], expected="w")
    assert rows(suite.record())["digit"]["base"] == 0


def test_a_saved_run_does_not_fit_a_changed_function(suite: "Project") -> None:
    """What it was scored with is part of it."""
    assert suite.run("--ftevals-save=prod").ret == 0
    suite.tests("""
        @pytest.mark.evaluates(words)
        def test_not_worse(compare):
            assert compare(words).against["checks:ends_alike"].drop <= 100
    """)
    suite.run("--ftevals-against=prod").assert_outcomes(passed=1)
    (suite.path / "checks.py").write_text("def ends_alike(case, response): return True")
    result = suite.run("--ftevals-against=prod")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*options: *source* -> *"])


EVERYWHERE: list[Any] = ["exact_match", "brevity", "shortness", "tidiness", "words_only:plain"]
"""Metrics of conftest.py, of the test's own module, of what it imports, and without a decorator."""
OWN_MODULE = """
import pytest
from helpers import tidiness
from pytest_ftevals import load_task, metric

@metric("shortness", points=False)
def shortness(case, response):
    return -len(response.text)

words = load_task("../words.task.yaml")

@pytest.mark.evaluates(words)
def test_kept(compare):
    result = compare(words)
    assert all(result[name].drop <= 100 for name in words.file.metrics)
"""


@pytest.fixture
def own_folder(suite: "Project") -> "Project":
    """Tests in a folder that pytest alone knows of, with metrics everywhere they may be."""
    suite.task(metrics=EVERYWHERE, expected="{{ word[1] }}")
    (suite.path / "test_evals.py").unlink()
    folder = suite.path / "evals"
    folder.mkdir()
    (folder / "test_own.py").write_text(OWN_MODULE)
    (folder / "words_only.py").write_text("def plain(case, response): return 0.5")
    (folder / "helpers.py").write_text(
        "from pytest_ftevals import metric\n"
        "@metric('tidiness')\n"
        "def tidiness(case, response): return 'x' not in response.text\n"
    )
    return suite


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["prepend", "importlib"])
def test_workers_score_alike(own_folder: "Project", mode: str) -> None:
    """The controller imports no test, and its record is that of one process all the same."""
    if mode == "importlib":  # which puts no folder on Python's path
        ini = own_folder.path / "pytest.ini"
        ini.write_text(ini.read_text().replace("pythonpath = .", "pythonpath = . evals"))
    options = (f"--import-mode={mode}", "--ftevals-no-store", "evals")
    alone = own_folder.record(*options, folder="alone")
    own_folder.result.assert_outcomes(passed=1)
    assert list(rows(alone)) == EVERYWHERE
    spread = own_folder.record("-n2", *options, folder="spread", spawn=True)
    assert spread["comparisons"] == alone["comparisons"]
    assert spread["tasks"] == alone["tasks"]


@pytest.mark.slow
def test_what_only_a_worker_can_load_is_named(
    own_folder: "Project", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record lacks the task, and says whose fault that is."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # of the worker that runs this test
    test = own_folder.path / "evals" / "test_own.py"
    test.write_text("import os\nPORT = os.environ['PYTEST_XDIST_WORKER']\n" + OWN_MODULE)
    record = own_folder.record("-n1", "evals", spawn=True)
    own_folder.result.assert_outcomes(passed=1)
    assert record["tasks"] == []
    lost, why = (one for one in record["run"]["notes"] if one.startswith("not in this report: "))
    assert "unknown metric 'shortness'" in lost
    assert "module 'test_own' of a metric cannot be imported: KeyError" in why


def test_a_task_that_cannot_be_read_again_is_named(suite: "Project") -> None:
    """The record lacks what was asked of it, and says so with the reason."""
    suite.tests(f"{SUITE}        __import__('os').remove('words.task.yaml')\n")
    record = suite.record()
    suite.result.assert_outcomes(passed=1)
    assert record["comparisons"] == []
    (note,) = [note for note in record["run"]["notes"] if "words.task.yaml" in note]
    assert note.startswith("not in this report: ")
    assert "cannot read the task file" in note


@pytest.mark.parametrize("how", ["skip", "fail"])
def test_a_function_that_skips_fails_the_test(suite: "Project", how: str) -> None:
    """Pytest's own ways out skip nothing: what a metric cannot score is said."""
    source = f"import pytest\ndef ends_alike(case, response): pytest.{how}('no dictionary')"
    (suite.path / "checks.py").write_text(source)
    result = suite.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*metric 'checks:ends_alike' raised *: no dictionary (*"])
    suite.tests("""
        @pytest.mark.evaluates(words)
        def test_kept(compare):
            assert compare(words)["digit"].drop <= 100
    """)
    result = suite.run()
    result.assert_outcomes(passed=1)
    assert "no dictionary (checks.py:2)" in " ".join(result.stdout.str().split())


def test_a_module_that_skips_is_a_mistake(suite: "Project") -> None:
    """A metric that cannot be imported skips no test."""
    source = "import pytest\npytest.importorskip('nowhere_at_all')\nends_alike = print"
    (suite.path / "checks.py").write_text(source)
    result = suite.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*'checks' of a metric cannot be imported: *nowhere_at_all*"])


def test_a_saved_run_does_not_fit_a_changed_helper(suite: "Project") -> None:
    """What a function calls in its own file is part of it."""
    body = "HALF = {half}\ndef ends_alike(case, response): return HALF"
    (suite.path / "checks.py").write_text(body.format(half=0.5))
    assert suite.run("--ftevals-save=prod").ret == 0
    suite.tests("""
        @pytest.mark.evaluates(words)
        def test_not_worse(compare):
            assert compare(words).against["checks:ends_alike"].drop <= 100
    """)
    suite.run("--ftevals-against=prod").assert_outcomes(passed=1)
    (suite.path / "checks.py").write_text(body.format(half=0.6))
    assert suite.run("--ftevals-against=prod").ret != 0
