"""``--ftevals-offline``: hub ids come from the local cache only."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

REVISION = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def cache(project: "Project", monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a base into a hub cache of its own; processes are started anew to read it."""
    root = project.path / "hub" / "models--org--tiny"
    folder = project.model(str(root / "snapshots" / REVISION))
    (root / "refs").mkdir()
    (root / "refs/main").write_text(REVISION)
    assert folder.is_dir()
    monkeypatch.setenv("HF_HUB_CACHE", str(project.path / "hub"))


@pytest.mark.slow
def test_cached_model_is_used(project: "Project") -> None:
    """A model in the cache is found, and its revision recorded; the second run computes nothing."""
    project.ini(base="org/tiny", offline="true")
    project.keeps()
    base = project.record(spawn=True)["variants"][0]
    project.result.assert_outcomes(passed=1)
    assert (base["source"], base["revision"]) == ("org/tiny", REVISION)
    project.result.stdout.fnmatch_lines([f"base * tiny@{REVISION[:7]} * float32 * cpu"])
    record = project.record(spawn=True)
    assert record["run"]["plan"]["computed"] == 0
    assert record["run"]["options"]["offline"] is True


@pytest.mark.slow
def test_model_that_is_not_cached(project: "Project") -> None:
    """A model that is not cached fails every set-up with one message, and never the whole run."""
    project.ini(base="org/other")
    project.keeps()
    result = project.spawn("--ftevals-offline")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["base (org/other): *local*cache*--ftevals-offline forbids the network*"]
    )
    output = result.stdout.str() + result.stderr.str()
    assert "INTERNALERROR" not in output
    assert "Traceback" not in output
