"""A choice task measured by accuracy and by choice_probability, from task file to verdict."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

TESTS = """
    quiz = load_task("quiz.task.yaml")

    @pytest.mark.evaluates(quiz)
    def test_answers_are_kept(compare):
        assert compare(quiz).drop <= 0

    @pytest.mark.evaluates(quiz)
    def test_certainty_is_kept(compare):
        result = compare(quiz)
        assert result["choice_probability"].drop <= 2
"""
CERTAIN = 0.8807970779778823
"""1 / (1 + exp(-2)): the fake engine gives the right option -1 and the other -3."""
UNSURE = 0.7310585786300049
"""1 / (1 + exp(-1)): a wrong reply is no option, and the options have -2 and -3."""


@pytest.fixture
def quiz(project: "Project") -> "Project":
    """Four questions, the first of two options right."""
    project.choice(metrics=["accuracy", "choice_probability"])
    project.tests(TESTS)
    return project


def test_a_candidate_that_keeps_both_passes(quiz: "Project") -> None:
    """Equal answers with equal certainty: both thresholds hold."""
    record = quiz.record()
    quiz.result.assert_outcomes(passed=2)
    (row,) = [row for row in record["comparisons"] if row["metric"] == "choice_probability"]
    assert (row["base"], row["value"]) == pytest.approx((CERTAIN, CERTAIN))
    assert (row["delta"], row["n"], row["ties"]) == (0, 4, 4)


def test_it_sees_what_accuracy_does_not(quiz: "Project") -> None:
    """The same choices with less certainty: accuracy keeps, the probability falls by 15 points."""
    wrong = ["q1", "q2", "q3", "q4"]
    quiz.adapter("good", wrong=wrong)
    record = quiz.record()
    quiz.result.assert_outcomes(passed=1, failed=1)
    quiz.result.stdout.fnmatch_lines(["FAILED test_evals.py::test_certainty_is_kept*"])
    rows = {row["metric"]: row for row in record["comparisons"]}
    assert (rows["accuracy"]["value"], rows["accuracy"]["delta"]) == (1, 0)
    assert rows["choice_probability"]["value"] == pytest.approx(UNSURE)
    assert rows["choice_probability"]["delta"] == pytest.approx(100 * (UNSURE - CERTAIN))
    assert rows["choice_probability"]["losses"] == 4
    scores = [line["scores"] for line in quiz.samples() if line["variant"] == "good"]
    assert [one["accuracy"] for one in scores] == [1, 1, 1, 1]
    assert [one["choice_probability"] for one in scores] == pytest.approx([UNSURE] * 4)


def test_clusters_keep_what_is_stored(quiz: "Project") -> None:
    """`cluster:` says how cases hang together, not what is asked: no answer is computed again."""
    quiz.run().assert_outcomes(passed=2)
    asked = quiz.asked()
    path = quiz.path / "quiz.task.yaml"
    path.write_text(path.read_text() + "cluster: id\n")
    quiz.run().assert_outcomes(passed=2)
    assert quiz.asked() == asked
    assert asked
