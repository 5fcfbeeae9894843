"""A test's outcome is the verdict, thresholds are its evidence: messages, table and record."""

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project


@pytest.fixture(autouse=True)
def worse(project: "Project") -> None:
    """Make the candidate miss four of twenty cases, so that it drops by 20 points."""
    project.adapter("good", wrong=["c1", "c2", "c3", "c4"])
    project.task(cases=20, slices=["language"])


EXPLAINED = [
    "E *drop <= 3 does not hold for good on words: drop is 20.0 points (95% * n=20), *",
    "E *exact_match: base 1.000, good 0.800, -20.0 points (95% -*)",
    "E *case by case: 0 better, 4 worse, 16 the same (exact two-sided p = 0.125)",
    "E *case c1 (wrong answer, regression from base): good 'wrong', base 'w1'",
]
SECTION = [
    "*- ftevals -*",
    "drop <= 3: does not hold, * (exact_match: base 1.000, good 0.800; drop 20.0 points (95% *",
    "case c1 (wrong answer, regression from base): good 'wrong', base 'w1'",
]


def test_failed_assert_explains_itself(project: "Project") -> None:
    """Values, interval, n and the worst cases with their labels are in the message, uncut."""
    project.tests("def test_a(compare):\n    assert compare(words).drop <= 3\n")
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([*EXPLAINED, *SECTION])
    result.stdout.no_fnmatch_line("*Full output truncated*")
    result.stdout.fnmatch_lines(["FAILED test_evals.py::test_a - *drop <= 3 does not hold for*"])


@pytest.mark.parametrize(
    "body",
    [
        "assert 3 >= compare(words).drop",
        "assert compare(words).drop <= 3, 'my own message'",
        "ok = compare(words).drop <= 3; assert ok",
        "assert all([compare(words).drop <= 3])",
        "assert compare(words).drop <= 3 and True",
        "assert compare(words).drop <= 3 <= 4",
        "assert min(compare(words).drop <= 3, True)",
        "if compare(words).drop <= 3: return\n    pytest.fail('too bad')",
        "from helper import check; check(compare(words).drop)",
    ],
)
def test_section_is_there_however_it_is_asserted(project: "Project", body: str) -> None:
    """What assertion rewriting cannot explain, the section does."""
    (project.path / "helper.py").write_text("def check(drop):\n    assert drop <= 3\n")
    project.tests(f"def test_a(compare):\n    {body}\n")
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(SECTION)
    result.stdout.fnmatch_lines(["words * -20.0 * drop <= 3 * FAIL, *"])


@pytest.mark.slow
def test_section_is_there_without_assertion_rewriting(project: "Project") -> None:
    """``--assert=plain`` takes the explanation; the section says it all the same."""
    project.tests("def test_a(compare):\n    assert compare(words).drop <= 3\n")
    result = project.spawn("--assert=plain")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E * AssertionError", *SECTION])
    result.stdout.no_fnmatch_line("*does not hold for good*")


def test_chained_comparisons_record_both_sides(project: "Project") -> None:
    """Both bounds of ``0 <= drop <= 3`` are thresholds, and only the false one failed."""
    project.tests("def test_a(compare):\n    assert 0 <= compare(words).drop <= 3\n")
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*drop >= 0 * holds, proven*", "*drop <= 3 * FAIL, refuted*"])


def test_a_stored_verdict_shows_itself(project: "Project") -> None:
    """The repr of a verdict in a failed assert has the numbers."""
    project.tests("def test_a(compare):\n    ok = compare(words).drop <= 3\n    assert ok\n")
    project.run().stdout.fnmatch_lines(["E * assert <FAIL drop <= 3: drop is 20.0 points *"])


@pytest.mark.parametrize(
    ("body", "outcome", "verdicts"),
    [
        ("assert compare(words).drop <= 30", "passed", ["pass, not proven"]),
        ("assert compare(words).drop <= 90", "passed", ["pass, proven"]),
        ("assert compare(words).drop <= 3", "failed", ["FAIL, refuted"]),
        ("assert compare(words).drop <= 15", "failed", ["FAIL, not proven"]),
        ("assert not compare(words).drop <= 3", "passed", ["not required"]),
        (
            "assert compare(words).drop <= 3 or compare(words)['exact_match'] >= 0.7",
            "passed",
            ["not required", "pass, not proven"],
        ),
        ("assert compare(words).drop <= 30; assert 1 == 2", "failed", ["failed elsewhere"]),
        (
            "assert compare(words).drop <= 90; assert compare(words).drop <= 3",
            "failed",
            ["holds, proven", "FAIL, refuted"],
        ),
    ],
)
def test_verdicts_in_the_table(
    project: "Project", body: str, outcome: str, verdicts: list[str]
) -> None:
    """Each threshold's word follows from the test's outcome and what the threshold found."""
    project.tests(f"def test_a(compare):\n    {body}\n")
    record = project.record()
    project.result.assert_outcomes(**{outcome: 1})
    project.result.stdout.fnmatch_lines([f"* {verdict}*" for verdict in verdicts])
    assert record["tests"] == [
        {
            "nodeid": "test_evals.py::test_a",
            "outcome": outcome,
            "states_threshold": True,
            "message": record["tests"][0]["message"],
            "line": 4,
        }
    ]
    assert bool(record["tests"][0]["message"]) == (outcome == "failed")
    assert len(record["comparisons"][0]["thresholds"]) == len(verdicts)


def test_states_no_threshold(project: "Project") -> None:
    """A test that compares and holds nothing against a number is named, passed or not."""
    project.tests("""
        def test_looks(compare):
            compare(words)
        def test_plain_number(compare):
            assert compare(words).drop.value < 50
        @words.cases()
        def test_case(base, case):
            assert base.generate(case).text == case.expected
    """)
    record = project.record()
    assert project.result.ret == 0
    silent = [test["nodeid"] for test in record["tests"] if not test["states_threshold"]]
    assert silent == ["test_evals.py::test_looks", "test_evals.py::test_plain_number"]
    project.result.stdout.fnmatch_lines(["states no threshold: *test_looks*test_plain_number*"])


def test_slices_and_values_have_rows_of_their_own(project: "Project") -> None:
    """A threshold on a slice stands on the slice's row."""
    project.tests("""
        def test_a(compare):
            assert compare(words)["exact_match"].slice("language=de") >= 0.9
    """)
    record = project.record()
    stated = {row["slice"]: row["thresholds"] for row in record["comparisons"]}
    assert stated[None] == stated["language=en"] == []
    (threshold,) = stated["language=de"]
    assert (threshold["kind"], threshold["observed"], threshold["n_used"]) == ("value", 0.8, 10)
    project.result.stdout.fnmatch_lines(["*case c2 (wrong answer*", "*case c4 (wrong answer*"])
    project.result.stdout.fnmatch_lines(["words by language", "  de * >= 0.9 * FAIL, *"])


def test_outcomes_in_the_record(project: "Project") -> None:
    """Passed, failed, error, skipped and not run, in the order of the tests."""
    project.tests("""
        @pytest.fixture
        def broken(): raise RuntimeError("no connection")
        @pytest.fixture
        def sour():
            yield
            raise RuntimeError("at the end")
        def test_passed(compare): assert compare(words).drop <= 90
        def test_setup(compare, broken): assert compare(words).drop <= 90
        def test_teardown(compare, sour): assert compare(words).drop <= 90
        @pytest.mark.skip(reason="later")
        def test_skipped(compare): pass
        def test_skips(compare):
            assert compare(words).drop <= 90
            pytest.skip("here")
        @pytest.mark.xfail(reason="known")
        def test_xfailed(compare): assert compare(words).drop <= 3
        def test_failed(compare): assert compare(words).drop <= 3
        def test_not_run(compare): assert compare(words).drop <= 90
    """)
    record = project.record("-x", "--maxfail=3")
    outcomes = {test["nodeid"].partition("::test_")[2]: test["outcome"] for test in record["tests"]}
    assert outcomes == {
        "passed": "passed",
        "setup": "error",
        "teardown": "error",
        "skipped": "skipped",
        "skips": "skipped",
        "xfailed": "skipped",
        "failed": "failed",
        "not_run": "not run",
    }
    lines = project.result.stdout
    lines.fnmatch_lines(["* drop <= 90 * no verdict*"])
    lines.fnmatch_lines(
        [
            "error: test_evals.py::test_setup: RuntimeError: no connection",
            "error: test_evals.py::test_teardown: RuntimeError: at the end",
        ]
    )
    lines.fnmatch_lines(["skipped: test_evals.py::test_skipped*"])
    lines.fnmatch_lines(["did not run: test_evals.py::test_not_run"])


def test_fails_fast(project: "Project") -> None:
    """With ``-x`` the tests after the first failure did not run, and are named."""
    project.tests("""
        def test_1(compare): assert compare(words).drop <= 3
        @words.cases()
        def test_2(base, case): assert base.generate(case).text
    """)
    result = project.run("-x")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["did not run: test_evals.py::test_2[[]c1]", "*10 more*"])


@pytest.mark.parametrize("bound", [3, 90])
def test_junit_agrees_with_the_exit_code(project: "Project", bound: int) -> None:
    """Failures, errors and skips in the XML are those of the run."""
    project.tests(f"""
        def test_kept(compare): assert compare(words).drop <= {bound}
        @pytest.mark.skip
        def test_skipped(compare): pass
        @pytest.mark.pass_rate(drop={bound})
        @words.cases()
        def test_rate(model, case): assert model.generate(case).text == case.expected
        def test_not(compare): assert not compare(words).drop <= 3
    """)
    result = project.run("--junit-xml=junit.xml")
    suite = ET.parse(project.path / "junit.xml").getroot()[0]  # noqa: S314 - pytest wrote it
    failed = 2 if bound == 3 else 0
    assert result.ret == (1 if failed else 0)
    assert suite.attrib["failures"] == str(failed)
    assert (suite.attrib["errors"], suite.attrib["skipped"]) == ("0", "1")
    assert suite.attrib["tests"] == "4"
    if failed:
        assert "drop is 20.0 points" in ET.tostring(suite, encoding="unicode")


def test_reruns_of_a_comparison_in_one_test_count_once(project: "Project") -> None:
    """A threshold stated twice is one line; two tests that state it are two."""
    project.tests("""
        def test_a(compare):
            for _ in range(3):
                assert compare(words).drop <= 90
        def test_b(compare): assert compare(words).drop <= 90
    """)
    record = project.record()
    assert [one["test"][-6:] for one in record["comparisons"][0]["thresholds"]] == [
        "test_a",
        "test_b",
    ]


def test_error_in_the_body_keeps_its_traceback(project: "Project") -> None:
    """A bug in a test is shown as pytest shows it."""
    project.tests("""
        def test_a(compare):
            assert compare(words).drop <= 90
            {}["missing"]
    """)
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *KeyError: 'missing'", "test_evals.py:7: KeyError"])
    result.stdout.fnmatch_lines(["* drop <= 90 * failed elsewhere*"])
