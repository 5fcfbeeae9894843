"""Every metric's golden cases: what goes in, the score that must come out."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.metric_entry import MetricEntry
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Metric, Task
from pytest_ftevals.metrics.registry import build, metric

SILENT = {"rouge1", "rouge2", "rougeL"}
"""Metrics that give no reason for a low score."""


def judge_of(name: str, options: Mapping[str, Any]) -> Metric:
    """Return the metric as a task file with these options has it."""
    entry = MetricEntry(name=name, metric=name, options=options)
    return build(entry, Path(__file__).parent) or metric(name)


def test_golden_case(
    metric_name: str,
    golden: Mapping[str, Any],
    make_task: Callable[..., Task],
    answer: Callable[..., Response],
) -> None:
    """A golden case's score, reason and class are as written."""
    task = make_task(
        golden["expected"],
        kind=golden.get("kind", "generate"),
        letters=golden.get("letters", False),
        schema=golden.get("schema"),
        row=golden.get("row"),
    )
    judge = judge_of(metric_name, golden.get("options", {}))
    judge.check(task)
    response = answer(
        golden.get("reply", ""), logprobs=[float(value) for value in golden.get("logprobs", ())]
    )

    score = judge.score(task, task.cases[0], response)

    if golden["score"] is None:
        assert score.value is None
    else:
        assert score.value == pytest.approx(golden["score"], abs=golden["tolerance"])
    assert golden.get("reason", "") in score.reason
    worst = 0.0 if judge.higher_is_better else 1.0
    assert score.reason or score.value not in {worst, None} or metric_name in SILENT
    if "predicted" in golden:
        assert score.predicted == golden["predicted"]
