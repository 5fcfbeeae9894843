"""Metrics that are no means, from task file to record: translation, calibration, perplexity."""

import json
import math
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

TEXTS = {
    "c1": "the cat sat on the mat today",
    "c2": "a dog ran over the hill at noon",
    "c3": "it rained all day in the old town",
    "c4": "nobody knew what the letter said",
}
REPLIES = {"c1": "the cat sat on a mat today", "c3": "it rained in the old town"}
METRICS: list[Any] = [
    "bleu",
    {"metric": "chrf", "name": "chrf++", "word_order": 2},
    "ter",
    "fact_coverage",
    "length_ratio",
]
TESTS = """
    texts = load_task("texts.task.yaml")
    quiz = load_task("quiz.task.yaml")
    pages = load_task("pages.task.yaml")

    @pytest.mark.evaluates(texts)
    def test_translations(compare):
        result = compare(texts)
        assert result["bleu"] >= 50
        assert result["bleu"].drop <= 30
        assert result["chrf++"].drop <= 30
        assert result["ter"] <= 20
        assert result["fact_coverage"] >= 0.75

    @pytest.mark.evaluates(quiz)
    def test_calibration(compare):
        result = compare(quiz)
        assert result["calibration_error"] <= 0.3
        assert result["brier"].drop <= 0.2
        assert result["accuracy_norm"] >= 1

    @pytest.mark.evaluates(pages)
    def test_perplexity(compare):
        result = compare(pages)
        assert result["word_perplexity"].drop <= 6
        assert result["loss"].drop <= 0.6
"""
LOADED = """
import sys
def pytest_unconfigure():
    print("libraries:", sorted({"sacrebleu", "numpy", "torch"} & sys.modules.keys()))
"""


@pytest.fixture
def families(project: "Project") -> "Project":
    """Three tasks, and a candidate that answers a little worse than the base on each."""
    rows = [{"id": name, "text": text, "facts": [text[-5:]]} for name, text in TEXTS.items()]
    project.task(
        "texts",
        rows=rows,
        prompt="{{ id }} = {{ text }}",
        expected="{{ text }}",
        metrics=METRICS,
    )
    project.choice(metrics=["accuracy", "accuracy_norm", "brier", "calibration_error"])
    project.task(
        "pages",
        rows=[{"id": "p1", "text": "one two three"}, {"id": "p2", "text": "four  five"}],
        kind="perplexity",
        prompt=None,
        expected=None,
        metrics=["word_perplexity", "token_perplexity", "bits_per_byte", "loss"],
    )
    project.adapter("good", replies=REPLIES, nats=2.5, wrong=["q1"])
    project.tests(TESTS)
    return project


def _rows(record: Any) -> dict[str, Any]:
    return {row["metric"]: row for row in record["comparisons"] if row["slice"] is None}


def test_values_reach_record_and_verdict(families: "Project") -> None:
    """The candidate's values are the libraries' own, and drops have the metric's unit."""
    import sacrebleu

    record = families.record()
    families.result.assert_outcomes(passed=3)
    rows = _rows(record)
    replies = [REPLIES.get(name, text) for name, text in TEXTS.items()]
    streams = [list(TEXTS.values())]
    told = {name: text for task in record["tasks"] for name, text in task["signatures"].items()}
    assert set(told) == {"bleu", "chrf++", "ter"}
    for name, scorer in [
        ("bleu", sacrebleu.BLEU()),
        ("chrf++", sacrebleu.CHRF(word_order=2)),
        ("ter", sacrebleu.TER()),
    ]:
        row = rows[name]
        assert row["value"] == scorer.corpus_score(replies, streams).score
        assert told[name] == str(scorer.get_signature())
        assert row["base"] == pytest.approx(0 if name == "ter" else 100)
        assert row["delta"] == pytest.approx(row["value"] - row["base"])
        assert row["interval"][0] <= row["delta"] <= row["interval"][1]
        assert (row["n"], row["losses"], row["ties"]) == (4, 2, 2)
    assert rows["fact_coverage"]["value"] == 1
    assert rows["length_ratio"]["value"] == pytest.approx((3 + 6 / 8) / 4)

    sure = 1 / (1 + math.exp(-2))
    unsure = 1 / (1 + math.exp(-1))
    assert rows["calibration_error"]["base"] == pytest.approx(1 - sure)
    brier = (2 * (1 - unsure) ** 2 + 3 * 2 * (1 - sure) ** 2) / 4
    assert rows["brier"]["value"] == pytest.approx(brier)
    assert rows["accuracy_norm"]["value"] == 1

    assert rows["word_perplexity"]["base"] == pytest.approx(math.exp(2))
    assert rows["word_perplexity"]["value"] == pytest.approx(math.exp(2.5))
    assert rows["token_perplexity"]["value"] == pytest.approx(math.exp(2.5))
    assert rows["loss"]["delta"] == pytest.approx(0.5)
    assert rows["bits_per_byte"]["value"] == pytest.approx(12.5 / math.log(2) / 23)


def test_a_stored_run_loads_no_library(families: "Project") -> None:
    """Scores, values and intervals of the second run are the first one's, read from the store."""
    (families.path / "conftest.py").write_text(LOADED)
    first = families.record(spawn=True, folder="first")
    families.result.stdout.fnmatch_lines(["libraries: ['numpy', 'sacrebleu']"])
    second = families.record(spawn=True, folder="second")
    families.result.stdout.fnmatch_lines(["libraries: []"])
    assert json.dumps(second["comparisons"]) == json.dumps(first["comparisons"])


def test_what_is_wrong_is_said_at_collection(families: "Project") -> None:
    """An option, a kind of task and a folder that do not fit are collection's errors."""
    families.task("words", metrics=[{"metric": "bleu", "tokenize": "spm"}])
    families.tests("words = load_task('words.task.yaml')\ndef test_it(compare): compare(words)")
    result = families.run()
    result.stdout.fnmatch_lines(["*words.task.yaml:*metric 'bleu' needs `tokenize` to be one of*"])
    result.assert_outcomes(errors=1)
