"""The self-check finds a fault when tests have read answers: the run says so, the next is right."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

LATE = """
from collections import Counter

import fakes


class Engine(fakes.Engine):
    def __init__(self, settings):
        super().__init__(settings)
        self._checks = Counter()

    def check(self, variant, encoded, response):
        super().check(variant, encoded, response)
        self._checks[variant] += 1
        fault = variant == "good" and variant not in self._plain and self._checks[variant] == 2
        return 0.01 if fault else 0.0
"""
TESTS = """
    @pytest.mark.evaluates(words)
    def test_kept(compare):
        assert compare(words).drop <= 20
"""
OPTIONS = ("--ftevals-early-stop", "--ftevals-batch-tokens=1")


def test_a_fault_in_a_later_block_of_a_walk(project: "Project") -> None:
    """Under early stop a test reads blocks before the 33rd batch is checked: it does not pass.

    The run ends as any with a failed test, and writes its record; the next one asks the candidate
    without shortcuts from the start, and the base no more than before.
    """
    (project.path / "late.py").write_text(LATE)
    project.ini(engine="late:Engine")
    project.task(cases=900)
    project.tests(TESTS)
    record = project.record(*OPTIONS)
    project.result.assert_outcomes(failed=1)
    assert record["comparisons"] == []
    project.result.stdout.fnmatch_lines(
        [
            "*good: a request answered with others is off by 0.01 nats *tests have read earlier*",
            "*Run again: its answers of this run were removed*",
        ]
    )
    before = project.asked()
    project.record(*OPTIONS)
    project.result.assert_outcomes(passed=1)
    project.result.stdout.fnmatch_lines(["*good: an answer of the fast path did not hold*"])
    again = project.asked()[len(before) :]
    assert {case for variant, case in before if variant == "good"} <= {
        case for variant, case in again if variant == "good"
    }
    assert not {one for one in before if one[0] == "base"} & set(again)


def test_nothing_passes_on_what_was_taken_back(project: "Project") -> None:
    """A later threshold on the same task does not go by what an earlier one had seen."""
    (project.path / "late.py").write_text(LATE)
    project.ini(engine="late:Engine")
    project.task(cases=900)
    project.tests(TESTS + TESTS.replace("test_kept", "test_kept_too").replace("20", "90"))
    project.run(*OPTIONS).assert_outcomes(failed=2)
