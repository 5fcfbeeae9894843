"""Robustness: a variant's score on varied cases, as a share of its score on the plain ones."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.comparison import ROBUSTNESS, Comparison, Estimate
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Metric, Task
from pytest_ftevals.metrics.pooled import Pooled
from pytest_ftevals.run.compare import Scores, compare_scores
from pytest_ftevals.store.scores import ScoreStore


def robustness_of(metric: Metric) -> Pooled:
    """Return the ratio of a task's first metric on varied cases to the same on the plain ones.

    1 where noise costs nothing; above 1 where noise helps. A case's score is its mean over its
    variations; its plain score goes with it, so that resampling keeps the pair together.
    """
    return Pooled(
        name=ROBUSTNESS,
        needs=partial(_needs_a_mean, metric),
        rate=metric.score,
        pool=_ratio,
        points=False,
        only=metric.only,
        score_libraries=metric.score_libraries,
        settings=[metric.name, metric.settings],
    )


def _needs_a_mean(metric: Metric, task: Task) -> None:
    """Raise FtevalsError where the metric is no mean of scores that grow with quality."""
    if not (metric.is_mean and metric.points and metric.higher_is_better):
        raise FtevalsError(
            f"robustness is a ratio of means from 0 to 1, and {metric.name!r}, the first "
            f"metric of task {task.name!r}, has none",
            where=str(task.path),
            fix="Put `accuracy`, `exact_match` or another mean of scores first.",
        )


def _ratio(sums: Sequence[float]) -> float:
    """Return varied over plain; 1 of a replicate that drew no plain score above 0 to lose."""
    varied, plain = sums
    return varied / plain if plain > 0 else 1.0


def kinds_of(task: Task) -> tuple[str, ...]:
    """Return the kinds of a task's variations, sorted; all paraphrases are one kind."""
    return tuple(sorted({kind_of(case) for case in task.varied}))


def kind_of(case: Case) -> str:
    """Return the kind of a varied case, from its id ``ID~KIND``."""
    return case.id.rpartition("~")[2].partition(".")[0]


def paired_scores(
    task: Task, plain: Mapping[str, Score], varied: Mapping[str, Score], kind: str | None
) -> dict[str, Score]:
    """Return per plain case its mean score over its variations, with the plain one beside it.

    `varied` are scores by the varied cases' ids; `kind` narrows them to one kind. Cases without a
    variation are left out; one with an unscored side is unscored, with the reason.
    """
    sides: dict[str, list[Score]] = {}
    for case in task.varied:
        if case.plain is not None and kind in (None, kind_of(case)):
            sides.setdefault(case.plain, []).append(varied[case.id])
    return {case: _pair(plain[case], several) for case, several in sides.items()}


def _pair(plain: Score, varied: Sequence[Score]) -> Score:
    for one in (plain, *varied):
        if one.value is None:
            return Score(value=None, reason=one.reason)
    mean = math.fsum(one.value or 0.0 for one in varied) / len(varied)
    return Score(value=mean, parts=[mean, plain.value])


def compare_robustness(
    task: Task,
    found: Pooled,
    candidate: str,
    base: Scores,
    own: Scores,
    *,
    where: str | None,
    levels: tuple[float, ...],
    kept: ScoreStore | None,
) -> Comparison:
    """Return how robust a candidate is beside the base, from their paired scores.

    A base that gets no plain case right, as before many fine-tunes, has no robustness: its value
    and the change are NaN then. Raises FtevalsError for such a candidate.
    """
    if not _has_something_to_lose(own):
        raise FtevalsError(
            f"{candidate} has no robustness on task {task.name!r}: no plain case scored above 0 "
            f"with {task.metrics[0]}",
            where=str(task.path),
            fix="Noise cannot cost what is not there. Look at the plain cases first.",
        )
    known = _has_something_to_lose(base)
    comparison = compare_scores(
        task,
        found,
        candidate,
        base if known else own,
        own,
        where=where,
        levels=levels,
        among=own,
        kept=kept,
    )
    if known:
        return comparison
    return replace(comparison, base=_unknown(comparison.base), gain=_unknown(comparison.gain))


def _has_something_to_lose(scores: Scores) -> bool:
    """Return whether a plain score is above 0, or nothing could be scored, which others say."""
    plain = [one.parts[1] for one in scores.values() if one.parts is not None]
    return not plain or any(isinstance(one, int | float) and one > 0 for one in plain)


def _unknown(estimate: Estimate) -> Estimate:
    nowhere = estimate.with_each(lambda one: replace(one, low=math.nan, high=math.nan))
    return replace(nowhere, value=math.nan)
