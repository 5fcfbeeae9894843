"""Fixtures and marks used where they cannot work."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mistakes.conftest import Project

UNITTEST = """\
import unittest

class TestTowns(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def give(self, candidate):
        self.candidate = candidate

    def test_reply(self):
        assert self.candidate.name == "good"
"""


@pytest.mark.parametrize(
    ("name", "candidates", "base", "parts"),
    [
        ("candidate", ("good", "nan"), "base", ("which candidate? There are 2: good, nan",)),
        ("compare", ("good", "nan"), "base", ("which candidate? There are 2: good, nan",)),
        ("candidate", (), "base", ("no candidate is named", "--ftevals-candidate ADAPTER")),
        ("candidate", ("good",), None, ("no base model is named", "--ftevals-base MODEL")),
        ("model", ("good",), "base", ("which model? ", "argument of a test function")),
    ],
)
def test_getfixturevalue(
    project: "Project",
    name: str,
    candidates: tuple[str, ...],
    base: str | None,
    parts: tuple[str, ...],
) -> None:
    """A fixture that runs once per candidate cannot be asked for in the middle of a test."""
    project.test(f"def test_name(request):\n    request.getfixturevalue({name!r})")
    refusal = project.refused(code=1, candidates=candidates, base=base)
    refusal.says(*parts)
    assert refusal.outcomes == {"failed": 1}


def test_unittest_class_with_several_candidates(project: "Project") -> None:
    """Unittest classes cannot be parametrized: with two candidates that is an error."""
    project.test(UNITTEST)
    refusal = project.refused(code=1, candidates=("good", "nan"))
    refusal.says("which candidate? There are 2: good, nan", "unittest classes cannot run once per")
    assert refusal.outcomes == {"errors": 1}


@pytest.mark.parametrize("mark", ["@towns.cases()", "@pytest.mark.pass_rate(drop=3)"])
def test_cases_of_a_unittest_class(project: "Project", mark: str) -> None:
    """Marks that pytest cannot expand there would leave a test that asks nothing, and is green."""
    project.test(
        "import unittest\n\nclass TestTowns(unittest.TestCase):\n"
        f"    {mark}\n    def test_reply(self):\n        pass"
    )
    refusal = project.refused(code=4)
    refusal.says("test_towns.py::TestTowns::test_reply: a method of a unittest class", "Write a")


@pytest.mark.parametrize(
    ("test", "parts"),
    [
        (
            "@towns.cases()\ndef test_reply(candidate): pass",
            ("test_reply: is marked with towns.cases() but takes no argument `case`", "Write: "),
        ),
        (
            "@towns.cases\ndef test_reply(candidate, case): pass",
            ("test_towns.py:6: write @towns.cases(), with its parentheses",),
        ),
        (
            "@pytest.mark.evaluates()\ndef test_reply(compare): pass",
            ("test_reply: evaluates() takes one or more tasks from load_task",),
        ),
        (
            "@pytest.mark.evaluates\ndef test_reply(compare): pass",
            ("test_reply: evaluates() takes one or more tasks from load_task",),
        ),
        (
            "@pytest.mark.evaluates('towns')\ndef test_reply(compare): pass",
            ("test_reply: evaluates('towns') names no task", "what load_task returned"),
        ),
        (
            "@pytest.mark.evaluates(towns, count=3)\ndef test_reply(compare): pass",
            ("test_reply: evaluates() takes one or more tasks from load_task",),
        ),
    ],
)
def test_mark(project: "Project", test: str, parts: tuple[str, ...]) -> None:
    """A collection error names the test, or the line, and what to write."""
    project.test(test)
    refusal = project.refused(code=2)
    refusal.says(*parts)
    assert refusal.outcomes == {"errors": 1}
