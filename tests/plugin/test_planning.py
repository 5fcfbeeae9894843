"""What is planned: exactly what the selected tests need, each request once."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project


def _planned(result: pytest.RunResult) -> str:
    (line,) = [one for one in result.outlines if one.startswith("ftevals: ")]
    return line.removeprefix("ftevals: ")


MIXED = """
    quiz = load_task("quiz.task.yaml")
    @pytest.mark.parametrize("task", [words, quiz])
    def test_task(compare, task):
        assert compare(task).drop <= 3
    @words.cases()
    def test_case(candidate, case):
        assert candidate.generate(case).text == case.expected
    @pytest.mark.pass_rate(at_least=0.5)
    @words.cases()
    def test_rate(model, case):
        assert model.generate(case).text == case.expected
    def test_plain():
        assert True
"""


@pytest.fixture
def mixed(project: "Project") -> "Project":
    """Return a project with tests of every kind: 6 cases of one task, 4 of another."""
    project.task()
    project.choice()
    project.tests(MIXED)
    return project


def test_plan_line_counts_tests_variants_and_requests(mixed: "Project") -> None:
    """Requests are counted with repeats, and once each; plain tests are no evaluations."""
    result = mixed.run("--collect-only", "-q")
    # (6 + 4) x 2 of the comparisons, 6 per case, 6 x 2 of the rate
    assert _planned(result) == (
        "9 tests \u00b7 2 variants \u00b7 38 requests \u00b7 20 unique \u00b7 0 stored "
        "\u00b7 20 to run"
    )
    assert not mixed.log()


def test_plan_line_knows_what_is_stored(mixed: "Project") -> None:
    """After a run of a part, the rest is to run; after a whole run nothing is."""
    mixed.run("-k", "test_case").assert_outcomes(passed=6, deselected=4)
    assert _planned(mixed.run("--collect-only")).endswith("6 stored \u00b7 14 to run")
    mixed.run()
    loads = mixed.log()
    assert _planned(mixed.run("--collect-only")).endswith("20 stored \u00b7 0 to run")
    assert mixed.log() == loads


def test_candidates_multiply_the_plan(mixed: "Project") -> None:
    """Each candidate adds its own requests; the base's are shared."""
    mixed.adapter("other")
    result = mixed.run("--collect-only", "--ftevals-candidate=good", "--ftevals-candidate=other")
    assert _planned(result).startswith(
        "18 tests \u00b7 3 variants \u00b7 76 requests \u00b7 30 unique"
    )


def test_setup_plan_asks_nothing(mixed: "Project") -> None:
    """``--setup-plan`` shows what would be set up, and loads no model."""
    assert mixed.run("--setup-plan").ret == 0
    assert not mixed.log()


@pytest.mark.slow
def test_collect_only_imports_nothing_heavy(real: "Project") -> None:
    """Planning with real models imports no torch, cold and with a store."""
    real.task(cases=2, decode={"max_new_tokens": 2})
    real.choice()
    real.tests(MIXED)
    real.watch_imports()
    cold = real.spawn("--collect-only")
    cold.stdout.fnmatch_lines(["heavy imports: []"])
    assert _planned(cold).endswith("0 stored \u00b7 12 to run")
    real.run()
    warm = real.spawn("--collect-only")
    warm.stdout.fnmatch_lines(["heavy imports: []"])
    assert _planned(warm).endswith("12 stored \u00b7 0 to run")


@pytest.mark.parametrize(
    ("arguments", "requests", "unique"),
    [
        (["-k", "quiz"], 8, 8),
        (["-k", "test_case and (c1 or c4)"], 2, 2),
        (["-m", "pass_rate"], 12, 12),
        (["--deselect", "test_evals.py::test_task"], 18, 12),
        (["test_evals.py::test_case[c2]", "test_evals.py::test_case[c3]"], 2, 2),
    ],
)
def test_selection_narrows_the_plan(
    mixed: "Project", arguments: list[str], requests: int, unique: int
) -> None:
    """What is not selected is not asked."""
    result = mixed.run("--collect-only", *arguments)
    assert f" {requests} requests \u00b7 {unique} unique" in _planned(result)
    assert mixed.run(*arguments).ret == 0
    assert len(mixed.asked()) == unique


def test_last_failed_asks_only_what_failed(mixed: "Project") -> None:
    """``--lf`` plans the failed tests only."""
    mixed.adapter("good", wrong=["c2"])
    mixed.run("-k", "test_case").assert_outcomes(passed=5, failed=1, deselected=4)
    result = mixed.run("--lf", "--collect-only")
    assert _planned(result).startswith(
        "1 test \u00b7 1 variant \u00b7 1 request \u00b7 1 unique \u00b7 1 stored"
    )


def test_skipped_tests_ask_nothing(project: "Project") -> None:
    """``skip`` and a true ``skipif`` leave requests out; a false one does not."""
    project.task()
    project.choice()
    project.tests("""
        quiz = load_task("quiz.task.yaml")
        @pytest.mark.skip
        @words.cases()
        def test_a(candidate, case): pass
        @pytest.mark.skipif(True, reason="no")
        @pytest.mark.evaluates(words)
        def test_b(compare): pass
        @pytest.mark.skipif(False, reason="yes")
        @pytest.mark.evaluates(quiz)
        def test_c(compare): assert compare(quiz).drop <= 3
        @pytest.mark.parametrize("task", [pytest.param(words, marks=pytest.mark.skip), quiz])
        def test_d(compare, task): assert compare(task).drop <= 3
    """)
    project.run().assert_outcomes(passed=2, skipped=8)
    assert {case for _, case in project.asked()} == {"q1", "q2", "q3", "q4"}
    assert len(project.asked()) == 8


def test_skipped_tests_need_no_models(project: "Project") -> None:
    """Where every evaluation is skipped, no base and no candidate need to be named."""
    project.ini(base=None, candidate=None)
    project.task()
    project.tests("""
        pytestmark = pytest.mark.skip(reason="no GPU here")
        def test_a(compare): assert compare(words).drop <= 3
    """)
    project.run().assert_outcomes(skipped=1)


@pytest.mark.parametrize(
    "source",
    [
        """
        @pytest.mark.parametrize("task", [words])
        def test_kept(compare, task): assert compare(task).drop <= 3
        """,
        """
        class TestWords:
            @pytest.mark.parametrize("task", [words])
            def test_kept(self, compare, task): assert compare(task).drop <= 3
        """,
        """
        @pytest.mark.evaluates(words)
        class TestWords:
            def test_kept(self, compare): assert compare(words).drop <= 3
        """,
        """
        @pytest.fixture
        def task(request): return request.param
        @pytest.mark.parametrize("task", [words], indirect=True)
        def test_kept(compare, task): assert compare(task).drop <= 3
        """,
        """
        @pytest.fixture(params=[words])
        def task(request): return request.param
        def test_kept(compare, task): assert compare(task).drop <= 3
        """,
        """
        @pytest.fixture(scope="module", params=[words], autouse=True)
        def task(request): return request.param
        def test_kept(compare, task): assert compare(task).drop <= 3
        """,
        """
        pytestmark = pytest.mark.evaluates(words)
        @pytest.fixture
        def result(compare): return compare(words)
        def test_kept(result): assert result.drop <= 3
        """,
    ],
    ids=["parametrize", "method", "class", "indirect", "fixture", "module", "own_fixture"],
)
def test_tasks_are_found_however_they_reach_a_test(project: "Project", source: str) -> None:
    """Parameters, fixtures' parameters and marks are all planned."""
    project.task()
    project.tests(source)
    result = project.run()
    result.assert_outcomes(passed=1)
    assert " 12 requests \u00b7 12 unique" in _planned(result)


def test_ids_name_tasks_and_cases(project: "Project") -> None:
    """Test ids have the task's name and the case's id, through other parameters too."""
    project.task(rows=[{"id": "a/b c", "word": "x"}, {"id": "\u00fc", "word": "y"}])
    project.tests("""
        @pytest.mark.parametrize("bound", [3, 5])
        @pytest.mark.parametrize("task", [words])
        def test_task(compare, task, bound): assert compare(task).drop <= bound
        @words.cases()
        @pytest.mark.parametrize("upper", [False])
        def test_case(base, case, upper): assert base.generate(case).text == case.expected
    """)
    record = project.record()
    assert project.result.ret == 0
    assert [test["nodeid"].partition("::")[2] for test in record["tests"]] == [
        "test_task[words-3]",
        "test_task[words-5]",
        "test_case[a/b c-False]",
        "test_case[\\xfc-False]",
    ]


def test_undeclared_task_is_answered_whole(project: "Project") -> None:
    """A task that only the body names works: the whole of it, in one batch a variant."""
    project.task()
    project.tests("""
        def test_kept(compare):
            assert compare(words).drop <= 3
        def test_again(compare):
            assert compare(words).gain >= 0
    """)
    record = project.record()
    project.result.assert_outcomes(passed=2)
    assert "0 requests" in _planned(project.result)
    assert [len(entry["cases"]) for entry in project.log() if entry["what"] == "answer"] == [6, 6]
    assert record["comparisons"][0]["n"] == 6
    plan = record["run"]["plan"]
    assert (plan["unique"], plan["stored"], plan["computed"]) == (12, 0, 12)
    project.result.stdout.fnmatch_lines(["answers: 12 * 0 stored, 12 computed in *"])
    plan = project.record()["run"]["plan"]
    assert (plan["unique"], plan["stored"], plan["computed"]) == (12, 12, 0)


def test_same_request_of_two_tasks_is_asked_once(project: "Project") -> None:
    """Tasks that ask the same share the answer."""
    project.task()
    project.task("again")
    project.tests("""
        @pytest.mark.parametrize("task", [words, load_task("again.task.yaml")])
        def test_kept(compare, task): assert compare(task).drop <= 3
    """)
    project.run().assert_outcomes(passed=2)
    assert len(project.asked()) == 12


def test_task_loaded_twice_is_one(project: "Project") -> None:
    """The same file loaded by two modules is one task, in plan and record."""
    project.keeps()
    project.tests("""
        @pytest.mark.evaluates(words)
        def test_gain(compare): assert compare(words).gain >= 0
    """, name="test_more.py")  # fmt: skip
    record = project.record()
    project.result.assert_outcomes(passed=2)
    assert [task["name"] for task in record["tasks"]] == ["words"]
    assert [row["text"] for row in record["comparisons"][0]["thresholds"]] == [
        "drop <= 3",
        "gain >= 0",
    ]


def test_order_of_tests_is_the_users(project: "Project") -> None:
    """Candidates and cases regroup nothing."""
    project.task(cases=2)
    project.adapter("other")
    project.tests("""
        def test_1(): pass
        @words.cases()
        def test_2(candidate, case): assert candidate
        def test_3(): pass
        def test_4(compare): assert compare(words).drop <= 3
        def test_5(): pass
    """)
    result = project.run("-v", "--ftevals-candidate=good", "--ftevals-candidate=other")
    names = [line.partition("::")[2].split()[0] for line in result.outlines if " PASSED" in line]
    assert [name[:6] for name in names] == sorted(name[:6] for name in names)
    assert len(names) == 9
