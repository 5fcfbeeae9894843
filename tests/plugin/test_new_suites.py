"""What ``pytest-ftevals new`` writes runs as it is, and fails where a candidate loses something."""

from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.command import main

if TYPE_CHECKING:
    from tests.plugin.conftest import Project


@pytest.mark.parametrize(
    ("kind", "tests", "metrics"),
    [
        ("choice", 2, {"accuracy"}),
        ("generate", 3, {"accuracy", "f1_macro", "test_replies_with_a_word"}),
    ],
)
def test_a_new_suite_runs(project: "Project", kind: str, tests: int, metrics: set[str]) -> None:
    """All of its tests pass on a candidate that answers as the base does."""
    assert main(["new", "quiz", "--kind", kind, "--folder", str(project.path)]) == 0
    record = project.record("test_quiz.py", "-W", "error")
    project.result.assert_outcomes(passed=tests)
    assert {row["metric"] for row in record["comparisons"]} == metrics
    assert all(test["states_threshold"] for test in record["tests"])
    assert [task["n"] for task in record["tasks"]] == [8]
    stated = [one["text"] for row in record["comparisons"] for one in row["thresholds"]]
    column = "category" if kind == "choice" else "language"
    assert sum(text.startswith(f"drop[{column}=") for text in stated) == 2


def test_its_thresholds_can_fail(project: "Project") -> None:
    """A candidate that loses what the base had right."""
    assert main(["new", "quiz", "--folder", str(project.path)]) == 0
    # The last line of every prompt is its question to the fake engine, and its right reply.
    task = (project.path / "quiz.task.yaml").read_text()
    task = task.replace('nAnswer:"', "nAnswer {{ id | default('dev') }} = {{ answer }}\"")
    (project.path / "quiz.task.yaml").write_text(task)
    project.adapter("good", wrong=["Answer c2", "Answer g2"])
    record = project.record("test_quiz.py")
    assert record["tasks"][0]["n"] == 8
    project.result.assert_outcomes(passed=1, failed=1)
    project.result.stdout.fnmatch_lines(["*drop <= 15 does not hold for good on quiz: drop is 25*"])
