"""`result["accuracy"].macro(COLUMN)` in a run: micro and macro averages side by side."""

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from pytest_ftevals.reports import schemas

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

SUBJECTS = (*["law"] * 60, *["physics"] * 30, *["art"] * 10)


@pytest.fixture
def suite(project: "Project") -> "Project":
    """The base misses 5 of 10 on art, the candidate 6 of 60 on law: it gains by macro alone."""
    rows = [
        {"id": f"q{n}", "choices": ["no", "yes"], "subject": subject}
        for n, subject in enumerate(SUBJECTS, start=1)
    ]
    project.model("base", wrong=[f"q{n}" for n in range(91, 96)])
    project.adapter("good", wrong=[f"q{n}" for n in range(1, 7)])
    project.task(
        "quiz",
        rows=rows,
        kind="choice",
        prompt="{{ id }} = yes",
        expected=None,
        answer="yes",
        score="texts",
        metrics=["accuracy"],
        slices=["subject"],
    )
    project.tests("""
        quiz = load_task("quiz.task.yaml")
        def test_averages(compare):
            accuracy = compare(quiz)["accuracy"]
            assert accuracy <= 0.94
            assert accuracy.macro("subject") >= 0.96
            assert accuracy.macro("subject").gain > 10
            assert accuracy.gain.macro("subject") == accuracy.macro("subject").gain
            assert accuracy.drop.macro("subject") <= 1
    """)
    return project


def macro(record: Any, candidate: str = "good", reference: str = "base") -> Any:
    """Return the row of the mean over subjects."""
    (row,) = (
        row
        for row in record["comparisons"]
        if (row["slice"], row["candidate"], row["reference"])
        == ("macro(subject)", candidate, reference)
    )
    return row


def test_the_record(suite: "Project") -> None:
    """Each subject counts the same; pairs are kept, so that the gain is sharp."""
    record = suite.record()
    suite.result.assert_outcomes(passed=1)
    jsonschema.validate(record, schemas.record_schema(), cls=jsonschema.Draft202012Validator)
    row = macro(record)
    assert (row["base"], row["value"]) == pytest.approx(((1 + 1 + 0.5) / 3, (0.9 + 1 + 1) / 3))
    assert row["delta"] == pytest.approx(100 * (0.5 - 0.1) / 3)
    assert (row["n"], row["unit"], row["higher_is_better"]) == (100, "points", True)
    assert row["method"] == "macro tango"
    assert row["interval"][0] < row["delta"] < row["interval"][1]
    assert [one["text"] for one in row["thresholds"]] == [
        "accuracy[macro(subject)] >= 0.96",
        "gain[macro(subject)] > 10",
        "drop[macro(subject)] <= 1",
    ]
    (micro,) = (row for row in record["comparisons"] if row["slice"] is None)
    assert (micro["base"], micro["value"]) == pytest.approx((0.95, 0.94))
    suite.result.stdout.fnmatch_lines(["quiz by subject", "  macro(subject)*>= 0.96 *pass*"])


def test_a_failure(suite: "Project") -> None:
    """It says what the mean is over."""
    suite.tests("""
        quiz = load_task("quiz.task.yaml")
        def test_average(compare):
            assert compare(quiz)["accuracy"].macro("subject") >= 0.99
    """)
    suite.run().stdout.fnmatch_lines(
        [
            "*accuracy[[]macro(subject)] >= 0.99 does not hold for good on quiz: accuracy is *",
            "E * accuracy macro(subject): base 0.833, good 0.967, +13.3 points (95% *)",
            "E * mean over 3 slices of 10 to 60 cases",
        ]
    )


def test_against_a_saved_run_and_of_seeds(suite: "Project") -> None:
    """Another reference has a row of its own; a group's noise of training widens its interval."""
    suite.run("--ftevals-save=prod")
    for number in range(3):
        suite.adapter(f"out/s{number}", wrong=[f"q{n}" for n in range(1, 3 * number + 1)])
    suite.tests("""
        quiz = load_task("quiz.task.yaml")
        def test_base(compare):
            assert compare(quiz)["accuracy"].macro("subject") >= 0.9
        def test_saved(compare):
            assert compare(quiz).against["accuracy"].macro("subject").drop <= 3
    """)
    record = suite.record("--ftevals-candidate=r8=[out/s0,out/s1,out/s2]", "--ftevals-against=prod")
    suite.result.assert_outcomes(passed=2)
    row = macro(record, "r8")
    assert row["value"] == pytest.approx((1 - 3 / 60 + 1 + 1) / 3)
    assert (row["seeds"], row["seed_sd"]) == (3, pytest.approx(100 * 3 / 60 / 3))
    assert row["method"].endswith(", seeds")
    assert macro(record, "r8", "prod")["base"] == pytest.approx(0.9666667)


def test_values_that_are_no_means(suite: "Project") -> None:
    """The mean of each subject's own F1."""
    rows = [
        {"id": f"q{n}", "word": ("yes", "no")[n % 2], "subject": ("a", "b")[n % 3 == 0]}
        for n in range(1, 41)
    ]
    suite.task("words", rows=rows, slices=["subject"], metrics=["f1_macro"])
    suite.tests("""
        def test_average(compare):
            accuracy = compare(words)["f1_macro"]
            each = [one.value for one in accuracy.by("subject").values()]
            assert accuracy.macro("subject") == pytest.approx(sum(each) / 2)
            assert accuracy.macro("subject") >= 0.5
    """)
    record = suite.record()
    suite.result.assert_outcomes(passed=1)
    assert macro(record)["method"] == "mover"


def test_an_unknown_column_is_a_mistake(suite: "Project") -> None:
    """It names those there are."""
    suite.tests("""
        quiz = load_task("quiz.task.yaml")
        def test_average(compare):
            assert compare(quiz)["accuracy"].macro("topic") >= 0
    """)
    suite.run().stdout.fnmatch_lines(["*task 'quiz' makes no slices of 'topic'*", "*: subject.*"])
