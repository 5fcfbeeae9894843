"""``--ftevals-no-store``: nothing is kept and nothing old is used."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project


def test_every_run_computes_everything(
    project: "Project", monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Two runs compute the same twice, and leave nothing behind."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    project.keeps(cases=3)
    for _ in range(2):
        plan = project.record("--ftevals-no-store")["run"]["plan"]
        assert (plan["stored"], plan["computed"]) == (0, 6)
    assert not (project.path / ".ftevals").exists()
    assert not list(tmp_path.glob("ftevals-*"))


def test_earlier_answers_are_not_used(project: "Project") -> None:
    """A store that has everything is left alone."""
    project.keeps(cases=3)
    project.run().assert_outcomes(passed=1)
    assert project.record("--ftevals-no-store")["run"]["plan"]["computed"] == 6


def test_ini_twin(project: "Project") -> None:
    """The ini file can turn the store off."""
    project.keeps(cases=3)
    project.ini(no_store="true")
    project.run().assert_outcomes(passed=1)
    assert not (project.path / ".ftevals").exists()
    project.ini(no_store="false")
    project.run().assert_outcomes(passed=1)
    assert (project.path / ".ftevals").exists()


def test_same_record_as_with_a_store(project: "Project") -> None:
    """Values, verdicts and samples do not depend on the store."""
    project.adapter("good", wrong=["c2", "c5"])
    project.keeps(slices=["language"])
    kept = project.record(folder="kept")
    stored = project.record(folder="stored")
    fresh = project.record("--ftevals-no-store", folder="fresh")
    assert project.comparable(kept) == project.comparable(stored) == project.comparable(fresh)
    assert project.samples("kept") == project.samples("stored") == project.samples("fresh")
