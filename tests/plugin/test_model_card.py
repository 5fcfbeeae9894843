"""Model cards of a run: written with the report, or a line that says what they need."""

from typing import TYPE_CHECKING

import pytest
from huggingface_hub import ModelCard
from huggingface_hub.repocard_data import model_index_to_eval_results

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

NEEDS = "no model card: huggingface_hub is missing (pip install 'pytest-ftevals[card]')"


def test_a_run_writes_a_card_for_every_candidate(project: "Project") -> None:
    """Each with the values of the record that lies beside it."""
    project.keeps(cases=4)
    project.adapter("other", wrong=["c1"])
    record = project.record("--ftevals-candidate", "good", "--ftevals-candidate", "other")
    wanted = {row["candidate"]: row["value"] for row in record["comparisons"]}
    assert set(wanted) == {"good", "other"}
    for name, value in wanted.items():
        card = ModelCard.load(project.path / "report" / f"model-card-{name}.md")
        index = card.data.to_dict()["model-index"]
        assert index[0]["name"] == name
        assert [one.metric_value for one in model_index_to_eval_results(index)[1]] == [value]
    assert not (project.path / "report" / "model-card.md").exists()


def test_a_line_says_what_cards_need(project: "Project", monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a report is asked for, and nowhere else."""
    project.keeps(cases=2)
    monkeypatch.setattr("pytest_ftevals.reports.model_card.files.find_spec", lambda _: None)
    assert NEEDS not in project.run().stdout.str()
    ran = project.run("--ftevals-report", "report")
    assert ran.ret == 0
    assert NEEDS in ran.stdout.str()
    names = {path.name for path in (project.path / "report").iterdir()}
    assert "record.json" in names
    assert "model-card.md" not in names
