"""Paired scores -> the estimates of a comparison, stored where computing them takes a library."""

import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.comparison import Estimate, Interval
from pytest_ftevals.core.ranked import ByRank
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Metric
from pytest_ftevals.run.score_keys import estimates_key
from pytest_ftevals.stats.bootstrap import resample_counts
from pytest_ftevals.stats.estimate import RATE, UNBOUNDED, Groups, estimate_gain, estimate_value
from pytest_ftevals.stats.quantile import quantile_interval
from pytest_ftevals.store.scores import ScoreStore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Replicates = NDArray[np.float64]

Estimates = tuple[Estimate, Estimate, Estimate]
"""Of base, candidate and gain."""


def estimates(
    found: Metric,
    before: Sequence[Score],
    after: Sequence[Score],
    *,
    binary: bool,
    levels: tuple[float, ...],
    seed: int,
    clusters: Sequence[int] | None = None,
    kept: ScoreStore | None = None,
) -> Estimates:
    """Return the estimates of base, candidate and gain from paired scores.

    `binary`: whether every case's score is 0 or 1; `clusters`: each case's, where cases are not
    independent. Those that take a library are looked up in
    `kept` first, and stored there.
    """
    # The intervals of 0/1 means are a formula over four counts: faster than looking them up.
    if kept is None or (binary and found.is_mean):
        return _computed(
            found, before, after, binary=binary, levels=levels, seed=seed, clusters=clusters
        )
    key = estimates_key(
        found, before, after, binary=binary, levels=levels, seed=seed, clusters=clusters
    )
    stored = _read(kept.get([key]).get(key))
    if stored is None:
        stored = _computed(
            found, before, after, binary=binary, levels=levels, seed=seed, clusters=clusters
        )
        kept.put({key: [_written(one) for one in stored]})
    return stored


def _computed(
    found: Metric,
    before: Sequence[Score],
    after: Sequence[Score],
    *,
    binary: bool,
    levels: tuple[float, ...],
    seed: int,
    clusters: Sequence[int] | None,
) -> Estimates:
    """Compute them, both variants resampled together where the metric is no mean."""
    old, new = numbers(before), numbers(after)
    old_value, new_value = found.value(before), found.value(after)
    drawn = None if found.is_mean else _replicates(found, before, after, seed, clusters)
    old_groups, new_groups, both = _groups(found, before, after)
    base, value = (
        estimate_value(
            values,
            binary=binary,
            levels=levels,
            replicates=None if drawn is None else drawn[index],
            value=number,
            limits=RATE if found.points else UNBOUNDED,
            clusters=clusters,
            groups=groups,
        )
        for index, (values, number, groups) in enumerate(
            [(old, old_value, old_groups), (new, new_value, new_groups)]
        )
    )
    gain = estimate_gain(
        old,
        new,
        binary=binary,
        levels=levels,
        replicates=None if drawn is None else drawn[1] - drawn[0],
        value=new_value - old_value,
        sign=1 if found.higher_is_better else -1,
        scale=100 if found.points else 1,
        clusters=clusters,
        groups=both,
    )
    return _by_rank(found, before, after, (base, value, gain), clusters)


def _by_rank(
    found: Metric,
    before: Sequence[Score],
    after: Sequence[Score],
    made: Estimates,
    clusters: Sequence[int] | None,
) -> Estimates:
    """Return the estimates, those of a quantile with bounds by rank; others as they are.

    No replicate exceeds the sample's largest number: where that is no bound of a value, replicates
    bound no gain either.
    """
    if not isinstance(found, ByRank):
        return made
    old, new = found.ranked(before), found.ranked(after)
    if old is None or new is None:
        return made
    base, value, gain = made
    base = base.with_each(lambda one: quantile_interval(old, one.level, clusters))
    value = value.with_each(lambda one: quantile_interval(new, one.level, clusters))
    gains = [
        change if _is_bounded(*both) else replace(change, low=-math.inf, high=math.inf)
        for *both, change in zip(base.intervals, value.intervals, gain.intervals, strict=True)
    ]
    return base, value, Estimate.of(gain.value, gains)


def _is_bounded(*intervals: Interval) -> bool:
    return all(math.isfinite(one.low) and math.isfinite(one.high) for one in intervals)


def _groups(
    found: Metric, before: Sequence[Score], after: Sequence[Score]
) -> tuple[Groups | None, Groups | None, Groups | None]:
    """Return what each side's value rests on, and what their difference does."""
    if found.rests_on is None:
        return None, None, None
    old, new = found.rests_on(before), found.rests_on(after)
    # The classes are those that the cases expect: both sides have the same.
    return old, new, [sorted({*one, *other}) for one, other in zip(old, new, strict=True)]


def _replicates(
    found: Metric,
    before: Sequence[Score],
    after: Sequence[Score],
    seed: int,
    clusters: Sequence[int] | None,
) -> "tuple[Replicates, Replicates] | None":
    """Return both variants' values in the same bootstrap replicates."""
    import numpy as np

    parts: list[tuple[Replicates, Replicates]] = []
    for counts in resample_counts(len(before), seed=seed, clusters=clusters):
        old, new = found.resampled(before, counts), found.resampled(after, counts)
        if old is None or new is None:
            return None
        parts.append((old, new))
    return np.concatenate([old for old, _ in parts]), np.concatenate([new for _, new in parts])


def numbers(scores: Sequence[Score]) -> list[float]:
    """Return the numbers of those scores that have one."""
    return [score.value for score in scores if score.value is not None]


def _written(estimate: Estimate) -> JSON:
    data: JSON = asdict(estimate)
    return data


def _read(data: Any) -> Estimates | None:
    """Return stored estimates; None for anything else that may stand there."""
    try:
        base, value, gain = (
            Estimate(
                value=float(one["value"]),
                interval=Interval(**one["interval"]),
                bounds=Interval(**one["bounds"]),
                shared=None if one["shared"] is None else Interval(**one["shared"]),
            )
            for one in data
        )
    except (TypeError, ValueError, KeyError):
        return None
    return base, value, gain
