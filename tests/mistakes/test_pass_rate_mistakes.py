"""``pass_rate`` tests that could not decide, or would decide wrongly."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mistakes.conftest import Project

SIGNATURE = "def test_rate(model, case)"
BODY = "assert model.generate(case).text"


def rate(
    arguments: str, *, signature: str = SIGNATURE, body: str = BODY, cases: str = "@towns.cases()"
) -> str:
    """Return a pass_rate test."""
    return f"@pytest.mark.pass_rate({arguments})\n{cases}\n{signature}:\n    {body}"


@pytest.mark.parametrize(
    ("test", "parts"),
    [
        (rate(""), ("pass_rate() demands nothing", "at_least=RATE (0 to 1), drop=POINTS")),
        (rate("0.8"), ("pass_rate() does not take positional arguments", "at_least=RATE")),
        (rate("atleast=0.8"), ("pass_rate() does not take atleast", "Valid are at_least=RATE")),
        (rate("at_least=80"), ("at_least=80 is no rate between 0 and 1", "write 0.8.")),
        (rate("at_least=-1"), ("at_least=-1 is no rate between 0 and 1",)),
        (rate("at_least='0.8'"), ("at_least='0.8' of pass_rate() is no number", "0 to 1")),
        (rate("drop=True"), ("drop=True of pass_rate() is no number", "percentage points")),
        (rate("drop=float('nan')"), ("drop=nan of pass_rate() is no number",)),
        (rate("drop=3, misses='KeyError'"), ("misses='KeyError'", "misses=(KeyError, ")),
        (rate("drop=3", cases=""), ("for every case of a task", "TASK.cases()", "(model, case)")),
        (
            rate("drop=3", signature="def test_rate(model)"),
            ("for every case of a task", "(model, case)"),
        ),
        (
            rate("drop=3", signature="def test_rate(candidate, case)"),
            ("takes `model`", "neither `candidate` nor `compare`", "(model, case)"),
        ),
        (
            rate("drop=3", signature="def test_rate(model, case, compare)"),
            ("takes `model`", "neither `candidate` nor `compare`", "(model, case)"),
        ),
        (
            rate("drop=3", signature=f"async {SIGNATURE}"),
            ("can be no coroutine or generator", "Write a plain function"),
        ),
        (
            rate("drop=3", cases="@towns.cases()\n@towns.cases()"),
            ("takes the cases of one task", "Write a test for each task."),
        ),
        (
            f"@pytest.fixture\ndef model():\n    return 1\n\n{rate('drop=3')}",
            ("a fixture of your own called `model` hides the one", "another name"),
        ),
    ],
)
def test_declaration(project: "Project", test: str, parts: tuple[str, ...]) -> None:
    """A collection error names the test and what to write instead."""
    project.test(test)
    refusal = project.refused(code=2)
    refusal.says("test_towns.py::test_rate: ", *parts)
    assert refusal.outcomes == {"errors": 1}


def test_bare_mark(project: "Project") -> None:
    """The mark without parentheses demands nothing."""
    project.test(f"@pytest.mark.pass_rate\n@towns.cases()\n{SIGNATURE}:\n    {BODY}")
    project.refused(code=2).says("pass_rate() demands nothing")


def test_exception_of_the_body(project: "Project") -> None:
    """A bug in the body would miss every case of both sides, and `drop` hold: it fails the test."""
    project.test(rate("drop=3", body="assert case.row['twon']"))
    refusal = project.refused(code=1)
    refusal.says("KeyError: 'twon'", "raised on case 1 for base; not counted as a miss")
    assert refusal.outcomes == {"failed": 1}


def test_mistake_in_the_body(project: "Project") -> None:
    """A mistake of the test itself is no miss either."""
    project.test(rate("drop=3", body="assert model.generate('Paris').text"))
    project.refused(code=1).says("test_towns.py:9: generate() takes a case, not str")


def test_body_that_skips_every_case(project: "Project") -> None:
    """No case is left to decide on: not green."""
    project.test(rate("drop=3", body="pytest.skip('later')"))
    refusal = project.refused(code=1)
    refusal.says("no case of task 'towns' could be scored", "the test skipped this case")
    assert refusal.outcomes == {"failed": 1}


def test_part_of_the_cases(project: "Project") -> None:
    """A rate over selected cases is not decided."""
    project.test(rate("at_least=0"))
    refusal = project.refused("--ftevals-case=1", code=1)
    refusal.says("1 of 3 cases ran: the rate is not decided", "Run it without --ftevals-case.")


def test_report_tells_tests_of_one_name_apart(project: "Project") -> None:
    """A parametrized pass_rate test has a row and a verdict for each parameter."""
    test = rate("at_least=0.5", signature="def test_rate(model, case, k)", body="assert k == 1")
    project.test(f"@pytest.mark.parametrize('k', [1, 2])\n{test}")
    refusal = project.refused(code=1)
    lines = [line.split() for line in refusal.text.splitlines() if " >= 0.5 " in line]
    verdicts = {line[-1]: line[-3] for line in lines if "::" in line[-1]}
    assert verdicts == {
        "test_towns.py::test_rate[1]": "pass,",
        "test_towns.py::test_rate[2]": "FAIL,",
    }
