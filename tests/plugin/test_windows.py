"""Whole texts are read in windows that every variant can read: said, saved, and held against."""

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

SAVE, AGAINST = "--ftevals-save=prod", "--ftevals-against=prod"
NOTE = (
    "texts of pages were read in windows of 492 tokens, as many as less reads; base alone reads "
    "512, which gives other values"
)


@pytest.fixture(autouse=True)
def suite(project: "Project") -> None:
    """A base that reads 512 tokens, an adapter that takes 20 of them, and pages to predict."""
    project.adapter("less")
    for name, tokens in (
        ("base/config.json", {"max_position_embeddings": 512}),
        ("less/adapter_config.json", {"num_virtual_tokens": 20}),
    ):
        path = project.path / name
        path.write_text(json.dumps({**json.loads(path.read_text()), **tokens}))
    project.task(
        "pages",
        rows=[{"id": "p1", "text": "one two three"}, {"id": "p2", "text": "four five"}],
        kind="perplexity",
        prompt=None,
        expected=None,
        metrics=["word_perplexity"],
    )
    project.tests("""
        pages = load_task("pages.task.yaml")
        @pytest.mark.evaluates(pages)
        def test_pages(compare):
            assert compare(pages).drop <= 6
    """)


def test_a_saved_run_knows_its_window(project: "Project") -> None:
    """Beside a candidate that reads less the same pages are read otherwise: not compared."""
    project.run(SAVE).assert_outcomes(passed=1)
    record = project.record(AGAINST)
    assert {row["reference"] for row in record["comparisons"]} == {"base", "prod"}
    assert record["run"]["notes"] == []
    record = project.record(AGAINST, "--ftevals-candidate=good", "--ftevals-candidate=less")
    assert {row["reference"] for row in record["comparisons"]} == {"base"}
    lost = "pages was not compared with prod: window of whole texts: 512 -> 492"
    assert record["run"]["notes"] == [NOTE, lost]
