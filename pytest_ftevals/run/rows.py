"""The rows of the delta table: every comparison of a run, with the thresholds stated on it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product

from pytest_ftevals.core.comparison import Comparison
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.record import ComparisonRow, ThresholdRow
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.threshold import Threshold
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.run.early import compare_first
from pytest_ftevals.run.rates import compare_rate
from pytest_ftevals.run.samples import Answered
from pytest_ftevals.run.scores import TaskScores
from pytest_ftevals.run.tested import Tested
from pytest_ftevals.stats.holm import holm
from pytest_ftevals.stats.power import detectable

Key = tuple[str, str, str | None, str, str]
"""(task, metric, slice, candidate, reference)."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What all tests of a run demanded."""

    rows: Mapping[Key, tuple[ThresholdRow, ...]]
    """Of the tests that compare; a pass rate's belong to its own row, whatever its name."""
    rates: Mapping[str, tuple[ThresholdRow, ...]]
    """By node id, of the ``pass_rate`` tests."""

    @classmethod
    def of(cls, tests: Sequence[Tested]) -> "Stated":
        """Return what these tests demanded; p-values are adjusted for the thresholds of all."""
        adjusted = _adjusted(one for test in tests for one in test.thresholds)
        rows: dict[Key, dict[ThresholdRow, None]] = {}
        rates: dict[str, dict[ThresholdRow, None]] = {}
        for test in tests:
            for one in test.thresholds:
                row = _threshold_row(one, test.nodeid, adjusted.get(one))
                if test.rate is not None:
                    rates.setdefault(test.nodeid, {})[row] = None
                else:
                    key = (one.task, one.metric, one.slice, one.candidate, one.reference)
                    rows.setdefault(key, {})[row] = None
        return cls(
            {key: tuple(found) for key, found in rows.items()},
            {nodeid: tuple(found) for nodeid, found in rates.items()},
        )

    def on(self, found: Comparison) -> tuple[ThresholdRow, ...]:
        """Return the thresholds stated on a comparison."""
        key = (found.task, found.metric, found.slice, found.candidate, found.reference)
        return self.rows.get(key, ())


def comparison_rows(
    scores: TaskScores,
    answered: Answered,
    tests: Sequence[Tested],
    stated: Stated,
    candidate: str,
    *,
    full: Sequence[str] = (),
) -> Iterator[ComparisonRow]:
    """Yield a candidate's rows on a task: what both sides answered whole, then its pass rates.

    Pass rates of one name (in two files, or parametrized) have a row each. Against the `full`
    fine-tunes there is a row a metric, of the whole task.
    """
    seeds = scores.seeds(candidate)
    own = all(is_whole(scores.task, answered, variant) for variant in seeds)
    whole = own and is_whole(scores.task, answered, BASE)
    if not whole and seeds == (candidate,):
        yield from _decided_early(scores, stated, candidate)
    if whole:
        for where, name in product((None, *scores.slices), scores.task.metrics):
            try:
                found = scores.compare(candidate, name, where)
            except FtevalsError:
                continue  # nothing scored there: the samples say why, case by case
            yield _row(found, stated.on(found))
    if own:
        yield from _beside_full(scores, answered, stated, candidate, full)
    yield from _against_saved(scores, answered, stated, candidate)
    for test in tests:
        rate = test.rate
        if rate is None or (rate.task, rate.candidate) != (scores.task.name, candidate):
            continue
        try:
            yield _row(compare_rate(scores, rate), stated.rates.get(test.nodeid, ()))
        except FtevalsError:
            continue  # it skipped every case, and failed with this message


def _decided_early(scores: TaskScores, stated: Stated, candidate: str) -> Iterator[ComparisonRow]:
    """Yield a row a metric whose thresholds took a part of the cases: the most that one took."""
    for name in scores.task.metrics:
        thresholds = stated.rows.get((scores.task.name, name, None, candidate, BASE), ())
        most = max((one.n_used for one in thresholds), default=0)
        if most:
            with suppress(FtevalsError, ValueError):  # an answer is missing: its test says so
                yield _row(compare_first(scores, candidate, name, most, scores.levels), thresholds)


def _beside_full(
    scores: TaskScores, answered: Answered, stated: Stated, candidate: str, full: Sequence[str]
) -> Iterator[ComparisonRow]:
    """Yield a candidate's rows against the full fine-tunes that answered the whole task."""
    for other, name in product(full, scores.task.metrics):
        if all(is_whole(scores.task, answered, seed) for seed in scores.seeds(other)):
            with suppress(FtevalsError):  # nothing scored there
                found = scores.compare(candidate, name, None, reference=other)
                yield _row(found, stated.on(found))


def _against_saved(
    scores: TaskScores, answered: Answered, stated: Stated, candidate: str
) -> Iterator[ComparisonRow]:
    """Yield a candidate's rows against the saved run, on a task that is compared and whole."""
    if scores.against is None or not is_compared(answered):
        return
    if not all(is_whole(scores.task, answered, seed) for seed in scores.seeds(candidate)):
        return
    for where, name in product((None, *scores.slices), scores.task.metrics):
        # A note of the record says what cannot be compared.
        with suppress(FtevalsError):
            found = scores.compare(candidate, name, where, reference=scores.against.name)
            yield _row(found, stated.on(found))


def is_compared(answered: Answered) -> bool:
    """Return whether tests compare on a task, and so asked the base as well."""
    return any(variant == BASE for variant, _, _ in answered)


def is_whole(task: Task, answered: Answered, variant: str) -> bool:
    """Return whether a variant answered every sample of every case of a task."""
    asked = product(task.cases, range(task.samples))
    responses = (answered.get((variant, case.id, sample)) for case, sample in asked)
    return all(one is not None and one.error is None for one in responses)


def _adjusted(stated: Iterable[Threshold]) -> dict[Threshold, float]:
    known = {one: one.p for one in stated if one.p is not None}
    return dict(zip(known, holm(list(known.values())), strict=True))


def _threshold_row(one: Threshold, test: str, p_holm: float | None) -> ThresholdRow:
    return ThresholdRow(
        text=one.text,
        kind=one.kind,
        op=one.op,
        bound=one.bound,
        observed=one.observed,
        holds=one.holds,
        evidence=one.evidence,
        decide=one.decide,
        verdict=one.verdict,
        n_used=one.n_used,
        p=one.p,
        p_holm=p_holm,
        notes=one.notes,
        test=test,
    )


def _row(found: Comparison, thresholds: tuple[ThresholdRow, ...]) -> ComparisonRow:
    interval = found.delta_interval
    return ComparisonRow(
        task=found.task,
        metric=found.metric,
        slice=found.slice,
        candidate=found.candidate,
        reference=found.reference,
        n=found.n,
        total=found.total,
        base=found.base.value,
        value=found.value.value,
        delta=found.delta,
        interval=(interval.low, interval.high),
        level=interval.level,
        method=interval.method,
        detectable=detectable(found.gain.bounds),
        unit="points" if found.points else "own",
        higher_is_better=found.higher_is_better,
        wins=found.wins,
        losses=found.losses,
        ties=found.ties,
        excluded=found.excluded,
        seeds=found.seeds,
        seed_sd=found.seed_sd,
        thresholds=thresholds,
    )
