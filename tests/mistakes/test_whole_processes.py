"""The same mistakes in processes of their own: under xdist's workers and with ``python -O``."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mistakes.conftest import Project

pytestmark = pytest.mark.slow


def test_missing_candidate_with_workers(project: "Project") -> None:
    """Each test fails in its set-up with the message; no worker crashes."""
    refusal = project.refused(code=1, candidates=("godo",), workers=2)
    refusal.says("godo (", "there is no such folder", " has: good", times=3)
    assert refusal.outcomes == {"errors": 3}


def test_damaged_adapter_with_workers(project: "Project") -> None:
    """Workers that cannot use an adapter say so once a test."""
    refusal = project.refused(code=1, candidates=("nan",), workers=2)
    refusal.says("nan (", "has NaN or infinite weights", times=3)
    assert refusal.outcomes == {"errors": 3}


def test_broken_task_file_with_workers(project: "Project") -> None:
    """A collection error is shown once, though every worker collects."""
    project.replace("towns.task.yaml", "slices: [size]", "slice: [size]")
    refusal = project.refused(code=1, workers=2)
    refusal.says("towns.task.yaml:8: `slice` is not a key of a task file", "Did you mean `slices`?")
    assert refusal.outcomes == {"errors": 1}


def test_wrong_option_with_workers(project: "Project") -> None:
    """The controller refuses it before any worker starts."""
    refusal = project.refused("--ftevals-confidence=2", code=4, workers=2)
    refusal.says("--ftevals-confidence: '2' is no number between 0.5 and 1")


@pytest.mark.parametrize("given", [("-O",), ("-OO",)])
def test_python_without_asserts(project: "Project", given: tuple[str, ...]) -> None:
    """``python -O`` drops helpers' asserts, and thresholds with them: refused."""
    refusal = project.refused(code=4, python=given)
    refusal.says("python -O removes assert statements", "Run pytest without -O")


def test_python_without_asserts_and_a_fixture_asked_late(project: "Project") -> None:
    """Where nothing shows before the test that models are asked, the test is refused."""
    project.test("def test_name(request):\n    request.getfixturevalue('candidate')")
    refusal = project.refused(code=1, python=("-O",))
    refusal.says("python -O removes assert statements", "Run pytest without -O")
