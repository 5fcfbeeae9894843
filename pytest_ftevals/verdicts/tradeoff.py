"""The trade-off of several candidates: what each gains on its job, and what it costs elsewhere.

Which tasks are which comes from how tests judge them: a `drop` threshold keeps a general ability, a
value or gain is a target. Only the first metric of a whole task counts, so that none counts twice.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Literal

from pytest_ftevals.core.record import (
    ComparisonRow,
    ThresholdRow,
    TradeoffMeasure,
    TradeoffRow,
)
from pytest_ftevals.core.variant import BASE

Role = Literal["target", "general"]
Measured = tuple[str, str]
"""(task, metric)."""
Taken = Mapping[Measured, int | None]
"""What was measured -> on how many cases an early stop left it; None for all of them."""
Demand = tuple[str, str, str | None, str, str]
"""(task, metric, slice, reference, threshold): what two candidates are both held to."""

PAYS = 1.0
"""Percentage points that a step must gain: guides say to stop when one brings under 1-2%."""


def trade_off(
    rows: Sequence[ComparisonRow],
    sizes: Mapping[str, int],
    *,
    seeds: Mapping[str, tuple[str, ...]],
    first: Mapping[str, str],
    passed: Collection[str],
) -> tuple[TradeoffRow, ...]:
    """Return a row for each candidate, the smallest first, equal sizes by name.

    `sizes` are the bytes of every candidate, a group as one; `seeds` are the groups' members;
    `first` is each task's first metric; `passed` are the node ids of the tests that passed: what
    such a test found wanting was not required. Empty for a single candidate, and where no test
    states a target.
    """
    counted = [
        one
        for one in rows
        if one.candidate in sizes
        and one.reference == BASE
        and one.slice is None
        and one.metric == first.get(one.task)
    ]
    roles = _roles(counted)
    if len(sizes) == 1 or "target" not in roles.values():
        return ()
    demands = {name: _demands(rows, (name, *seeds.get(name, ()))) for name in sizes}
    found = [
        _row(
            name,
            sizes[name],
            len(seeds[name]) if name in seeds else None,
            _measures([one for one in counted if one.candidate == name], roles, counted),
            met=_met(demands[name], set().union(*demands.values()), passed),
        )
        for name in sorted(sizes, key=lambda name: (sizes[name], name))
    ]
    taken = {
        name: _taken([one for one in counted if one.candidate == name], roles) for name in sizes
    }
    return _marked(_stepped(found, taken), taken)


def _roles(counted: Iterable[ComparisonRow]) -> dict[Measured, Role]:
    """Return what is judged, targets first, by name; judged both ways it is a target."""
    roles: dict[Measured, Role] = {}
    for row in counted:
        kinds = {one.kind for one in row.thresholds}
        if kinds - {"drop"}:
            roles[row.task, row.metric] = "target"
        elif kinds:
            roles.setdefault((row.task, row.metric), "general")
    return dict(sorted(roles.items(), key=lambda item: (item[1] != "target", item[0])))


def _measures(
    own: Sequence[ComparisonRow], roles: Mapping[Measured, Role], counted: Sequence[ComparisonRow]
) -> tuple[TradeoffMeasure, ...]:
    units = {(one.task, one.metric): one.unit for one in counted}
    gains = {
        (one.task, one.metric): one.delta if one.higher_is_better else -one.delta for one in own
    }
    return tuple(
        TradeoffMeasure(
            task=task,
            metric=metric,
            role=role,
            unit=units[task, metric],
            gain=gains.get((task, metric)),
        )
        for (task, metric), role in roles.items()
    )


def _taken(own: Sequence[ComparisonRow], roles: Mapping[Measured, Role]) -> Taken:
    """Return on how many cases a candidate's measures are: estimates on others tell no step."""
    return {
        (one.task, one.metric): None if one.total is None else one.n
        for one in own
        if (one.task, one.metric) in roles
    }


def _demands(
    rows: Iterable[ComparisonRow], names: Collection[str]
) -> dict[Demand, list[ThresholdRow]]:
    """Return what was demanded of a candidate, or of any of its seeds."""
    found: dict[Demand, list[ThresholdRow]] = {}
    for row in rows:
        if row.candidate in names:
            for one in row.thresholds:
                key = (row.task, row.metric, row.slice, row.reference, one.text)
                found.setdefault(key, []).append(one)
    return found


def _met(
    own: Mapping[Demand, Sequence[ThresholdRow]], all_: Collection[Demand], passed: Collection[str]
) -> bool | None:
    """Return whether all demands are met; None where one is inconclusive, or of others alone."""
    stated = [one for found in own.values() for one in found]
    # A test may go on though a threshold is not met: `not`, `or`.
    if any(not one.met and one.test not in passed for one in stated):
        return False
    undecided = any(one.met and one.verdict != "pass" for one in stated)
    return None if undecided or set(all_) - set(own) else True


def _row(
    name: str,
    size: int,
    seeds: int | None,
    measures: tuple[TradeoffMeasure, ...],
    *,
    met: bool | None,
) -> TradeoffRow:
    targets, general = _points(measures, "target"), _points(measures, "general")
    return TradeoffRow(
        candidate=name,
        seeds=seeds,
        size=size,
        target=fmean(targets) if targets else None,
        general=min(general) if general else None,
        met=met,
        pareto=False,
        best=False,
        smaller=None,
        marginal=None,
        pays=None,
        measures=measures,
    )


def _points(measures: Iterable[TradeoffMeasure], role: Role) -> list[float]:
    """Return the gains in percentage points of one role; none where one was not measured."""
    gains = [one.gain for one in measures if one.role == role and one.unit == "points"]
    known = [one for one in gains if one is not None]
    return known if len(known) == len(gains) else []


def _stepped(rows: Sequence[TradeoffRow], taken: Mapping[str, Taken]) -> list[TradeoffRow]:
    """Return rows with what each gains over the one before it that was measured.

    On the same cases: else there is no step.
    """
    found: list[TradeoffRow] = []
    before: tuple[str, float] | None = None
    for row in rows:
        if row.target is None:
            found.append(row)
            continue
        if before is None or not _same_cases([row.candidate, before[0]], taken):
            found.append(row)
        else:
            found.append(_step(row, row.target - before[1], before[0]))
        before = row.candidate, row.target
    return found


def _same_cases(names: Sequence[str], taken: Mapping[str, Taken]) -> bool:
    """Return whether candidates were measured on the same cases, as far as each was."""
    numbers: dict[Measured, set[int | None]] = {}
    for name in names:
        for measured, n in taken[name].items():
            numbers.setdefault(measured, set()).add(n)
    return all(len(own) == 1 for own in numbers.values())


def _step(row: TradeoffRow, marginal: float, smaller: str) -> TradeoffRow:
    return replace(row, smaller=smaller, marginal=marginal, pays=_pays(marginal))


def _pays(marginal: float) -> bool:
    return marginal >= PAYS or math.isclose(marginal, PAYS)  # 100 * (0.56 - 0.55) is no 1


def _marked(rows: Sequence[TradeoffRow], taken: Mapping[str, Taken]) -> tuple[TradeoffRow, ...]:
    """Return rows with the Pareto set and the best one marked, each among the same cases."""
    kept = any(one.general is not None for one in rows)
    whole = {
        one.candidate: (one.target, one.general if one.general is not None else 0.0)
        for one in rows
        if one.target is not None and (one.general is not None or not kept)
    }
    pareto = {name for name, own in whole.items() if not _dominated(own, whole.values())}
    if not _same_cases([*whole], taken):
        pareto = set()
    met = [one for one in rows if one.met and one.candidate in whole]
    if not _same_cases([one.candidate for one in met], taken):
        met = []
    # Equal targets: the one that costs less elsewhere, then the smaller one.
    best = max(met, key=lambda one: whole[one.candidate], default=None)
    return tuple(
        replace(
            one,
            pareto=one.candidate in pareto,
            best=best is not None and one.candidate == best.candidate,
        )
        for one in rows
    )


def _dominated(own: tuple[float, float], others: Iterable[tuple[float, float]]) -> bool:
    """Return whether another is no worse on both and better on one."""
    return any(one != own and all(a >= b for a, b in zip(one, own, strict=True)) for one in others)
