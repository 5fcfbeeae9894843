"""``--ftevals-case``: one case under the magnifying glass."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

PER_CASE = """
    @words.cases()
    def test_case(candidate, case):
        assert candidate.generate(case).text == case.expected
"""
RATED = """
    @pytest.mark.pass_rate(at_least=0.5)
    @words.cases()
    def test_rate(model, case):
        assert model.generate(case).text == case.expected
"""


def test_narrows_per_case_tests(project: "Project") -> None:
    """Only the named case's test is made, and only its answer is computed."""
    project.task()
    project.tests(PER_CASE)
    result = project.run("--ftevals-case=c2", "-v")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*::test_case[[]c2] PASSED*"])
    assert project.asked() == [("good", "c2")]


def test_may_be_repeated(project: "Project") -> None:
    """Several ids give several tests, in data order."""
    project.task()
    project.tests(PER_CASE)
    record = project.record("--ftevals-case=c5", "--ftevals-case=c2")
    assert [test["nodeid"][-4:] for test in record["tests"]] == ["[c2]", "[c5]"]
    assert record["run"]["options"]["cases"] == ["c5", "c2"]


def test_unknown_id_is_a_usage_error(project: "Project") -> None:
    """An id that no task has is named, together with the ids that there are."""
    project.task()
    project.tests(PER_CASE)
    result = project.run("--ftevals-case=c7")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--ftevals-case*'c7'*", "*words from c1 to c6*"])


def test_task_without_the_case_is_skipped(project: "Project") -> None:
    """A task that lacks the case has nothing to show; another that has it runs."""
    project.task()
    project.task("few", cases=2)
    project.tests(
        PER_CASE
        + """
    few = load_task("few.task.yaml")
    @few.cases()
    def test_few(candidate, case):
        assert candidate.generate(case).text == case.expected
    """
    )
    project.run("--ftevals-case=c5").assert_outcomes(passed=1, skipped=1)


def test_decides_no_rate(project: "Project") -> None:
    """A rate over a part of the cases is not green, and shows what the body said."""
    project.task()
    project.adapter("good", wrong=["c2"])
    project.tests(RATED)
    result = project.run("--ftevals-case=c2", "--ftevals-case=c3")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["2 of 6 cases ran: the rate is not decided", "*case c2: assert 'wrong' == 'w2'*"]
    )


def test_all_ids_named_decide_a_rate(project: "Project") -> None:
    """Naming every case is not narrowing."""
    project.task(cases=2)
    project.tests(RATED)
    project.run("--ftevals-case=c1", "--ftevals-case=c2").assert_outcomes(passed=1)


def test_leaves_comparisons_whole(project: "Project") -> None:
    """A comparison is over the whole task still, so that its verdict is the same."""
    project.task()
    project.tests(PER_CASE)
    project.tests("""
        def test_kept(compare): assert compare(words).drop <= 3
    """, name="test_whole.py")  # fmt: skip
    record = project.record("--ftevals-case=c1")
    project.result.assert_outcomes(passed=2)
    assert record["comparisons"][0]["n"] == 6


def test_a_selection_without_the_case_is_refused(project: "Project") -> None:
    """The case exists, but `-k` leaves no test of it: nothing would run, and that is not green."""
    project.task("words", cases=2)
    project.task("others", cases=5)
    project.tests(
        """
        words, others = load_task("words.task.yaml"), load_task("others.task.yaml")

        @words.cases()
        def test_words(candidate, case):
            assert candidate.generate(case).text

        @others.cases()
        def test_others(candidate, case):
            assert candidate.generate(case).text
        """
    )
    result = project.run("--ftevals-case=c5", "-k", "test_words")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*--ftevals-case: no selected test has a case 'c5'"])
