"""``pass_rate``: any assert becomes a metric."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project


def _rated(project: "Project", mark: str, body: str = "", *, cases: int = 10) -> None:
    """Write the task and one rated test; its body is an exact match unless given."""
    project.task(cases=cases)
    body = body or "assert model.generate(case).text == case.expected"
    project.tests(
        f"@pytest.mark.pass_rate({mark})\n@words.cases()\n"
        f"def test_exact(model, case, tmp_path):\n    {body}\n"
    )


def _row(record: object) -> dict[str, object]:
    assert isinstance(record, dict)
    (row,) = [row for row in record["comparisons"] if row["metric"] == "test_exact"]
    assert isinstance(row, dict)
    return row


@pytest.mark.parametrize(
    ("wrong", "base_wrong", "mark", "passes"),
    [
        (0, 0, "at_least=1", True),
        (2, 0, "at_least=0.8", True),
        (3, 0, "at_least=0.8", False),
        (1, 0, "drop=10", True),
        (2, 0, "drop=10", False),
        (2, 2, "drop=0", True),
        (5, 9, "at_least=0.5, drop=0", True),
        (6, 9, "at_least=0.5, drop=0", False),
        (1, 0, "at_least=0.5, drop=3", False),
        (10, 10, "at_least=0", True),
    ],
)
def test_rate_and_drop_decide(
    project: "Project", wrong: int, base_wrong: int, mark: str, passes: bool
) -> None:
    """The test passes where the candidate's rate and its drop from the base hold."""
    project.model("base", wrong=[f"c{number}" for number in range(1, base_wrong + 1)])
    project.adapter("good", wrong=[f"c{number}" for number in range(1, wrong + 1)])
    _rated(project, mark)
    record = project.record()
    project.result.assert_outcomes(passed=int(passes), failed=int(not passes))
    row = _row(record)
    assert row["n"] == 10
    assert row["value"] == pytest.approx(1 - wrong / 10)
    assert row["base"] == pytest.approx(1 - base_wrong / 10)
    thresholds = row["thresholds"]
    assert isinstance(thresholds, list)
    assert len(thresholds) == mark.count("=")
    assert all(one["holds"] for one in thresholds) is passes


def test_failure_says_rate_interval_and_first_misses(project: "Project") -> None:
    """The message has the threshold, the rate, its interval, n, and why cases missed."""
    project.adapter("good", wrong=[f"c{number}" for number in range(1, 8)])
    _rated(project, "at_least=0.9")
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "test_exact >= 0.9 does not hold for good on words: *0.300 (95% *n=10), refuted",
            "  case c1: assert 'wrong' == 'w1'",
            "  case c5: assert 'wrong' == 'w5'",
            "  and 2 more",
            "*- ftevals -*",
            "words *test_exact *10 *100.0 *30.0 *-70.0 *>= 0.9 *FAIL, refuted*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize(
    ("misses", "outcome"),
    [
        ("", "failed"),
        (", misses=KeyError", "passed"),
        (", misses=(KeyError, ValueError)", "passed"),
        (", misses=[LookupError]", "passed"),
        (", misses=ValueError", "failed"),
    ],
)
def test_errors_of_the_body_are_no_misses_unless_named(
    project: "Project", misses: str, outcome: str
) -> None:
    """A bug would miss every case of both variants alike and never be noticed."""
    _rated(project, f"drop=0{misses}", "assert case.row['wrod'] is None")
    result = project.run()
    result.assert_outcomes(**{outcome: 1})
    if outcome == "failed":
        result.stdout.fnmatch_lines(["E * KeyError: 'wrod'", "E *raised on case c1 for base*"])


def test_pytest_fail_is_a_miss(project: "Project") -> None:
    """``pytest.fail`` misses one case like a failed assertion."""
    _rated(project, "at_least=0.9", "if case.id == 'c1': pytest.fail('not this one')")
    record = project.record()
    project.result.assert_outcomes(passed=1)
    assert _row(record)["value"] == 0.9


def test_reply_json_is_a_miss(project: "Project") -> None:
    """A reply that is no JSON misses its case and no more."""
    project.adapter("good", replies={"c1": "{}", "c2": '{"a": 1}'})
    project.model("base", replies={"c1": "{}", "c2": '{"a": 1}'})
    _rated(project, "at_least=0.6", "model.generate(case).json()", cases=3)
    project.run().assert_outcomes(passed=1)


def test_skipped_cases_are_excluded_and_named(project: "Project") -> None:
    """A skip inside the body leaves its case out on both sides; the report names it."""
    project.adapter("good", wrong=["c1"])
    _rated(
        project,
        "at_least=0.7",
        "if case.id == 'c2': pytest.skip('unclear')\n"
        "    assert model.generate(case).text == case.expected",
        cases=5,
    )
    record = project.record()
    project.result.assert_outcomes(passed=1)
    row = _row(record)
    assert (row["n"], row["value"], row["excluded"]) == (4, 0.75, ["c2"])
    project.result.stdout.fnmatch_lines(
        ["excluded from words test_exact (good): 1 case *: c2 (the test skipped this case)"]
    )


def test_all_cases_skipped_is_not_green(project: "Project") -> None:
    """A rate over no case is no pass, and no crash."""
    _rated(project, "at_least=0", "pytest.skip('never')")
    result = project.run()
    result.assert_outcomes(failed=1)
    output = result.stdout.str() + result.stderr.str()
    assert "INTERNALERROR" not in output
    result.stdout.fnmatch_lines(["*no case of task 'words' could be scored with test_exact*"])


def test_one_item_a_candidate(project: "Project") -> None:
    """One candidate: no id. Several: one test each, named after it; the base's row is shared."""
    project.adapter("bad", wrong=["c1", "c2"])
    _rated(project, "at_least=1")
    project.run("-v").stdout.fnmatch_lines(["*::test_exact PASSED*"])
    record = project.record("-v", "--ftevals-candidate=good", "--ftevals-candidate=bad")
    project.result.assert_outcomes(passed=1, failed=1)
    project.result.stdout.fnmatch_lines(
        ["*::test_exact[[]good] PASSED*", "*::test_exact[[]bad] FAILED*"]
    )
    rows = [row for row in record["comparisons"] if row["metric"] == "test_exact"]
    assert [(row["candidate"], row["value"]) for row in rows] == [("good", 1.0), ("bad", 0.8)]


def test_other_parameters_and_fixtures(project: "Project") -> None:
    """A rated test may take fixtures, other parameters, and be a method."""
    project.task(cases=2)
    project.tests("""
        class TestRates:
            @pytest.mark.parametrize("upper", [True, False])
            @pytest.mark.pass_rate(at_least=1)
            @words.cases()
            def test_exact(self, model, upper, case, tmp_path):
                assert tmp_path.is_dir()
                text = model.generate(case).text
                assert (text.upper() if upper else text) == case.expected
    """)
    record = project.record()
    project.result.assert_outcomes(passed=1, failed=1)
    stated = [
        (one["test"].partition("::")[2], one["observed"])
        for row in record["comparisons"]
        for one in row["thresholds"]
    ]
    assert sorted(stated) == [
        ("TestRates::test_exact[False]", 1.0),
        ("TestRates::test_exact[True]", 0.0),
    ]


def test_fails_fast_and_last_failed(project: "Project") -> None:
    """``-x`` stops after a failed rate, ``--lf`` runs it alone, with all its cases."""
    project.adapter("good", wrong=["c1"])
    _rated(project, "at_least=1", cases=3)
    project.tests("""
        @pytest.mark.evaluates(words)
        def test_kept(compare): assert compare(words).drop <= 50
    """, name="test_more.py")  # fmt: skip
    record = project.record("-x")
    project.result.assert_outcomes(failed=1)
    assert [test["outcome"] for test in record["tests"]] == ["failed", "not run"]
    record = project.record("--lf")
    project.result.assert_outcomes(failed=1)
    assert _row(record)["n"] == 3


def test_sections_with_several_selected(project: "Project") -> None:
    """``-k`` selects a rated test whole, or not at all: a part of its cases has no id."""
    _rated(project, "at_least=1", cases=3)
    project.run("-k", "test_exact").assert_outcomes(passed=1)
    result = project.run("-k", "test_exact and c1")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.slow
def test_under_xdist(project: "Project") -> None:
    """Workers decide the same rates."""
    project.adapter("bad", wrong=["c1", "c2"])
    _rated(project, "at_least=0.9, drop=5")
    options = ["--ftevals-candidate=good", "--ftevals-candidate=bad"]
    alone = project.record(*options)
    spread = project.record(*options, "-n", "2", folder="spread", spawn=True)
    project.result.assert_outcomes(passed=1, failed=1)
    assert alone["comparisons"] == spread["comparisons"]
    assert alone["tests"] == spread["tests"]


def test_real_rate(real: "Project") -> None:
    """Real models' replies are rated, base against adapter."""
    real.task(cases=3, decode={"max_new_tokens": 3})
    real.tests("""
        @pytest.mark.pass_rate(at_least=1, drop=0)
        @words.cases()
        def test_exact(model, case):
            assert isinstance(model.generate(case).text, str)
    """)
    record = real.record()
    real.result.assert_outcomes(passed=1)
    assert (_row(record)["value"], _row(record)["base"]) == (1.0, 1.0)


def test_skipping_for_one_side_only_decides_nothing(project: "Project") -> None:
    """A candidate must not pass on the cases that its body let it skip."""
    project.task("words", cases=4)
    project.tests(
        """
        words = load_task("words.task.yaml")

        @pytest.mark.pass_rate(at_least=0.5)
        @words.cases()
        def test_rate(model, case):
            if model.name != "base" and case.id > "c1":
                pytest.skip("parse trouble")
            assert model.generate(case).text
        """
    )
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the body skipped 3 cases for one of base and good only*"])


def test_default_arguments_are_no_fixtures(project: "Project") -> None:
    """A body may have arguments with defaults, as any test may."""
    project.task("words", cases=2)
    project.tests(
        """
        words = load_task("words.task.yaml")

        @pytest.mark.pass_rate(at_least=0.5)
        @words.cases()
        def test_rate(model, case, tries=3):
            assert tries == 3
        """
    )
    project.run().assert_outcomes(passed=1)
