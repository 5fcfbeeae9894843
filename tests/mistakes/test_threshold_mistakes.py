"""Asserts that state no threshold, or an impossible one: the test fails at the user's line."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mistakes.conftest import Project

EXACT = 'compare(towns)["exact_match"]'


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        (f'assert {EXACT} >= "0.8"', ("compared with a number, not with text '0.8'", "Write 0.8")),
        (f'assert {EXACT} >= "80%"', ("compared with a number, not with text '80%'", "Write 0.8")),
        ('assert compare(towns).drop <= "low"', ("a number, not with text 'low'",)),
        ("assert compare(towns).drop <= None", ("a number, not with None",)),
        ("assert compare(towns).drop <= True", ("a number, not with True",)),
        ('assert compare(towns).drop <= float("nan")', ("a finite number, not with nan",)),
        (f"assert {EXACT} >= 80", ("exact_match lies between 0 and 1", "For 80% write 0.8.")),
        (f"assert 80 <= {EXACT}", ("exact_match lies between 0 and 1", "For 80% write 0.8.")),
        (f"assert {EXACT} >= 500", ("exact_match lies between 0 and 1", "decides nothing")),
        (f"assert {EXACT} >= 1.2", ("exact_match lies between 0 and 1", "For 1.2% write 0.012.")),
        (
            "assert compare(towns).drop <= -200",
            ("drop lies between -100 and 100 points", "3 points"),
        ),
        (f"assert {EXACT}.gain > 101", ("gain lies between -100 and 100 points", "3 points")),
        (f"assert {EXACT}", ("exact_match is a measure", "Compare it with a number")),
        ("assert compare(towns).gain", ("gain is a measure", "Compare it with a number")),
        ("assert not compare(towns).drop", ("drop is a measure", "Compare it with a number")),
        (
            'assert compare(towns)["exactmatch"] >= 0.8',
            ("task 'towns' has no metric 'exactmatch'", "Did you mean 'exact_match'?"),
        ),
        (
            f'assert {EXACT}.slice("size=bigg") >= 0.8',
            ("has no slice 'size=bigg'", "Did you mean 'size=big'? Slices: size=big, size=small."),
        ),
        (
            'assert compare("towns").drop <= 3',
            ("compare() takes a task, not str 'towns'", "TASK = load_task('NAME.task.yaml')"),
        ),
        (
            "assert compare(None).drop <= 3",
            ("compare() takes a task, not NoneType None", "TASK = load_task('NAME.task.yaml')"),
        ),
    ],
)
def test_assert(project: "Project", line: str, parts: tuple[str, ...]) -> None:
    """One message with the line stands in the place of a traceback."""
    project.test(f"@pytest.mark.evaluates(towns)\ndef test_kept(compare):\n    {line}")
    refusal = project.refused(code=1)
    refusal.says("test_towns.py:8: ", *parts)
    assert refusal.outcomes == {"failed": 1}


def test_line_of_a_helper(project: "Project") -> None:
    """The line that is named is where the mistake was made, not where the test calls it."""
    project.test(
        "def check(result):\n    return result.drop <= 'low'\n\n"
        "@pytest.mark.evaluates(towns)\ndef test_kept(compare):\n    assert check(compare(towns))"
    )
    project.refused(code=1).says("test_towns.py:7: a measure is compared with a number")


def test_generate_takes_a_case(project: "Project") -> None:
    """A prompt in the place of a case: the message says where cases come from."""
    project.test("def test_reply(candidate):\n    candidate.generate('Where is Paris?')")
    project.refused(code=1).says("test_towns.py:7: generate() takes a case, not str", "TASK.cases")


def test_folder_called_like_the_plugin(project: "Project") -> None:
    """The user's line is found in a project whose own folder is called pytest_ftevals, too."""
    line = "    assert compare(load_task('../towns.task.yaml')).drop <= 'low'"
    project.write(
        "pytest_ftevals_suite/test_low.py",
        f"from pytest_ftevals import load_task\n\ndef test_low(compare):\n{line}\n",
    )
    refusal = project.refused("pytest_ftevals_suite", code=1)
    refusal.says("pytest_ftevals_suite", "test_low.py:4: a measure is compared with a number")
