"""Every metric's golden cases: what goes in, the score that must come out."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.registry import metric


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
    )
    judge = metric(metric_name)
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
    assert score.reason or score.value not in {0.0, None} or metric_name.startswith("rouge")
    if "predicted" in golden:
        assert score.predicted == golden["predicted"]
