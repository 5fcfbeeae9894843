"""Values of lm-eval's metrics that must be refused, and replicates that have none."""

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.lm_eval import replicates
from pytest_ftevals.metrics.lm_eval.metric import LmEvalMetric
from pytest_ftevals.metrics.lm_eval.replicates import replicated, resampled
from pytest_ftevals.metrics.lm_eval.scorer import Scorer
from pytest_ftevals.run.baseline import score_libraries
from pytest_ftevals.run.compare import compare_scores
from pytest_ftevals.run.estimates import estimates

LEVELS = (0.95, 0.9)
Aggregate = Callable[[list[Any]], Any]


class Read(Scorer):
    """Takes each reply for lm-eval's item, as JSON; other text fails with itself."""

    def results(self, case: Case, pipeline: str, response: Response) -> Mapping[str, Any]:
        """Return the item."""
        assert (case.task, pipeline) == ("t", "none")
        if response.text.startswith("!"):
            raise ValueError(response.text)
        return {"m": json.loads(response.text)}


def mean(items: list[Any]) -> float:
    """Stand in for lm-eval's own."""
    return math_mean(items)


def math_mean(items: list[Any]) -> float:
    """Return the mean by a task's own code."""
    return float(sum(items) / len(items))


mean.__module__ = "lm_eval.api.metrics"


def correlated(items: list[Any]) -> float:
    """Return Pearson's correlation, which equal numbers have none of; of one item 0."""
    return statistics.correlation(*zip(*items, strict=True)) if len(items) > 1 else 0.0


def task_of(subtasks: Sequence[str]) -> Task:
    """Return a task with a case for each of these."""
    cases = tuple(
        Case(id=str(number), task="t", prompt="", expected=None, slices={"task": one})
        for number, one in enumerate(subtasks)
    )
    return Task(name="t", kind="generate", path=Path("t"), cases=cases, metrics=("m,none",))


def metric_of(task: Task, aggregate: Aggregate = mean, **settings: Any) -> LmEvalMetric:
    """Return the metric of a task whose replies are its items."""
    asked = [SimpleNamespace(case=one, subtask=one.slices["task"]) for one in task.cases]
    return LmEvalMetric(
        name="m,none",
        scorer=Read(asked),
        aggregates={one.subtask: aggregate for one in asked},
        **settings,
    )


def scores_of(metric: LmEvalMetric, task: Task, items: Sequence[Any]) -> dict[str, Score]:
    """Return the scores of replies that hold these items."""
    texts = [one if isinstance(one, str) else json.dumps(one) for one in items]
    pairs = zip(task.cases, texts, strict=True)
    return {case.id: metric.score(task, case, Response(text=text)) for case, text in pairs}


def test_one_number_beyond_a_rate_refuses_them_all() -> None:
    """BLEU from 0 to 100: what is 0 would be compared alone, and a collapse found harmless."""
    task = task_of(["low"] * 30 + ["high"] * 70)
    metric = metric_of(task)
    base = scores_of(metric, task, [0.0] * 30 + [20.0 + one % 40 for one in range(70)])
    collapsed = scores_of(metric, task, [0.0] * 100)
    for where in (None, "task=low", "task=high"):
        with pytest.raises(FtevalsError, match=r"own_unit=\['m,none'\]") as raised:
            compare_scores(task, metric, "new", base, collapsed, where=where, levels=LEVELS)
    assert "no rate between 0 and 1" in str(raised.value)  # of task=high nothing is scored
    named = metric_of(task, points=False)
    base, collapsed = (
        {one: named.score(task, task.cases[int(one)], Response(text=text)) for one, text in side}
        for side in (
            [(case.id, str(20 * (int(case.id) >= 30))) for case in task.cases],
            [(case.id, "0") for case in task.cases],
        )
    )
    found = compare_scores(task, named, "new", base, collapsed, where=None, levels=LEVELS)
    assert found.gain.value == -14


def test_an_aggregate_beyond_a_rate_is_refused() -> None:
    """Where each document alone looks like one."""
    task = task_of(["a"] * 5)
    metric = metric_of(task, sum, is_mean=False)
    with pytest.raises(FtevalsError, match=r"(?s)lm-eval gives 2\.5.*own_unit"):
        metric.value([*scores_of(metric, task, [0.5] * 5).values()])


def test_replicates_without_a_value_are_left_out() -> None:
    """A correlation has none where all numbers drawn are equal."""
    import numpy as np

    task = task_of(["a"] * 8)
    metric = metric_of(task, correlated, is_mean=False, points=False)
    items = [(one, one % 3 + one / 4) for one in range(8)]
    scores = [*scores_of(metric, task, items).values()]
    counts = np.ones((40, 8), dtype=np.int64)
    counts[7] = [8, 0, 0, 0, 0, 0, 0, 0]
    found = metric.resampled(scores, counts)
    assert found is not None
    assert [*np.flatnonzero(np.isnan(found))] == [7]
    assert found[0] == metric.value(scores)
    base, value, gain = estimates(metric, scores, scores, binary=False, levels=LEVELS, seed=1)
    assert base.interval.low < value.value < value.interval.high
    assert gain.value == 0
    counts[8:12] = counts[7]
    with pytest.raises(FtevalsError, match=r"m,none has no value in 12% .* of which 5% may"):
        metric.resampled(scores, counts)


def test_classes_may_be_of_several_kinds() -> None:
    """Numbers and texts have no order, and need none."""
    import numpy as np

    counts = np.array([[1, 1], [2, 0]], dtype=np.int64)
    assert replicated("f1_score", max, [(1, 1), (0, "none")], counts).tolist() == [1, 1]


def test_a_group_does_not_lose_a_task_silently() -> None:
    """Its tasks weigh alike: without one of them the average is another one."""
    task = task_of(["a"] * 5 + ["b"] * 5)
    metric = metric_of(task, by_size=False, is_mean=False)
    whole = scores_of(metric, task, [1.0] * 5 + [0.0] * 5)
    assert metric.value([*whole.values()]) == 0.5
    assert metric.value([*whole.values()][:5]) == 1.0  # the slice task=a
    lost = scores_of(metric, task, [1.0] * 5 + ["!no such column"] * 5)
    with pytest.raises(FtevalsError, match=r"(?s)^b: m,none weighs .*no such column"):
        compare_scores(task, metric, "new", whole, lost, where=None, levels=LEVELS)
    three = task_of(["a", "b", "c"])
    other = metric_of(three, by_size=False, is_mean=False)
    two = [*scores_of(other, three, [1.0, 0.0, 1.0]).values()][:2]
    with pytest.raises(FtevalsError, match=r"^c: m,none weighs"):  # no slice has these two
        other.value(two)


def test_a_task_that_is_not_drawn_keeps_its_value() -> None:
    """Where a group weighs its tasks alike: replicates are of the same average."""
    import numpy as np

    task = task_of(["a", "a", "b"])
    counts = np.array([[1, 1, 1], [2, 1, 0]], dtype=np.int64)
    alike = metric_of(task, by_size=False, is_mean=False)
    scores = [*scores_of(alike, task, [0.0, 1.0, 1.0]).values()]
    found = alike.resampled(scores, counts)
    assert found is not None
    assert found.tolist() == pytest.approx([(0.5 + 1) / 2, (1 / 3 + 1) / 2])
    sized = metric_of(task, is_mean=False).resampled(scores, counts)
    assert sized is not None
    assert sized.tolist() == pytest.approx([2 / 3, 1 / 3])


@pytest.mark.parametrize("number", [float("nan"), float("-inf")])
def test_what_is_no_number_is_no_value(number: float) -> None:
    """One message with metric and task, and no NaN in the record."""
    task = task_of(["a"] * 3)

    def broken(items: list[Any]) -> float:
        return 0.0 if len(items) == 1 else number

    metric = metric_of(task, broken, is_mean=False, points=False)
    with pytest.raises(FtevalsError, match=r"^a: lm-eval's aggregation of m,none gives (nan|-inf)"):
        metric.value([*scores_of(metric, task, [1, 2, 3]).values()])
    mean_ = metric_of(task, points=False)
    assert mean_._scored("a", number).value is None


def test_reasons_are_short_and_printable() -> None:
    """Whatever a task's own code says."""
    task = task_of(["a"])
    metric = metric_of(task)
    (score,) = scores_of(metric, task, ["!\x1b[31m" + "y" * 100_000]).values()
    assert score.reason.startswith("lm-eval's task failed: ValueError: ! [31myyy")
    assert len(score.reason) < 250


@pytest.mark.parametrize("formula", ["wrong", "gone"])
def test_a_formula_that_is_lm_evals_no_more_is_not_used(
    monkeypatch: pytest.MonkeyPatch, formula: str
) -> None:
    """Another release may compute otherwise, or lack what a formula takes from it."""
    import numpy as np

    def other(*_: Any) -> Any:
        if formula == "gone":
            raise AttributeError("_sacreformat")
        return np.full(3, 0.25)

    monkeypatch.setattr(replicates, "replicated", other)
    counts = np.array([[1, 1], [2, 0]], dtype=np.int64)
    assert resampled(mean, [1.0, 0.0], counts, 0.5).tolist() == [0.5, 1.0]


def test_saved_runs_name_what_differs() -> None:
    """lm-eval's version and the task's own files, each by its name."""
    metric = metric_of(task_of(["a"]), settings={"lm_eval": "0.4.13", "own_unit": ["m"]})
    assert score_libraries(metric) == {"lm_eval": "0.4.13", "own_unit": '["m"]'}
