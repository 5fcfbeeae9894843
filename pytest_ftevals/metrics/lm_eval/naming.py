"""Which metrics a task of lm-eval has, and what is known of each before anything is answered."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Choice, Response
from pytest_ftevals.core.suggest import did_you_mean
from pytest_ftevals.metrics.lm_eval.metric import MEANS, LmEvalMetric
from pytest_ftevals.metrics.lm_eval.replicates import Aggregate, known
from pytest_ftevals.metrics.lm_eval.scorer import (
    Asked,
    Scorer,
    Surroundings,
    pipelines,
    processed,
    seeded_quietly,
)

_BINARY = frozenset({"acc", "acc_norm", "acc_bytes", "acc_mutual_info", "exact_match"})
"""lm-eval's own 0/1 metrics."""
_OWN_UNIT = frozenset(
    {
        "perplexity",
        "weighted_perplexity",
        "bits_per_byte",
        "matthews_corrcoef",
        "bleu",
        "chrf",
        "chrfpp",
        "ter",
        "brier_score",
        "bypass_agg",
    }
)
"""lm-eval's own aggregations whose values are no rates between 0 and 1."""


def lm_eval_metrics(
    asked: Sequence[Asked],
    group: Any,
    *,
    own_unit: Sequence[str] = (),
    settings: Mapping[str, JSON] | None = None,
    where: str = "",
    around: Surroundings = seeded_quietly,
) -> dict[str, LmEvalMetric]:
    """Return the metrics of a task, group or tag by their names, lm-eval's order.

    Those that a group aggregates come first, then those that more of its tasks have. lm-eval's
    code, and tasks' own, scores in `around`. Raises FtevalsError where `own_unit` names no metric.
    """
    first: dict[str, Asked] = {}
    for one in asked:
        first.setdefault(one.subtask, one)
    having: dict[str, dict[str, Asked]] = {}
    for one in first.values():
        for name in _names(one):
            having.setdefault(name, {})[one.subtask] = one
    weights = _aggregated(group, having)
    _check_units(own_unit, having, where)
    order = sorted(having, key=lambda name: (name not in weights, -len(having[name])))
    scorer = Scorer(asked, around)
    return {
        name: _metric(
            name,
            having[name],
            scorer,
            by_size=weights.get(name, True),
            own_unit=own_unit,
            settings=settings or {},
        )
        for name in order
    }


def _metric(
    name: str,
    having: Mapping[str, Asked],
    scorer: Scorer,
    *,
    by_size: bool,
    own_unit: Sequence[str],
    settings: Mapping[str, JSON],
) -> LmEvalMetric:
    key = _key(name)
    tasks = [one.task for one in having.values()]
    aggregates: Mapping[str, Aggregate] = {
        subtask: _aggregation(one.task, key) for subtask, one in having.items()
    }
    kinds = {known(one) for one in aggregates.values()}
    directions = [one.higher_is_better().get(key) for one in tasks]
    return LmEvalMetric(
        name=name,
        scorer=scorer,
        aggregates=aggregates,
        by_size=by_size,
        binary=key in _BINARY and kinds == {"mean"} and all(map(_is_standard, tasks)),
        higher_is_better=next((one for one in directions if one is not None), True),
        points=not kinds & _OWN_UNIT and not {key, name} & {*own_unit},
        is_mean=kinds <= MEANS | {"brier_score"} and (by_size or len(having) == 1),
        settings={**settings, "weight_by_size": by_size},
    )


def _names(asked: Asked) -> list[str]:
    """Return the names of a task's metrics: by filter, in the order of its results."""
    keys = _keys(asked)
    return [f"{key},{pipeline}" for pipeline in pipelines(asked.task) for key in keys]


def _keys(asked: Asked) -> list[str]:
    """Return the metrics that a task's results hold.

    Of results that lm-eval's own code makes a trial shows them: it may have listed some that this
    kind of task does not get, and functions may return several. A task's own code is not run for
    that: what it lists counts.
    """
    if _is_standard(asked.task):
        try:
            return [*processed(asked, pipelines(asked.task)[0], _trial(asked))]
        except Exception:  # noqa: BLE001 - a filter or metric may refuse a made-up answer
            return [*asked.task.aggregation()]
    return [*asked.task.aggregation()]


def _trial(asked: Asked) -> Response:
    count = len(asked.instances)
    choices = [Choice(text="", logprob=-1.0 - one, tokens=1, greedy=False) for one in range(count)]
    return Response(text="x", choices=tuple(choices))


def _is_standard(task: Any) -> bool:
    """Return whether lm-eval's own code makes a task's results."""
    from lm_eval.api.task import ConfigurableTask

    inherited = getattr(type(task), "process_results", None) is ConfigurableTask.process_results
    return inherited and not callable(task.get_config("process_results"))


def _aggregation(task: Any, key: str) -> Aggregate:
    from lm_eval.api.metrics import mean

    found: Aggregate = task.aggregation().get(key, mean)
    return found


def _aggregated(group: Any, names: Iterable[str]) -> dict[str, bool]:
    """Return the metrics that a group aggregates, and whether by size."""
    found: dict[str, bool] = {}
    for one in getattr(group, "aggregate_metric_list", None) or ():
        for name in names:
            metric, _, pipeline = name.rpartition(",")
            if metric == one.metric and (one.filter_list is None or pipeline in one.filter_list):
                found[name] = bool(one.weight_by_size)
    return found


def _check_units(own_unit: Sequence[str], names: Iterable[str], where: str) -> None:
    valid = {*names} | {_key(name) for name in names}
    for one in own_unit:
        if one not in valid:
            raise FtevalsError(
                f"own_unit names {one!r}, which is no metric of it",
                where=where,
                fix=f"{did_you_mean(one, valid)}Its metrics: {', '.join(names)}.",
            )


def _key(name: str) -> str:
    return name.rpartition(",")[0]
