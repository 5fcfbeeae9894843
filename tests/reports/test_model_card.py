"""Model cards: the hub's library reads back the record's values, whatever the names are."""

import importlib.util
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from huggingface_hub import ModelCard, metadata_load
from huggingface_hub.repocard_data import model_index_to_eval_results
from hypothesis import given, settings

from pytest_ftevals.core.record import Outcome, Record, TestRow
from pytest_ftevals.reports.deltas import number_cells
from pytest_ftevals.reports.formats import left_out, report_files
from pytest_ftevals.reports.headline import headline
from pytest_ftevals.reports.model_card.candidate import candidates
from pytest_ftevals.reports.model_card.files import card_files, card_names, stale_cards
from pytest_ftevals.reports.summary import limitations, summary
from pytest_ftevals.reports.write import write_report
from tests.markdown.rendered import render
from tests.reports.runs import Run, runs

if TYPE_CHECKING:
    from tests.reports.conftest import Build


ELEMENTS = {"h1", "h2", "h3", "p", "ul", "li", "strong", "em", "code", "pre", "span", "details"}
ELEMENTS |= {"summary", "table", "thead", "tbody", "tr", "th", "td"}
"""What our own Markdown becomes."""


def cards(record: Record) -> dict[str, str]:
    """Return the text of each card by its file name."""
    return {name: "".join(parts) for name, parts in card_files(record)}


def metadata_of(text: str) -> dict[str, Any]:
    """Return what the hub's library reads of a card, as it writes it."""
    data: dict[str, Any] = ModelCard(text).data.to_dict()  # type: ignore[no-untyped-call]
    return data


def results(text: str) -> list[tuple[str | None, str, float]]:
    """Return what the hub reads of a card: metric names, types and values."""
    index = metadata_of(text).get("model-index")
    found = model_index_to_eval_results(index)[1] if index else []
    return [(one.metric_name, one.metric_type, one.metric_value) for one in found]


def test_the_hub_reads_the_records_values(build: "Build", tmp_path: Path) -> None:
    """Loaded from its file: base, library, and every value as it is in the record."""
    record = build.failing()
    write_report(tmp_path, record, build.samples())
    card = ModelCard.load(tmp_path / "model-card.md")
    assert card.data.base_model == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert card.data.get("base_model_relation") == "adapter"
    assert card.data.library_name == "peft"
    assert card.data.model_name == "trec"
    assert card.data.tags == ["lora", "pytest-ftevals"]
    assert card.data.metrics == ["accuracy", "json_valid", "perplexity"]
    assert card.data.get("datasets") is None
    assert card.data.eval_results is not None
    found = {one.metric_name: one for one in card.data.eval_results}
    assert {name: one.metric_value for name, one in found.items()} == {
        "mmlu accuracy": 0.298,
        "tickets accuracy": 0.526,
        "tickets json_valid": 0.926,
        "wikitext perplexity": 25.02,
    }
    assert found["tickets accuracy"].task_type == "text-generation"
    assert found["tickets accuracy"].dataset_type == "tickets.jsonl"
    assert {one.source_name for one in found.values()} == {"pytest-ftevals"}
    metadata = metadata_load(tmp_path / "model-card.md")
    assert metadata is not None
    assert next(iter(metadata)) == "base_model"


def test_a_hub_data_set_is_named_as_the_hub_does(build: "Build") -> None:
    """Its id, config, split and revision; a choice task is the hub's multiple choice."""
    record = build.passing()
    task = replace(
        record.tasks[0], kind="choice", data="hub:cais/mmlu:all@0123abc#test", decode=None
    )
    (text,) = cards(replace(record, tasks=(task, record.tasks[1]))).values()
    first = model_index_to_eval_results(metadata_of(text)["model-index"])[1][0]
    assert (first.dataset_type, first.dataset_config) == ("cais/mmlu", "all")
    assert (first.dataset_revision, first.dataset_split) == ("0123abc", "test")
    assert (first.task_type, first.dataset_name) == ("multiple-choice", "cais/mmlu (all)")


def test_tasks_on_one_data_set_stay_apart(build: "Build") -> None:
    """The hub joins them in one result; the metrics' names keep them apart."""
    record = build.passing()
    same = tuple(replace(task, data="hub:a/b#test") for task in record.tasks)
    (text,) = cards(replace(record, tasks=same)).values()
    index = metadata_of(text)["model-index"]
    assert len(index[0]["results"]) == 1
    assert [name for name, *_ in results(text)] == [
        "mmlu accuracy",
        "tickets accuracy",
        "tickets json_valid",
    ]


@pytest.mark.parametrize(
    ("source", "revision"), [("models/base", None), ("../base", "x"), ("a/b/c", "x")]
)
def test_a_base_in_a_folder_is_not_taken_for_the_hubs(
    build: "Build", source: str, revision: str | None
) -> None:
    """The hub refuses a card whose base is no id of its own."""
    record = build.passing()
    base = replace(record.variants[0], source=source, revision=revision)
    (text,) = cards(replace(record, variants=(base, record.variants[1]))).values()
    data = metadata_of(text)
    assert "base_model" not in data
    assert "base_model_relation" not in data


def test_a_full_model_is_a_fine_tune(build: "Build") -> None:
    """Not an adapter: its library is transformers."""
    text = cards(build.two_candidates())["model-card-r16.md"]
    data = metadata_of(text)
    assert (data["library_name"], data["base_model_relation"]) == ("transformers", "finetune")


def test_the_card_tells_what_the_record_does(build: "Build") -> None:
    """Headline, summary, table, limitations, and everything that makes it reproducible."""
    record = build.failing()
    (text,) = cards(record).values()
    page = render(ModelCard(text).text)
    seen = page.plain.replace("\n", "") + "".join(page.codes)
    assert headline(record).text in page.plain
    for part in (*summary(record), *limitations(record)):
        assert part.replace("\n", "") in seen
    for row in record.comparisons:
        shown = number_cells(row, "±")
        wanted = {shown["base"], shown["value"], shown["delta"], shown["interval"]}
        assert any(wanted <= set(cells) for cells in page.rows)
    codes = " ".join(page.codes)
    for variant in record.variants:
        assert variant.fingerprint in codes
        assert variant.source in codes
        assert (variant.revision or "") in codes
    for task in record.tasks:
        for fact in (task.data, task.data_hash, task.template_hash, task.source, *task.metrics):
            assert fact in codes
    for fact in ("pytest evalsuites/", "torch: 2.8.0", "threads: 2", "float32", '"r": 8'):
        assert fact in codes


def test_signatures_and_samples_are_told(build: "Build") -> None:
    """What a published value must come with."""
    record = build.passing()
    task = replace(record.tasks[0], samples=5, signatures={"accuracy": "nrefs:1|tok:13a"})
    (text,) = cards(replace(record, tasks=(task,))).values()
    assert "- `mmlu` (`generate`): 1,000 cases, each asked 5 times\n" in text
    assert "  - metrics: `accuracy` (signature `nrefs:1|tok:13a`)\n" in text


def test_several_candidates_have_a_card_each(build: "Build") -> None:
    """Each with its own values and none of the other's; the trade-off stands in both."""
    found = cards(build.two_candidates())
    assert list(found) == ["model-card-trec.md", "model-card-r16.md"]
    assert ("tickets accuracy", "accuracy", 0.874) in results(found["model-card-r16.md"])
    assert ("tickets accuracy", "accuracy", 0.526) in results(found["model-card-trec.md"])
    text = ModelCard(found["model-card-r16.md"]).text
    assert "trec" not in text


def test_seeds_of_one_recipe_share_a_card(build: "Build") -> None:
    """What was compared is their mean; each seed's fingerprint is told."""
    record = build.passing()
    seeds = [
        replace(record.variants[1], name=f"r8.{n}", group="r8", fingerprint=f"{n}" * 64)
        for n in range(3)
    ]
    mean = [replace(row, candidate="r8", seeds=3) for row in record.comparisons]
    own = [replace(row, candidate="r8.1", value=0.1, thresholds=()) for row in mean]
    group = replace(record, variants=(record.variants[0], *seeds), comparisons=(*mean, *own))
    ((name, text),) = cards(group).items()
    assert name == "model-card.md"
    assert [value for *_, value in results(text)] == [0.298, 0.526, 1.0]
    assert all(f"{n}" * 64 in text for n in range(3))


@pytest.mark.parametrize(
    ("names", "files"),
    [
        ([], []),
        (["../../x"], ["model-card.md"]),
        (["r8", "r16"], ["model-card-r8.md", "model-card-r16.md"]),
        (["../../x", "a/b"], ["model-card-x.md", "model-card-a-b.md"]),
        (
            ["a b", "a-b", "A?b"],
            ["model-card-a-b.md", "model-card-a-b-2.md", "model-card-A-b-3.md"],
        ),
        (["", "漢"], ["model-card-candidate.md", "model-card-candidate-2.md"]),
    ],
)
def test_file_names_are_safe_and_apart(names: list[str], files: list[str]) -> None:
    """No path, nothing that a file system refuses, no two that it takes for one."""
    assert card_names(names) == files
    assert all(len(name) < 100 for name in card_names(["x" * 500, "x" * 500]))


def test_cards_of_an_earlier_run_go(build: "Build", tmp_path: Path) -> None:
    """A card of a candidate that is no longer there would speak beside another run's record."""
    own = tmp_path / "model-card-mine.md"
    own.write_text("written by hand")
    write_report(tmp_path, build.two_candidates(), ())
    assert (tmp_path / "model-card-r16.md").exists()
    write_report(tmp_path, build.passing(), ())
    cards = sorted(path.name for path in tmp_path.glob("model-card*"))
    assert cards == ["model-card-mine.md", "model-card.md"]
    assert stale_cards(tmp_path, ["model-card.md"]) == ()


def test_a_card_that_a_person_wrote_stays(build: "Build", tmp_path: Path) -> None:
    """Under the very name of one of ours, and a line says so; one of ours is replaced."""
    own = tmp_path / "model-card.md"
    own.write_text("# Written by hand")
    written = write_report(tmp_path, build.passing(), ())
    assert own.read_text() == "# Written by hand"
    assert own not in written
    said = "model-card.md is left as it is: this file was not made by pytest-ftevals"
    assert left_out(build.passing(), tmp_path) == (said,)
    write_report(tmp_path, build.two_candidates(), ())
    assert own.read_text() == "# Written by hand"
    own.unlink()
    assert own in write_report(tmp_path, build.passing(), ())
    before = own.read_text()
    assert own in write_report(tmp_path, build.failing(), ())
    assert own.read_text() != before
    assert left_out(build.failing(), tmp_path) == ()


def test_a_candidates_own_tests_make_its_headline(build: "Build") -> None:
    """Another's misses, skips and errors are the whole run's, which is told second."""
    record = build.two_candidates()
    rows = [
        build.row(
            "mmlu", "accuracy", replace(build.threshold("drop <= 3", test=test)), candidate=of
        )
        for of, test in (("trec", "t.py::test[x]"), ("r16", "t.py::test[y]"))
    ]
    rows[1] = replace(
        rows[1],
        thresholds=(build.threshold("drop <= 3", test="t.py::test[y]", holds=False),),
    )
    outcomes: dict[str, Outcome] = {
        "t.py::test[x]": "passed",
        "t.py::test[y]": "failed",
        "t.py::test_reply[trec-1]": "passed",
        "t.py::test_reply[r16-1]": "skipped",
        "t.py::test_of_none": "passed",
    }
    tests = tuple(
        TestRow(nodeid=nodeid, outcome=outcome, states_threshold=True)
        for nodeid, outcome in outcomes.items()
    )
    run = {**record.run, "exitstatus": 1}  # by the other candidate's test
    record = replace(record, run=run, comparisons=tuple(rows), tests=tests)
    found = cards(record)
    good, bad = (found[f"model-card-{name}.md"] for name in ("trec", "r16"))
    whole = headline(record)
    assert "**PASS** 3 of 3 tests passed\n\nThe whole run, on 2 candidates, says: FAIL 1 of" in good
    assert whole.text in render(ModelCard(good).text).plain
    assert "**FAIL** 1 of 3 tests failed · 1 of 3 tests skipped · 1 of 1 threshold missed" in bad
    assert "skipped, so there is no verdict" in bad
    assert "skipped, so there is no verdict" not in good


def test_without_the_hubs_library_there_is_no_card(
    build: "Build", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other files are written, and a line says how to have one."""
    assert left_out(build.passing(), Path()) == ()
    monkeypatch.setattr(
        "pytest_ftevals.reports.model_card.files.find_spec",
        lambda name: None if name == "huggingface_hub" else importlib.util.find_spec(name),
    )
    names = [name for name, _ in report_files(build.passing(), ())]
    assert "record.json" in names
    assert not any(name.startswith("model-card") for name in names)
    assert left_out(build.passing(), Path()) == (
        "no model card: huggingface_hub is missing (pip install 'pytest-ftevals[card]')",
    )


def test_a_run_without_a_candidate_has_no_card(build: "Build") -> None:
    """The base's card is its makers'."""
    record = build.passing()
    assert cards(replace(record, variants=record.variants[:1])) == {}
    assert cards(Record()) == {}


@settings(max_examples=40)
@given(runs())
def test_any_card_is_valid_and_exact(run: Run) -> None:
    """YAML that reads back the values bit for bit, and a page of our own elements alone."""
    found = candidates(run.record)
    for candidate, text in zip(found, cards(run.record).values(), strict=True):
        text.encode()
        head = text.split("\n---\n", 1)[0].removeprefix("---\n")
        assert isinstance(yaml.safe_load(head), dict)
        wanted = [row.value for row in candidate.rows if math.isfinite(row.value)]
        assert sorted(value for *_, value in results(text)) == sorted(wanted)
        page = render(ModelCard(text).text)
        assert set(page.tags) <= ELEMENTS
        assert {name for _, name, _ in page.attributes} <= {"align", "class", "lang"}
        assert page.comments == 0  # ours stands before the body
