"""``--ftevals-allow-pickle``: pickled weights are loaded only when allowed by name."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project


@pytest.fixture(autouse=True)
def pickled(project: "Project") -> None:
    """Give the candidate pickled weights only."""
    weights = project.path / "good" / "adapter_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    project.keeps()


def test_refused_by_default(project: "Project") -> None:
    """Pickled weights are a usage error that says how to allow them."""
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*only pickled weights there*", "*--ftevals-allow-pickle good"])


def test_allowed_by_name(project: "Project") -> None:
    """The candidate's name allows them; the record says so."""
    record = project.record("--ftevals-allow-pickle=good")
    project.result.assert_outcomes(passed=1)
    assert record["run"]["options"]["allow_pickle"] == ["good"]


def test_another_name_allows_nothing(project: "Project") -> None:
    """Allowing the base's does not allow the candidate's."""
    assert project.run("--ftevals-allow-pickle=base").ret == pytest.ExitCode.USAGE_ERROR


def test_ini_twin(project: "Project") -> None:
    """The ini key takes one name a line."""
    project.ini(allow_pickle="\n  base\n  good")
    project.run().assert_outcomes(passed=1)
