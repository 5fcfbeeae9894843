"""``--ftevals-early-stop``: as few cases as a threshold takes, whatever ran before."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

CASES = 900
TESTS = """
    @pytest.mark.evaluates(words)
    def test_kept(compare):
        assert compare(words).drop <= 20

    @pytest.mark.evaluates(words)
    def test_good(compare):
        assert compare(words)["exact_match"] >= 0.5
"""


def thresholds(record: dict[str, Any]) -> dict[str, tuple[str, str, int]]:
    """Return verdict, evidence and number of cases by threshold."""
    return {
        one["text"]: (one["verdict"], one["evidence"], one["n_used"])
        for row in record["comparisons"]
        for one in row["thresholds"]
    }


def test_asks_as_few_cases_as_it_takes(project: "Project") -> None:
    """A clear threshold is proven on a part; the rest is never asked, and the report says so."""
    project.task(cases=CASES)
    project.tests(TESTS)
    record = project.record("--ftevals-early-stop")
    project.result.assert_outcomes(passed=2)
    found = thresholds(record)
    assert {(verdict, evidence) for verdict, evidence, _ in found.values()} == {("pass", "proven")}
    most = max(n for _, _, n in found.values())
    assert most < CASES / 2
    (row,) = record["comparisons"]
    assert (row["n"], row["total"], row["method"]) == (most, CASES, "sequential")
    assert len(set(project.asked())) == len(project.asked()) == 2 * most
    drop = found["drop <= 20"][2]
    project.result.stdout.fnmatch_lines([f"decided at {drop} of {CASES} cases: drop <= 20*"])


def test_a_clear_miss_is_refuted_early(project: "Project") -> None:
    """Under the family's share of the error."""
    project.adapter("good", wrong=[f"c{number}" for number in range(1, CASES) if number % 3])
    project.task(cases=CASES)
    project.tests(TESTS)
    found = thresholds(project.record("--ftevals-early-stop"))
    project.result.assert_outcomes(passed=0, failed=2)
    verdict, evidence, n = found["drop <= 20"]
    assert (verdict, evidence) == ("fail", "refuted")
    assert n < CASES / 2
    # A failed assert shows its measure and explains itself: neither asks for more.
    assert len(project.asked()) == 2 * max(n for _, _, n in found.values()) < CASES


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_same_number_in_every_order_and_store(project: "Project", workers: str) -> None:
    """Each threshold walks from the first block on: cold, warm or half-warm, in any order."""
    project.adapter("good", wrong=[f"c{number}" for number in range(1, CASES, 9)])
    project.task(cases=CASES)
    project.tests(TESTS)
    expected = thresholds(project.record("--ftevals-early-stop", "--ftevals-no-store"))
    kept = thresholds(project.record("--ftevals-early-stop", "-k", "kept"))
    assert kept == {"drop <= 20": expected["drop <= 20"]}
    assert thresholds(project.record("--ftevals-early-stop", "-n", workers)) == expected
    project.record()  # answers everything
    assert thresholds(project.record("--ftevals-early-stop", "-n", workers)) == expected
    turned = "\n".join(reversed(TESTS.split("\n\n")))
    project.tests(turned)
    assert thresholds(project.record("--ftevals-early-stop")) == expected


@pytest.mark.parametrize(
    "test",
    [
        "assert compare(words).value >= 0.5",
        'assert compare(words)["exact_match"].slice("language=de") >= 0.5',
    ],
)
def test_what_needs_the_whole_task_gets_it(project: "Project", test: str) -> None:
    """Plain numbers and slices."""
    project.task(cases=CASES, slices=["language"])
    project.tests(f"""
        @pytest.mark.evaluates(words)
        def test_whole(compare):
            {test}
    """)
    project.record("--ftevals-early-stop")
    project.result.assert_outcomes(passed=1)
    assert len(project.asked()) == 2 * CASES


def test_tasks_with_a_test_per_case_use_all(project: "Project") -> None:
    """Their answers are all there: deciding on fewer would waste them."""
    project.task(cases=200)
    project.tests(
        TESTS
        + """
    @words.cases()
    def test_single(candidate, case):
        assert candidate.generate(case).text == case.expected
    """
    )
    record = project.record("--ftevals-early-stop")
    assert {n for _, _, n in thresholds(record).values()} == {200}


def test_corpus_metrics_use_all(project: "Project") -> None:
    """F1 is no mean over cases."""
    rows = [{"id": f"c{n}", "word": "ab"[n % 2], "language": "en"} for n in range(200)]
    project.task(rows=rows, metrics=["f1_macro"])
    project.tests("""
        @pytest.mark.evaluates(words)
        def test_kept(compare):
            assert compare(words).drop <= 20
    """)
    record = project.record("--ftevals-early-stop")
    assert {n for _, _, n in thresholds(record).values()} == {200}


def test_full_models_that_take_turns_use_all(project: "Project") -> None:
    """Loading them in turn for every block would cost more than the cases saved."""
    project.model("big", wrong=["c1"])
    project.task(cases=200)
    project.tests(TESTS)
    options = ("--ftevals-early-stop", "--ftevals-candidate=big")
    record = project.record(*options, "--ftevals-sequential")
    assert {n for _, _, n in thresholds(record).values()} == {200}
    record = project.record(*options)
    assert {n for _, _, n in thresholds(record).values()} != {200}


def test_a_walk_to_the_end_is_decided_by_all_cases(project: "Project") -> None:
    """A threshold within noise: the full task's verdict, at what is left of the error."""
    project.adapter("good", wrong=[f"c{number}" for number in range(1, 7)])
    project.task(cases=200)
    project.tests("""
        @pytest.mark.evaluates(words)
        def test_kept(compare):
            assert compare(words).drop <= 3
    """)
    record = project.record("--ftevals-early-stop")
    assert thresholds(record) == {"drop <= 3": ("pass", "not proven", 200)}
    (row,) = record["comparisons"]
    assert (row["n"], row["total"], row["method"]) == (200, None, "tango")


def test_an_impossible_bound_asks_nothing(project: "Project") -> None:
    """It is refused before the first block."""
    project.task(cases=200)
    project.tests("""
        @pytest.mark.evaluates(words)
        def test_kept(compare):
            assert compare(words)["exact_match"] >= 1.2
    """)
    result = project.run("--ftevals-early-stop")
    result.stdout.fnmatch_lines(["*exact_match lies between 0 and 1*"])
    assert project.asked() == []


def test_an_engine_that_crashes_on_the_way_is_one_message(project: "Project") -> None:
    """As it is where everything is asked beforehand."""
    project.adapter("good", crash=True)
    project.task(cases=200)
    project.tests(TESTS)
    result = project.run("--ftevals-early-stop")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*the engine crashed: RuntimeError*"])
    assert "INTERNALERROR" not in result.stdout.str()
