"""What a candidate's failures on a task have in common: features tested against chance."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from pytest_ftevals.core.failures import Pattern, PatternRow
from pytest_ftevals.core.record import Sample
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.labels.features import Feature, features_of
from pytest_ftevals.labels.patterns import first_failed, tried_features
from pytest_ftevals.run.case_outcomes import case_outcomes
from pytest_ftevals.stats.fisher import fisher_p
from pytest_ftevals.stats.holm import holm

ERROR = 0.05
"""The chance that anything is found where nothing is to be found, at most."""
_NAMED = 10
Among = Literal["failures", "regressions"]


def pattern_rows(
    task: Task, samples: Sequence[Sample], candidates: Sequence[str]
) -> Iterator[PatternRow]:
    """Yield what the failures of each candidate have in common, then what its regressions have.

    A row where some case failed and a feature could be tried. Varied cases do not count.
    """
    base = case_outcomes(task, samples, BASE)
    features: tuple[Feature, ...] | None = None
    for candidate in candidates:
        own = case_outcomes(task, samples, candidate)
        kept = {case: passed for case, passed in own.items() if base.get(case)}
        if not all(own.values()):
            features = features or features_of(task)
            yield from _row(task, candidate, "failures", own, features)
            yield from _row(task, candidate, "regressions", kept, features)


def _row(
    task: Task,
    candidate: str,
    among: Among,
    outcomes: Mapping[str, bool],
    features: Sequence[Feature],
) -> Iterator[PatternRow]:
    looked_at = _independent(task, outcomes)
    failed = {case for case in looked_at if not outcomes[case]}
    tried = tried_features(features, set(looked_at), failed)
    if not failed or not tried:
        return
    p_values = [fisher_p(one.failed, one.n, len(failed), len(looked_at)) for one in tried]
    named = {feature.name: feature for feature in features}
    found = [
        Pattern(
            feature=one.name,
            n=one.n,
            failed=one.failed,
            lift=one.failed * len(looked_at) / (one.n * len(failed)),
            p=p,
            p_adjusted=adjusted,
            cases=first_failed(named[one.name], looked_at, failed, _NAMED),
        )
        for one, p, adjusted in zip(tried, p_values, holm(p_values), strict=True)
        if adjusted <= ERROR
    ]
    yield PatternRow(
        task=task.name,
        candidate=candidate,
        among=among,
        cluster=task.cluster,
        n=len(looked_at),
        failed=len(failed),
        tried=len(tried),
        found=tuple(sorted(found, key=lambda one: (one.p, -one.lift))),
    )


def _independent(task: Task, outcomes: Mapping[str, bool]) -> list[str]:
    """Return the cases to look at, in order: of each cluster the first, for its cases are alike."""
    seen: set[str] = set()
    found = []
    for case in task.cases:
        if case.id not in outcomes or case.cluster in seen:
            continue
        found.append(case.id)
        if case.cluster is not None:
            seen.add(case.cluster)
    return found
