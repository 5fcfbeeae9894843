"""``--help`` and ``--markers`` show what there is."""

from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.plugin.options import OPTIONS, Option

if TYPE_CHECKING:
    from tests.plugin.conftest import Project


@pytest.fixture(scope="module")
def shown() -> list[str]:
    """Collect help texts over the module, which are the same for every test."""
    return []


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_help_shows_every_option(project: "Project", shown: list[str], option: Option) -> None:
    """The flag, what it does, its default and its ini key are in the help."""
    if not shown:
        shown.append(" ".join(project.run("--help").stdout.str().split()))
    text = shown[0]
    assert f" {option.flag}" in text
    assert " ".join(option.help.split())[:40] in text
    if option.default:
        assert f"[{option.default}]" in text
    if option.metavar:
        assert f"{option.flag}={option.metavar}" in text
    assert (f"{option.key} (" in text) == option.ini


def test_markers(project: "Project") -> None:
    """``--markers`` lists the plugin's marks; strict markers accept them."""
    result = project.run("--markers")
    for mark in ("evaluates(*tasks)", "pass_rate(", "ftevals_cases(task)"):
        assert f"@pytest.mark.{mark}" in result.stdout.str()
    project.keeps()
    project.run("--strict-markers", "--strict-config").assert_outcomes(passed=1)


def test_fixtures(project: "Project") -> None:
    """``--fixtures`` lists the public fixtures with a line each."""
    text = project.run("--fixtures").stdout.str()
    for name in ("base", "candidate", "model", "compare"):
        assert f"{name} --" in text
    assert "_ftevals_base --" not in text
