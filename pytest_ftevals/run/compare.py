"""Two sides' scores -> their comparison, paired case by case."""

from collections.abc import Container, Mapping, Sequence

from pytest_ftevals.core.canonical import digest
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.comparison import Comparison
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.subgroup import read_subgroups
from pytest_ftevals.core.task import Metric, Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.run.estimates import estimates, numbers
from pytest_ftevals.run.groups import OverSeeds, widened
from pytest_ftevals.store.scores import ScoreStore

Scores = Mapping[str, Score]
"""Case id -> score."""


def compare_scores(  # noqa: PLR0913 - two sides, and how they are compared
    task: Task,
    found: Metric,
    candidate: str,
    base: Scores,
    scores: Scores,
    *,
    where: str | None,
    levels: tuple[float, ...],
    among: Container[str] | None = None,
    kept: ScoreStore | None = None,
    reference: str = BASE,
    seeds: tuple[int, int] = (1, 1),
) -> Comparison:
    """Pair two variants' scores case by case; cases that one side lacks are left out by name.

    `base` are the scores of `reference`, whatever that is; `among` are the ids to compare where not
    those of the slice `where`; `seeds` says of how many seeds each side is the mean. Estimates that
    take a library are looked up in `kept` first. Raises FtevalsError where no pair is left.
    """
    ids = _compared(task, found, where, among)
    if not (paired := scored_on_both(base, scores, ids)):
        raise nothing_scored(task, found, base, scores, ids, where)
    pairs = set(paired)
    before, after = [base[one] for one in paired], [scores[one] for one in paired]
    over = OverSeeds(metric=found, samples=task.samples) if max(seeds) > 1 else None
    made = estimates(
        over or found,
        before,
        after,
        # The mean over several samples is any number from 0 to 1.
        binary=found.binary and task.samples == 1 and over is None,
        levels=levels,
        seed=seed_of(task, found.name, where),
        clusters=clusters_of(task, pairs),
        kept=kept,
    )
    made, spread = (made, None) if over is None else widened(made, over, before, after)
    wins, losses = _won_and_lost(found, before, after)
    excluded = tuple(one for one in ids if one not in pairs)
    return Comparison(
        task=task.name,
        metric=found.name,
        candidate=candidate,
        slice=where,
        reference=reference,
        n=len(paired),
        base=made[0],
        value=made[1],
        gain=made[2],
        points=found.points,
        higher_is_better=found.higher_is_better,
        wins=wins,
        losses=losses,
        ties=len(paired) - wins - losses,
        excluded=excluded,
        excluded_because=first_reason((base, scores), excluded),
        seeds=seeds[1] if seeds[1] > 1 else None,
        seed_sd=spread,
    )


def _compared(
    task: Task, found: Metric, where: str | None, among: Container[str] | None
) -> list[str]:
    """Return the ids of a slice's cases, or of those `among` others, that a metric is about."""
    cases = cases_of(task, found)
    if among is None:
        return [case.id for case in cases_in(cases, where)]
    return [case.id for case in cases if case.id in among]


def cases_of(task: Task, found: Metric) -> list[Case]:
    """Return a task's cases that a metric is about."""
    only = found.only
    return [case for case in task.cases if only is None or only(case)]


def scored_on_both(base: Scores, scores: Scores, ids: Sequence[str]) -> list[str]:
    """Return those cases, in their order, that both sides have a number for."""
    return [one for one in ids if is_scored(base.get(one)) and is_scored(scores.get(one))]


def first_reason(sides: Sequence[Scores], excluded: Sequence[str]) -> str:
    """Return why the first case left out could not be scored, an empty text where none was."""
    asked = [side[one] for one in excluded for side in sides if one in side]
    return next((score.reason for score in asked if score.value is None), "")


def _won_and_lost(
    found: Metric, before: Sequence[Score], after: Sequence[Score]
) -> tuple[int, int]:
    """Return how many cases the candidate scores better, and how many worse."""
    sign = 1 if found.higher_is_better else -1
    pairs = zip(numbers(before), numbers(after), strict=True)
    changes = [sign * (new - old) for old, new in pairs]
    return sum(one > 0 for one in changes), sum(one < 0 for one in changes)


def nothing_scored(
    task: Task, found: Metric, base: Scores, scores: Scores, ids: Sequence[str], where: str | None
) -> FtevalsError:
    """Return the mistake that no case among `ids`, or too few, is scored on both sides.

    With the first reason.
    """
    scored = len(scored_on_both(base, scores, ids))
    asked = [side[one] for side in (base, scores) for one in ids if one in side]
    reasons = [one.reason for one in asked if one.value is None]
    fix = f"The first reason: {reasons[0]}" if reasons else ""
    if not ids:
        fix = f"None of {where or 'its cases'} is a case that {found.name} is about."
    which = f"only {scored:,} of {len(ids):,} cases" if scored else "no case"
    return FtevalsError(
        f"{which} of task {task.name!r} could be scored with {found.name}"
        + (f" on {where}" if where else ""),
        where=str(task.path),
        fix=fix,
    )


def clusters_of(task: Task, ids: Container[str]) -> list[int] | None:
    """Return the cluster of each of a task's cases among `ids`, numbered as they first appear.

    None where cases are independent.
    """
    if task.cluster is None:
        return None
    numbered: dict[str | None, int] = {}
    named = (case.cluster for case in task.cases if case.id in ids)
    return [numbered.setdefault(name, len(numbered)) for name in named]


def seed_of(task: Task, name: str, where: str | None) -> int:
    """Return the seed of a row's resampling: the same wherever and whenever it is computed."""
    return int(digest([task.name, task.data_hash, name, where])[:8], 16)


def cases_in(cases: Sequence[Case], where: str | None) -> Sequence[Case]:
    """Return the cases in the slice ``name=group``.

    All cases are in the whole task, None, and in what is taken over all slices of a column.
    """
    if where is None or read_subgroups(where):
        return cases
    name, _, group = where.partition("=")
    return [case for case in cases if case.slices.get(name) == group]


def is_scored(score: Score | None) -> bool:
    """Return whether a case has a number."""
    return score is not None and score.value is not None
