"""``--ftevals-family``: how many thresholds share the error of refuting one."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

TESTS = """
    @pytest.mark.parametrize("limit", [3, 90])
    @pytest.mark.evaluates(words)
    def test_kept(compare, limit):
        result = compare(words)
        assert result.drop <= limit
        assert result["exact_match"] >= 0 and result.gain <= 100

    @pytest.mark.pass_rate(drop=99, at_least=0)
    @words.cases()
    def test_rate(model, case):
        assert model.generate(case).text == case.expected

    @words.cases()
    def test_single(candidate, case):
        assert candidate.generate(case).text
"""
GATES = 2 * 3 + 2


def drop(project: "Project", wrong: int) -> None:
    """Write a candidate with so many wrong answers of 40."""
    project.adapter("good", wrong=[f"c{number}" for number in range(1, wrong + 1)])
    project.task(cases=40)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_selected_tests_are_counted(project: "Project", workers: str) -> None:
    """Comparisons in asserts and a pass rate's bounds; per-case tests state none."""
    drop(project, 0)
    project.tests(TESTS)
    assert project.record("-n", workers)["run"]["family"] == GATES
    assert project.record("-k", "rate", "-n", workers)["run"]["family"] == 2
    assert project.record("--ftevals-family=50", "-n", workers)["run"]["family"] == 50


def test_only_refuting_takes_more_evidence(project: "Project") -> None:
    """What one threshold would refute, a thousand do not; what is proven stays proven."""
    drop(project, 8)
    project.tests("""
        @pytest.mark.evaluates(words)
        def test_kept(compare):
            assert compare(words).drop <= 8
    """)
    found = {}
    for family in ("1", "1000"):
        for mode in ("refuted", "proven", "point"):
            record = project.record(f"--ftevals-family={family}", f"--ftevals-decide={mode}")
            (threshold,) = record["comparisons"][0]["thresholds"]
            found[family, mode] = threshold["evidence"]
    assert found == {
        ("1", "refuted"): "refuted",
        ("1", "proven"): "refuted",
        ("1", "point"): "refuted",
        ("1000", "refuted"): "not proven",
        ("1000", "proven"): "refuted",
        ("1000", "point"): "refuted",
    }


@pytest.mark.parametrize("value", ["0", "-2", "1.5", "many"])
def test_refuses_what_is_no_count(project: "Project", value: str) -> None:
    """Values that are no count are usage errors that name the option."""
    project.keeps()
    result = project.run(f"--ftevals-family={value}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--ftevals-family*"])


@pytest.mark.parametrize(
    "options", [("--ftevals-family=1e16",), ("--ftevals-confidence=0.99999999999",)]
)
def test_refuses_an_error_too_small_to_share(project: "Project", options: tuple[str, ...]) -> None:
    """No number of cases shows anything at a confidence of all but one in a billion."""
    project.keeps()
    result = project.run(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*less than any number of cases could show*"])
