"""``variations:`` in a task file, and ``result.robustness`` over them."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

CASES = 10
TESTS = """
    @pytest.mark.parametrize("task", [words])
    def test_is_robust(compare, task):
        result = compare(task)
        assert result.robustness >= 0.9
"""
VARIED = {"vary": "ask", "kinds": ["casing"], "paraphrases": "reworded"}


@pytest.fixture
def words(project: "Project") -> "Project":
    """Ten cases asked as q1, as Q1 and in other words; the good candidate answers all."""
    rows = [
        {
            "id": f"c{number}",
            "ask": f"q{number}",
            "word": f"w{number}",
            "reworded": [f"tell {number}", f"say {number}"],
        }
        for number in range(1, CASES + 1)
    ]
    project.task(rows=rows, prompt="{{ ask }} = {{ word }}", variations=VARIED)
    project.tests(TESTS)
    return project


def _rows(record: Any) -> dict[str | None, Any]:
    return {row["slice"]: row for row in record["comparisons"] if row["metric"] == "robustness"}


def test_a_robust_candidate(words: "Project") -> None:
    """Nothing lost on 30 variations of 10 cases: the ratio is 1, for base and candidate."""
    record = words.record()
    words.result.assert_outcomes(passed=1)
    rows = _rows(record)
    assert list(rows) == [None, "variation=casing", "variation=paraphrase"]
    assert {(row["base"], row["value"], row["n"]) for row in rows.values()} == {(1, 1, CASES)}
    (threshold,) = rows[None]["thresholds"]
    assert (threshold["text"], threshold["verdict"]) == ("robustness >= 0.9", "pass")


def test_a_brittle_candidate(words: "Project") -> None:
    """Six of ten wrong in upper case: brittle, named in the failure, the table and the notes."""
    words.adapter("good", wrong=[f"Q{number}" for number in range(1, 7)])
    record = words.record()
    words.result.assert_outcomes(failed=1)
    rows = _rows(record)
    assert rows["variation=casing"]["value"] == pytest.approx(0.4)
    assert rows["variation=paraphrase"]["value"] == 1
    assert rows[None]["value"] == pytest.approx(0.8)
    assert rows[None]["base"] == 1
    assert rows[None]["interval"][0] < rows[None]["delta"] < rows[None]["interval"][1]
    words.result.stdout.fnmatch_lines(
        [
            "words  robustness   10  1.000  0.800  -0.200*>= 0.9 *FAIL, not proven",
            "brittle: good keeps 0.80 of its score on words under varied cases (the base 1.00)",
        ]
    )
    accuracy = next(row for row in record["comparisons"] if row["metric"] == "exact_match")
    assert (accuracy["value"], accuracy["n"]) == (1, CASES)


ALL_PLAIN = [f"q{number}" for number in range(1, CASES + 1)]


def test_a_candidate_without_a_right_answer(words: "Project") -> None:
    """It has nothing to lose, which is no robustness: the test fails and says so."""
    words.adapter("good", wrong=ALL_PLAIN)
    record = words.record()
    words.result.assert_outcomes(failed=1)
    words.result.stdout.fnmatch_lines(
        ["*good has no robustness on task 'words': no plain case scored above 0 with exact_match*"]
    )
    assert _rows(record) == {}


def test_a_base_without_a_right_answer(words: "Project") -> None:
    """The candidate's own robustness holds; the base's, and a drop from it, are not known."""
    words.model("base", wrong=ALL_PLAIN)
    words.adapter("good", wrong=["Q1"])
    words.tests("""
        @pytest.mark.parametrize("task", [words])
        def test_value(compare, task):
            assert compare(task).robustness >= 0.9

        @pytest.mark.parametrize("task", [words])
        def test_drop(compare, task):
            assert compare(task).robustness.drop <= 0.1
    """)
    record = words.record()
    words.result.assert_outcomes(passed=1, failed=1)
    words.result.stdout.fnmatch_lines(["*is not known on these cases: base has no value*"])
    row = _rows(record)[None]
    assert (row["base"], row["delta"]) == (None, None)
    assert row["value"] == pytest.approx(29 / 30)
    assert [one["text"] for one in row["thresholds"]] == ["robustness >= 0.9"]


def test_a_brittle_candidate_beside_such_a_base(words: "Project") -> None:
    """The note speaks of the candidate alone."""
    words.model("base", wrong=ALL_PLAIN)
    words.adapter("good", wrong=[f"Q{number}" for number in range(1, 7)])
    words.record()
    words.result.stdout.fnmatch_lines(
        ["brittle: good keeps 0.80 of its score on words under varied cases"]
    )


def test_varied_answers_are_samples(words: "Project") -> None:
    """With ids of their own and their kind as a slice; they are no failures of the task."""
    words.adapter("good", wrong=["Q1"])
    record = words.record()
    lines = {line["case"]: line for line in words.samples() if line["variant"] == "good"}
    assert len(lines) == CASES * 4
    assert lines["c1~casing"]["slices"] == {"variation": "casing"}
    assert lines["c1~casing"]["scores"] == {"exact_match": 0}
    assert lines["c1~paraphrase.2"]["prompt"] == "say 1 = w1"
    assert [row["failed"] for row in record["failures"]] == [0]


def test_a_second_run_asks_nothing(words: "Project") -> None:
    """Varied answers are stored as all others, and the same seed makes the same noise."""
    first = words.record()
    asked = len(words.asked())
    assert asked == 2 * 4 * CASES
    assert words.comparable(words.record(folder="again")) == words.comparable(first)
    assert len(words.asked()) == asked


def test_with_workers(words: "Project") -> None:
    """The controller's record is that of one process."""
    alone = words.comparable(words.record())
    together = words.comparable(words.record("-n2", folder="again", spawn=True))
    assert together["comparisons"] == alone["comparisons"]


def test_replayed(words: "Project") -> None:
    """A replay decides from the samples alone."""
    record = words.record()
    replayed = words.record("--ftevals-replay=report", folder="again")
    words.result.assert_outcomes(passed=1)
    assert _rows(replayed) == _rows(record)


def test_a_variation_that_cannot_be_asked(words: "Project") -> None:
    """It fails the test of robustness, naming the case, and no gate on the plain cases."""
    words.model("base", refused=["Q3"])
    words.tests("""
        @pytest.mark.parametrize("task", [words])
        def test_kept(compare, task):
            assert compare(task).drop <= 3

        @pytest.mark.parametrize("task", [words])
        def test_robust(compare, task):
            assert compare(task).robustness >= 0.9
    """)
    record = words.record()
    words.result.assert_outcomes(passed=1, failed=1)
    words.result.stdout.fnmatch_lines(
        ["*base on case c3~casing of task words*: the prompt is too long*"]
    )
    assert _rows(record) == {}
    assert [row["metric"] for row in record["comparisons"]] == ["exact_match"]


def test_one_kind_alone(words: "Project") -> None:
    """A slice takes one kind; an unknown one is a clear error."""
    words.adapter("good", wrong=["Q1", "Q2"])
    words.tests("""
        @pytest.mark.parametrize("task", [words])
        def test_kinds(compare, task):
            robust = compare(task).robustness
            assert robust.slice("variation=paraphrase") >= 1
            assert robust.slice("variation=casing").value == pytest.approx(0.8)
            assert robust.slice("variation=typos") >= 0.9
    """)
    words.record()
    words.result.assert_outcomes(failed=1)
    words.result.stdout.fnmatch_lines(
        [
            "*no variation 'variation=typos'*",
            "*Variations: variation=casing, variation=paraphrase.*",
        ]
    )


def test_what_a_failure_says(words: "Project") -> None:
    """The worst varied cases, of one kind or of all, whose plain case the candidate got right."""
    words.adapter("good", wrong=["q1", "Q1", "Q2", "Q3", "say 4"])
    words.tests("""
        @pytest.mark.parametrize("task", [words])
        def test_casing(compare, task):
            assert compare(task).robustness.slice("variation=casing") >= 0.9

        @pytest.mark.parametrize("task", [words])
        def test_all(compare, task):
            assert compare(task).robustness >= 1
    """)
    result = words.run()
    result.assert_outcomes(failed=2)
    named = [line for line in result.outlines if line.startswith("case ")]
    assert named == [
        f"case {case} (wrong answer, regression from base): good 'wrong', base 'w{case[1]}'"
        for case in ("c2~casing", "c3~casing", "c2~casing", "c3~casing", "c4~paraphrase.2")
    ]


def test_tests_of_single_cases_ask_no_variations(words: "Project") -> None:
    """Only a comparison needs them."""
    words.tests("""
        @words.cases()
        def test_one(candidate, case):
            assert candidate.generate(case).text == case.expected
    """)
    words.record()
    words.result.assert_outcomes(passed=CASES)
    assert len(words.asked()) == CASES


def test_a_task_without_variations(project: "Project") -> None:
    """The message says how to get them."""
    project.task()
    project.tests(TESTS)
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*no variations to be robust against*", "*variations: {vary: COLUMN}*"]
    )
