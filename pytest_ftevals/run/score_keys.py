"""Keys of stored scores: digests of everything that can change a score or an estimate."""

from collections.abc import Sequence

from pytest_ftevals.core.canonical import JSON, digest
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Metric, Task
from pytest_ftevals.stats.bootstrap import REPLICATES
from pytest_ftevals.store.keys import library_versions

SCORE_VERSION = 1
"""Raised when a metric's way of scoring changes: stored scores and saved runs then fit no more."""
ESTIMATE_VERSION = 3
"""Raised when a value's or an interval's way of computing changes: stored ones are then missed."""


def scoring_digest(task: Task, metric: Metric) -> str:
    """Return a digest of what the keys of a task's scores on a metric have in common."""
    return digest(
        {
            "score_version": SCORE_VERSION,
            "metric": metric.name,
            "libraries": _versions(metric.score_libraries),
            "kind": task.kind,
            "schema": task.schema,
            "settings": metric.settings,
        }
    )


def score_key(scoring: str, case: Case, response: Response) -> str:
    """Return the key of a response's score; `scoring` is the `scoring_digest`.

    Everything that any metric may read goes in, not what this one reads: a miss too many costs a
    moment, a stale score a wrong verdict.
    """
    return digest(
        [
            scoring,
            case.expected,
            list(case.options),
            list(case.continuations),
            list(case.givens),
            dict(case.row),
            response.text,
            list(response.turns),
            response.finish,
            [[one.text, one.logprob, one.tokens, one.greedy] for one in response.choices],
        ]
    )


def estimates_key(
    metric: Metric,
    before: Sequence[Score],
    after: Sequence[Score],
    *,
    binary: bool,
    levels: tuple[float, ...],
    seed: int,
    clusters: Sequence[int] | None = None,
) -> str:
    """Return the key of a comparison's estimates: of base, candidate and gain."""
    return digest(
        {
            "estimate_version": ESTIMATE_VERSION,
            "metric": metric.name,
            "settings": metric.settings,
            "libraries": _versions(("numpy", *metric.value_libraries)),
            "method": [
                binary,
                metric.is_mean,
                metric.points,
                metric.higher_is_better,
                REPLICATES,
            ],
            "levels": list(levels),
            "seed": seed,
            "clusters": None if clusters is None else list(clusters),
            "base": _spelled(metric, before),
            "candidate": _spelled(metric, after),
        }
    )


def _versions(libraries: tuple[str, ...]) -> JSON:
    return [list(pair) for pair in library_versions(libraries)]


def _spelled(metric: Metric, scores: Sequence[Score]) -> JSON:
    """Return what a metric's value is made from."""
    if metric.is_mean:
        return [score.value for score in scores]
    return [
        [[one.value, one.expected, one.predicted, one.parts] for one in score.samples or (score,)]
        for score in scores
    ]
