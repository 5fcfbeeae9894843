"""The plain-English summary and limitations: what they say of a record, and good English of any."""

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from pytest_ftevals.core.record import ComparisonRow, Record
from pytest_ftevals.reports.deltas import number_cells
from pytest_ftevals.reports.english import listed, named, sentence
from pytest_ftevals.reports.summary import direction, limitations, summary
from tests.reports.strategies import any_float, deltas, hostile, records, words

if TYPE_CHECKING:
    from tests.reports.conftest import Build

STEERING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d"], "a, b and 2 more"),
    ],
)
def test_lists_read_as_english(parts: list[str], text: str) -> None:
    """The last part after "and"; of many the rest is counted, one more is named instead."""
    assert listed(parts, most=2) == text


def test_names_stay_on_their_line() -> None:
    """What a name hides is spelled out, an empty one is seen, a sentence ends once."""
    assert named("a\n\u202eb") == r"a⏎\u202eb"
    assert named(" \t ") == '""'
    assert len(named("x" * 10**6)) == 120
    assert [sentence(text) for text in ("a", "a.", "a?")] == ["a.", "a.", "a?"]


def test_a_summary_tells_the_whole_setup(build: "Build") -> None:
    """Models, tasks, asking, deciding, then a sentence for what came out."""
    compared, tasks, asked, decided, result = summary(build.failing())
    assert compared == (
        "One candidate was compared with the base SmolLM2-135M-Instruct@12fd25f in float32 on "
        "cpu: trec (LoRA r=8 q_proj,v_proj, 1.8 MB)."
    )
    assert tasks == (
        "The run covers 2 tasks. Task mmlu asks for a written answer to each of 1,000 cases from "
        "mmlu.jsonl, scored by accuracy: About mmlu. Task tickets asks for a written answer to "
        "each of 500 cases from tickets.jsonl, scored by accuracy: About tickets."
    )
    assert asked.startswith("Replies were greedy, the likeliest token at every step, of at most 48")
    assert decided.startswith("6 thresholds were stated, decided by the estimate alone. Proven ")
    assert result == (
        "trec is better than the base on tickets accuracy (0.0 to 52.6, +52.6 points); is worse "
        "than the base on wikitext perplexity (24.32 to 25.02, +0.70); and shows no clear "
        "difference on mmlu accuracy (30.2 to 29.8, -0.4 points, the interval being -4.9 .. +4.0) "
        "and tickets json_valid (91.2 to 92.6, +1.4 points, the interval being -3.1 .. +5.8). trec "
        "passes 1 of 6 thresholds; fails 2: accuracy >= 0.80 on tickets (refuted) and "
        "f1_macro >= 0.70 on tickets language=de (not proven)."
    )


def test_every_candidate_has_its_sentence(build: "Build") -> None:
    """A candidate that passes all is told so; the base alone is told of as such."""
    told = summary(build.two_candidates())
    assert told[-2].startswith("trec is better ")
    assert told[-1].startswith("r16 is better ")
    assert told[-1].endswith(" r16 passes all 2 thresholds.")
    alone = replace(build.passing(), variants=build.passing().variants[:1], comparisons=())
    assert summary(alone)[0].startswith("The base SmolLM2-135M-Instruct@12fd25f was evaluated wit")
    assert summary(Record()) == (
        "The record names no model.",
        "No task was evaluated.",
        "No test held a value against a threshold.",
    )


def test_seeds_are_one_candidate(build: "Build") -> None:
    """A group is named once, and its seeds have no sentence of their own."""
    record = build.passing()
    seeds = [replace(record.variants[1], name=f"r8.{n}", group="r8") for n in range(3)]
    rows = [replace(row, candidate="r8", seeds=3) for row in record.comparisons]
    own = [replace(row, candidate=seed.name, thresholds=()) for row in rows for seed in seeds]
    group = replace(record, variants=(record.variants[0], *seeds), comparisons=(*rows, *own))
    told = summary(group)
    assert "r8 (the mean of 3 seeds, LoRA r=8" in told[0]
    assert len(told) == 5
    assert not any("training run" in text for text in limitations(group))
    assert any("trec is one training run:" in text for text in limitations(record))


def test_seeds_that_differ_are_not_described_by_the_first(build: "Build") -> None:
    """Each recipe among them, and the size of the largest."""
    record = build.passing()
    seeds = (
        replace(build.variant(f"r.{n}", f"out/{n}", rank=rank), group="r")
        for n, rank in enumerate((8, 16))
    )
    told = summary(replace(record, variants=(record.variants[0], *seeds)))
    assert (
        "r (the mean of 2 seeds that differ, LoRA r=8 q_proj,v_proj or LoRA r=16 q_proj,v_proj, "
        "up to 3.7 MB)."
    ) in told[0]


def test_what_was_not_compared_is_not_said_to_be(build: "Build") -> None:
    """A run that was cut off has variants and no rows."""
    record = replace(build.passing(), comparisons=())
    assert summary(record)[0] == (
        "One candidate was to be compared with the base SmolLM2-135M-Instruct@12fd25f in float32 "
        "on cpu: trec (LoRA r=8 q_proj,v_proj, 1.8 MB). No comparison was made."
    )
    saved = replace(record, run={**record.run, "against": {"name": "monday"}})
    assert (
        " to be compared with the base SmolLM2-135M-Instruct@12fd25f and with the saved run monday"
        in summary(saved)[0]
    )
    assert "were compared" not in summary(saved)[0]


def test_decoding_is_told_as_it_was(build: "Build") -> None:
    """Drawn replies with their settings and number, ranked options, scored texts."""
    drawn = replace(
        build.task("drawn", 9, "accuracy", samples=5),
        decode={"temperature": 0.7, "top_p": 0.9, "seed": 1, "max_new_tokens": 64, "top_k": None},
    )
    tasks = (
        drawn,
        replace(build.task("ranked", 9, "accuracy"), kind="choice", decode=None),
        replace(build.task("texts", 9, "perplexity"), kind="perplexity", decode=None),
    )
    record = replace(build.passing(), tasks=tasks)
    asked = summary(record)[2]
    assert (
        "Replies were drawn at random (temperature 0.7, top_p 0.9, seed 1), of at most 64 new "
        "tokens, 5 times a case, whose score is their mean (drawn)." in asked
    )
    assert "Options were ranked by their log-probability; nothing was generated (ranked)." in asked
    assert "Given texts were scored token by token; nothing was generated (texts)." in asked
    assert any(text.startswith("Replies to drawn were drawn at") for text in limitations(record))


def test_limitations_are_those_of_the_record(build: "Build") -> None:
    """Each is said where the record shows it, with what it is about."""
    told = limitations(build.failing())
    for wanted in (
        (
            "Under 200 cases only large differences show: wikitext perplexity (62 cases) and "
            "tickets language=de f1_macro (120 cases; the smallest drop that shows in 4 of 5 runs "
            "is 5.6 points)."
        ),
        (
            "2 cases of tickets are left out of accuracy and json_valid for trec, not scored on "
            "both sides."
        ),
        "1 test did not run, so there is no verdict of it: evalsuites/test_tickets.py::test_late.",
        "trec did not run on the base's own weights: a separate base was loaded for it.",
        "1 choice is too close for rounding to tell: tickets 88 trec.",
        "Noted in the run: bfloat16: 3 answers differed between batch compositions.",
    ):
        assert wanted in told
    assert not any(text.startswith("Under 50 cases") for text in told)


@pytest.mark.parametrize(
    ("run", "text"),
    [
        (
            {"numerics": {"dtype": "bfloat16", "quantization": {"quant_method": "x"}}},
            "Models ran in bfloat16 and quantized weights: rounding",
        ),
        ({"numerics": {"dtype": "float32"}}, None),
        ({"options": {"cases": ["a", "b"]}}, "Only chosen cases were asked: a and b."),
        (
            {"replayed": {"path": "r", "started": "2025-05-06"}},
            "No model was asked: the answers of an earlier run of 2025-05-06 were decided again.",
        ),
        (
            {"self_check": {"variants": {"base": {"held": False}}}},
            "Answers of base did not hold when they were computed again alone;",
        ),
    ],
)
def test_the_runs_facts_limit_it(run: dict[str, object], text: str | None) -> None:
    """Rounding, chosen cases, a replay, a failed self-check; float32 is none."""
    told = limitations(Record(run=run))  # type: ignore[arg-type]
    assert [one.startswith(text) for one in told] == [True] if text else told == ()


def test_few_cases_and_unproven_thresholds_are_named(build: "Build") -> None:
    """Under 50 cases, part of the cases, what only the estimate says."""
    weak = build.threshold("accuracy >= 0.5", evidence="not proven")
    record = build.passing()
    row = build.row("tickets", "accuracy", weak, n=30, total=40)
    told = limitations(replace(record, comparisons=(row,)))
    assert told[0].startswith("Under 50 cases an estimate tells little: tickets accuracy (40 cases")
    assert any("tickets accuracy (30 of 40)" in text for text in told)
    assert (
        "1 threshold holds by the estimate but is not proven, so chance may explain it: "
        "accuracy >= 0.5 on tickets accuracy (trec)." in told
    )


@pytest.mark.parametrize(
    ("delta", "interval", "higher", "word"),
    [
        (3.0, (1.0, 5.0), True, "better"),
        (3.0, (1.0, 5.0), False, "worse"),
        (-3.0, (-5.0, -1.0), True, "worse"),
        (-3.0, (-5.0, -1.0), False, "better"),
        (3.0, (0.0, 5.0), True, "same"),
        (float("nan"), (1.0, 5.0), True, "unknown"),
        (3.0, (float("nan"), 5.0), True, "unknown"),
    ],
)
def test_better_and_worse_need_an_interval_without_zero(
    build: "Build", delta: float, interval: tuple[float, float], word: str, *, higher: bool
) -> None:
    """The metric's direction counts; what could not be computed is neither."""
    row = replace(build.row("t", "m"), delta=delta, interval=interval, higher_is_better=higher)
    assert direction(row) == word


@given(records(hostile, any_float))
def test_any_record_has_clean_paragraphs(record: Record) -> None:
    """Nothing crashes, steers, breaks a line or is empty."""
    for text in (*summary(record), *limitations(record)):
        assert text
        assert text == text.strip()
        assert STEERING.isdisjoint(map(unicodedata.category, text))


@given(records(words, deltas))
def test_any_record_reads_as_english(record: Record) -> None:
    """Without hostile names: whole sentences, one and many told apart, the table's numbers."""
    told = " ".join(summary(record))
    seeds = {one.name for one in record.variants if one.group is not None}
    for name in {row.candidate for row in record.comparisons} - seeds:
        rows = [row for row in record.comparisons if row.candidate == name]
        for row in rows:
            if row.slice is None and row.reference == "base":
                assert f" {row.task} {row.metric} ({_shown(row)}" in told
    for text in (*summary(record), *limitations(record)):
        assert text[-1] == "."
        assert not re.search(r"  |\(\)|,,| [,;:]| \.(?!\.)|\band\.|: *\.|\.\.$", text), text
        assert not re.search(
            r"\b1 (cases|tests|thresholds|choices|tasks|tokens|seeds|notes)\b", text
        ), text
        assert not re.search(
            r"\b(?!1 )[\d,]+ (case|test|threshold|choice|task|seed|note)\b", text
        ), text


def _shown(row: ComparisonRow) -> str:
    cells = number_cells(row, "±")
    return f"{cells['base']} to {cells['value']}, {cells['delta']}"
