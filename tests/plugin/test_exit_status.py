"""What fails beside the evaluations: no report of a red run says PASS."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project


def headline(project: "Project", *options: str) -> str:
    """Run; return the report's first lines and hold the record to pytest's exit status."""
    record = project.record(*options)
    assert record["run"]["exitstatus"] == project.result.ret
    report = (project.path / "report" / "report.md").read_text(encoding="utf-8")
    return " ".join(report.split("\n")[:3:2])


@pytest.fixture(autouse=True)
def green(project: "Project") -> None:
    """Make an evaluation that passes."""
    project.keeps(cases=4)


def test_a_green_run_ends_with_0(project: "Project") -> None:
    """The status is part of the record."""
    assert headline(project) == "## ✅ PASS 1 of 1 test passed"


@pytest.mark.slow
@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["one process", "workers"])
def test_a_plain_test_beside_that_fails(project: "Project", workers: tuple[str, ...]) -> None:
    """It asks no model, so it is no row of the record."""
    project.tests("def test_plain(): assert 1 == 2\n", "test_plain.py")
    project.spawn("--ftevals-report=report", *workers)
    report = (project.path / "report" / "report.md").read_text(encoding="utf-8")
    assert report.startswith("## ❌ FAIL\n\npytest ended with status 1: something beside the eval")


def test_a_file_that_cannot_be_imported(project: "Project") -> None:
    """Its tests may have been the ones that would fail."""
    project.tests("import nothing_of_this_name\n", "test_broken.py")
    found = headline(project, "--continue-on-collection-errors")
    project.result.assert_outcomes(passed=1, errors=1)
    said = "pytest ended with status 1: something beside the evaluations failed"
    assert found == f"## ❌ FAIL {said}"


def test_a_run_that_could_not_be_saved(project: "Project") -> None:
    """Its tests passed, and what was asked for was not done."""
    project.tests("def test_none(compare): pytest.skip('not today')\n", "test_evals.py")
    found = headline(project, "--ftevals-save=v1")
    assert project.result.ret == pytest.ExitCode.USAGE_ERROR
    assert found.startswith("## ❌ FAIL pytest ended with status 4: ")
