"""What a tracker is given: the record's own values, under names that every store takes."""

import math
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given

from pytest_ftevals.command.tracked import (
    LONGEST_KEY,
    LONGEST_PARAMETER,
    LONGEST_TAG,
    Keys,
    times,
    tracked_runs,
)
from pytest_ftevals.core.record import Record
from pytest_ftevals.core.threshold import Evidence
from pytest_ftevals.reports.model_card.candidate import candidates
from tests.reports.conftest import Build
from tests.reports.runs import Run, runs

NAME = re.compile(r"[A-Za-z0-9_. -]+(/[A-Za-z0-9_. -]+)?")


def test_values_have_the_names_of_the_table() -> None:
    """Task and metric, then what it is of them; a slice, a reference and a seed say so."""
    build = Build()
    record = build.failing()
    other = replace(record.comparisons[0], reference="r16", value=0.25)
    whole, below = tracked_runs(replace(record, comparisons=(*record.comparisons, other)))
    assert below == ()
    assert whole.name == "trec"
    found = whole.metrics
    assert found["tickets/accuracy"] == 0.526
    assert found["tickets/accuracy.base"] == 0.0
    assert found["tickets/accuracy.delta"] == record.comparisons[1].delta
    assert (found["tickets/accuracy.low"], found["tickets/accuracy.high"]) == (
        record.comparisons[1].interval
    )
    assert found["tickets/accuracy.n"] == 498
    assert found["tickets/accuracy.excluded"] == 2
    assert found["tickets/f1_macro.by.language_de"] == 0.655
    assert found["mmlu/accuracy.against.r16"] == 0.25
    assert found["tickets/failures.failed"] == 237
    assert found["tickets/failures.wrong answer"] == 236
    assert "mmlu/accuracy.excluded" not in found


def test_settings_are_parameters() -> None:
    """Models, tasks and the run; a candidate is called so, that runs can be compared by it."""
    params = tracked_runs(Build().passing())[0].params
    assert params["base.source"] == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert params["candidate.name"] == "trec"
    assert params["candidate.adapter.r"] == "8"
    assert params["candidate.adapter.target_modules"] == '["v_proj", "q_proj"]'
    assert params["task.tickets.n"] == "500"
    assert params["task.tickets.data_hash"] == "cd" * 32
    assert params["task.tickets.decode.max_new_tokens"] == "48"
    assert params["versions.torch"] == "2.8.0"
    assert params["numerics.dtype"] == "float32"
    assert params["confidence"] == "0.95"
    assert "candidate.revision" not in params  # it has none


def test_verdicts_are_tags() -> None:
    """Of the run, and of every threshold in the words of all reports."""
    tags = tracked_runs(Build().failing())[0].tags
    assert tags["ftevals.verdict"] == "FAIL"
    assert tags["ftevals.candidate"] == "trec"
    assert tags["ftevals.thresholds"] == "failed"
    assert tags["threshold.tickets.accuracy"].startswith("accuracy >= 0.80: FAIL, refuted (n 498")
    assert tags["threshold.tickets.accuracy.2"].startswith("gain > 0: holds, proven (n 498, ")
    assert tags["mlflow.note.content"].startswith("**FAIL** 4 of 9 tests failed")


def test_several_candidates_are_runs_below_one() -> None:
    """Values stand in the candidates' own runs, what is common in the first."""
    whole, below = tracked_runs(Build().two_candidates())
    assert whole.name == "trec and r16"
    assert whole.metrics == {}
    assert whole.params["trec.adapter.r"] == "8"
    assert [one.name for one in below] == ["trec", "r16"]
    assert [one.metrics["tickets/accuracy"] for one in below] == [0.526, 0.874]
    assert [one.params["candidate.kind"] for one in below] == ["adapter", "full"]
    assert [one.tags["ftevals.verdict"] for one in (whole, *below)] == ["FAIL"] * 3
    assert [one.tags["ftevals.thresholds"] for one in below] == ["failed", "met"]
    assert "ftevals.thresholds" not in whole.tags


@pytest.mark.parametrize(
    ("evidence", "word"), [("proven", "met"), ("not proven", "undecided"), (None, "none")]
)
def test_thresholds_together_are_one_word(evidence: Evidence | None, word: str) -> None:
    """An inconclusive one that let its test pass is not met; no threshold is neither."""
    build = Build()
    record = build.passing()
    test = record.tests[0].nodeid
    stated = []
    if evidence is not None:
        stated = [build.threshold("drop <= 3", test=test, evidence=evidence, decide="refuted")]
    rows = (build.row("mmlu", "accuracy", *stated),)
    tags = tracked_runs(replace(record, comparisons=rows))[0].tags
    assert tags["ftevals.thresholds"] == word


def test_seeds_stand_beside_their_mean() -> None:
    """A group is one run; its seeds' own values are told by their names."""
    record = Build().passing()
    seeds = [replace(record.variants[1], name=f"r8.{n}", group="r8") for n in range(2)]
    mean = [replace(row, candidate="r8", seeds=2) for row in record.comparisons]
    own = replace(mean[0], candidate="r8.1", value=0.1)
    (whole, below) = tracked_runs(
        replace(record, variants=(record.variants[0], *seeds), comparisons=(*mean, own))
    )
    assert below == ()
    assert (whole.metrics["mmlu/accuracy"], whole.metrics["mmlu/accuracy.of.r8.1"]) == (0.298, 0.1)
    assert (whole.params["r8.0.kind"], whole.params["r8.1.group"]) == ("adapter", "r8")


@pytest.mark.parametrize(
    ("started", "took", "wanted"),
    [
        ("2025-05-06T07:08:09+00:00", 12.345, (1746515289000, 1746515301345)),
        ("2025-05-06T07:08:09+00:00", None, (1746515289000, 1746515289000)),
        ("yesterday", 1.0, None),
        (None, 1.0, None),
    ],
)
def test_times_are_the_runs(
    started: str | None, took: float | None, wanted: tuple[int, int] | None
) -> None:
    """In milliseconds; none where the record does not tell."""
    assert times(Record(run={"started": started, "duration_s": took})) == wanted
    assert datetime.fromtimestamp(1746515289, UTC).hour == 7


def test_names_are_given_once() -> None:
    """What becomes the same, or would on a disk that does not tell cases apart, is numbered."""
    keys = Keys()
    assert keys.grouped("a", "b=c", "x") == "a/b_c.x"
    assert keys.grouped("a", "b?c", "x") == "a/b_c.x.2"
    assert keys.grouped("A", "B.C", "x") == "A/B.C.x"
    assert keys.grouped("A", "B_C", "x") == "A/B_C.x.3"
    assert keys.grouped("../..", "") == "_/_"
    assert keys.flat("x" * 1000, "y" * 1000, "z").endswith("x.yyyyyyyyyy".ljust(72, "y") + ".z")


@given(runs())
def test_any_record_has_names_and_values_that_stores_take(run: Run) -> None:
    """Safe, short, apart even without cases; every finite value of the table, bit for bit."""
    whole, below = tracked_runs(run.record)
    for one in (whole, *below):
        for named in (one.metrics, one.params, one.tags):
            assert len({key.lower() for key in named}) == len(named)
            for key in named:
                assert NAME.fullmatch(key)
                assert len(key) <= LONGEST_KEY
                assert not any(part.strip(".") != part or not part for part in key.split("/"))
        assert all(
            len(value.encode().decode()) <= LONGEST_PARAMETER for value in one.params.values()
        )
        assert all(len(value.encode().decode()) <= LONGEST_TAG for value in one.tags.values())
    found = candidates(run.record)
    for candidate, one in zip(found, below or ([whole] if len(found) == 1 else []), strict=True):
        wanted = [
            value
            for row in candidate.record.comparisons
            for value in (row.value, row.base, row.delta, *row.interval)
            if math.isfinite(value)
        ]
        got = list(one.metrics.values())
        assert all(map(math.isfinite, got))
        for value in wanted:
            assert value in got
