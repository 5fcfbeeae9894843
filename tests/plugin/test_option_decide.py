"""``--ftevals-decide``: what decides a threshold, and how inconclusive ones show."""

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

FEW, MANY = 1, 30
"""Wrong answers of the candidate among 40 cases: a small drop is not proven, a large refuted."""


def kept(project: "Project", wrong: int, limit: float) -> None:
    """Write a test that allows a drop of `limit` points, and a candidate that drops."""
    project.adapter("good", wrong=[f"c{number}" for number in range(1, wrong + 1)])
    project.task(cases=40)
    project.tests(f"""
        @pytest.mark.evaluates(words)
        def test_kept(compare):
            assert compare(words).drop <= {limit}
    """)


@pytest.mark.parametrize(
    ("mode", "wrong", "limit", "passed", "verdict", "shown"),
    [
        ("point", FEW, 3, True, "pass", "pass, not proven"),
        ("point", FEW, 2, False, "fail", "FAIL, not proven"),
        ("proven", FEW, 40, True, "pass", "pass, proven"),
        ("proven", FEW, 3, False, "inconclusive", "FAIL, inconclusive"),
        ("proven", MANY, 3, False, "fail", "FAIL, refuted"),
        ("refuted", FEW, 40, True, "pass", "pass, proven"),
        ("refuted", FEW, 2, True, "inconclusive", "inconclusive"),
        ("refuted", MANY, 3, False, "fail", "FAIL, refuted"),
    ],
)
def test_mode(  # one argument a column
    project: "Project",
    mode: str,
    wrong: int,
    limit: float,
    *,
    passed: bool,
    verdict: str,
    shown: str,
) -> None:
    """The outcome follows the mode; table, record and JUnit say what is inconclusive."""
    kept(project, wrong, limit)
    record = project.record(f"--ftevals-decide={mode}", "--junitxml=junit.xml")
    project.result.assert_outcomes(passed=passed, failed=not passed)
    (row,) = record["comparisons"]
    (threshold,) = row["thresholds"]
    assert (threshold["decide"], threshold["verdict"]) == (mode, verdict)
    table = [line for line in project.result.outlines if line.startswith("words ")]
    assert [f"  {shown} " in f"{line} " for line in table] == [True]
    noted, *_ = ET.parse(project.path / "junit.xml").getroot().iter("property")  # noqa: S314 - written by pytest
    assert noted.get("name") == "ftevals"
    assert f": {verdict}, {threshold['evidence']} (" in str(noted.get("value"))


def test_an_inconclusive_pass_survives_warnings_as_errors(project: "Project") -> None:
    """It is marked by no Python warning, which ``-W error`` would turn red."""
    kept(project, FEW, 2)
    project.run("--ftevals-decide=refuted", "-W", "error").assert_outcomes(passed=1)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_test_may_decide_otherwise(project: "Project", workers: str) -> None:
    """``compare(task, decide=...)`` and ``pass_rate(decide=...)`` win over the run's mode."""
    project.adapter("good", wrong=["c1"])
    project.task(cases=40)
    project.tests("""
        @pytest.mark.evaluates(words)
        def test_strict(compare):
            assert compare(words, decide="proven").drop <= 3

        @pytest.mark.evaluates(words)
        def test_lenient(compare):
            assert compare(words).drop <= 2

        @pytest.mark.pass_rate(drop=3, decide="proven")
        @words.cases()
        def test_rate(model, case):
            assert model.generate(case).text == case.expected
    """)
    record = project.record("--ftevals-decide=refuted", "-n", workers)
    project.result.assert_outcomes(passed=1, failed=2)
    found = {
        threshold["test"].partition("::")[2].partition("[")[0]: threshold["verdict"]
        for row in record["comparisons"]
        for threshold in row["thresholds"]
    }
    assert found == dict.fromkeys(("test_strict", "test_lenient", "test_rate"), "inconclusive")


def test_an_inconclusive_failure_explains_itself(project: "Project") -> None:
    """The message says that the sample is too small, not that the candidate is worse."""
    kept(project, FEW, 3)
    result = project.run("--ftevals-decide=proven")
    result.stdout.fnmatch_lines(["*drop <= 3 is inconclusive for good on words: *not proven*"])


def test_refuses_an_unknown_mode(project: "Project") -> None:
    """As an option that is a usage error, in a test its failure; both name the valid ones."""
    kept(project, FEW, 3)
    result = project.run("--ftevals-decide=sure")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--ftevals-decide*'sure'*", "*point, proven, refuted*"])
    project.tests("""
        @pytest.mark.evaluates(words)
        def test_kept(compare):
            assert compare(words, decide="sure").drop <= 3

        @pytest.mark.pass_rate(drop=3, decide="sure")
        @words.cases()
        def test_rate(model, case):
            assert model.generate(case).text == case.expected
    """)
    result = project.run()
    result.stdout.fnmatch_lines(["*decide='sure'*", "*point, proven, refuted*"])
    assert result.ret != pytest.ExitCode.OK
