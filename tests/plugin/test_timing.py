"""Models work outside of any test: timeouts and durations stay honest."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

TESTS = """
    @pytest.mark.evaluates(words)
    def test_kept(compare):
        assert compare(words).drop <= 3
    @words.cases()
    def test_case(candidate, case):
        assert candidate.generate(case).text == case.expected
    @pytest.mark.pass_rate(at_least=1)
    @words.cases()
    def test_rate(model, case):
        assert model.generate(case).text == case.expected
"""


@pytest.fixture(autouse=True)
def slow_models(project: "Project") -> None:
    """Let base and candidate take 0.8 s each."""
    project.task(cases=3)
    project.model("base", seconds=0.8)
    project.adapter("good", seconds=0.8)
    project.tests(TESTS)


@pytest.mark.slow
def test_timeouts_do_not_count_the_models_time(project: "Project") -> None:
    """Tests pass under a timeout that is shorter than the models take."""
    project.tests(
        TESTS
        + """
    import time
    def test_slow_itself(compare):
        time.sleep(0.7)
    """
    )
    result = project.spawn("--timeout=0.5")
    result.assert_outcomes(passed=5, failed=1)
    result.stdout.fnmatch_lines(["FAILED *test_slow_itself - Failed: Timeout*"])


def test_durations_do_not_count_the_models_time(project: "Project") -> None:
    """``--durations`` shows nothing that the models took."""
    result = project.run("--durations=0", "--durations-min=0.4")
    result.assert_outcomes(passed=5)
    result.stdout.no_fnmatch_line("*s call *")
    result.stdout.no_fnmatch_line("*s setup *")
    result.stdout.fnmatch_lines(["*durations < 0.4s hidden*"])


def test_plain_tests_before_the_first_evaluation_do_not_wait(project: "Project") -> None:
    """Models start before the first test that needs them, not earlier."""
    project.tests("""
        from pathlib import Path
        def test_first():
            assert not Path(__file__).with_name("engine.log").exists()
    """, name="test_a_plain.py")  # fmt: skip
    project.run().assert_outcomes(passed=6)


def test_time_is_in_the_record(project: "Project") -> None:
    """The record says what answering took."""
    plan = project.record()["run"]["plan"]
    assert 1.6 <= plan["seconds"] < 30
