"""The rows of the delta table: every comparison of a run, with the thresholds stated on it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import TypeGuard

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.comparison import VARIATION, Comparison
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.record import ComparisonRow, ThresholdRow
from pytest_ftevals.core.subgroup import read_subgroups
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.threshold import Threshold
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.run.comparison_row import comparison_row, threshold_row
from pytest_ftevals.run.early import compare_first, walk_order
from pytest_ftevals.run.rates import compare_rate
from pytest_ftevals.run.robustness import kinds_of
from pytest_ftevals.run.samples import Answered
from pytest_ftevals.run.scores import TaskScores
from pytest_ftevals.run.tested import Tested
from pytest_ftevals.stats.holm import holm

Key = tuple[str, str, str | None, str, str]
"""(task, metric, slice, candidate, reference)."""
_LOST = "{} is not in the table: the answers that decided it are not known any more"


@dataclass(frozen=True, slots=True)
class Stated:
    """What all tests of a run demanded."""

    rows: Mapping[Key, tuple[ThresholdRow, ...]]
    """Of the tests that compare; a pass rate's belong to its own row, whatever its name."""
    rates: Mapping[str, tuple[ThresholdRow, ...]]
    """By node id, of the ``pass_rate`` tests."""
    early: Mapping[Key, int]
    """How many cases the thresholds of `rows` took at most, where none of them took all."""

    @classmethod
    def of(cls, tests: Sequence[Tested]) -> "Stated":
        """Return what these tests demanded; p-values are adjusted for the thresholds of all."""
        adjusted = _adjusted(one for test in tests for one in test.thresholds)
        rows: dict[Key, dict[ThresholdRow, None]] = {}
        rates: dict[str, dict[ThresholdRow, None]] = {}
        taken: dict[Key, list[int | None]] = {}
        for test in tests:
            for one in test.thresholds:
                row = threshold_row(one, test.nodeid, adjusted.get(one))
                if test.rate is not None:
                    rates.setdefault(test.nodeid, {})[row] = None
                else:
                    key = (one.task, one.metric, one.slice, one.candidate, one.reference)
                    rows.setdefault(key, {})[row] = None
                    taken.setdefault(key, []).append(one.n_used if one.early else None)
        return cls(
            {key: tuple(found) for key, found in rows.items()},
            {nodeid: tuple(found) for nodeid, found in rates.items()},
            {key: max(n) for key, n in taken.items() if _all_early(n)},
        )

    def on(self, found: Comparison) -> tuple[ThresholdRow, ...]:
        """Return the thresholds stated on a comparison."""
        key = (found.task, found.metric, found.slice, found.candidate, found.reference)
        return self.rows.get(key, ())

    def over_slices(
        self, task: str, candidate: str, reference: str = BASE
    ) -> tuple[tuple[str, str], ...]:
        """Return (``gap(gender)``, metric) for all that thresholds were stated on over slices."""
        return tuple(
            (key[2], key[1])
            for key in self.rows
            if key[2] is not None
            and read_subgroups(key[2])
            and (key[0], *key[3:]) == (task, candidate, reference)
        )

    def first(self, task: str, candidate: str) -> dict[str, int]:
        """Return how many cases the thresholds on a metric took at most, where none took all."""
        return {
            key[1]: n
            for key, n in self.early.items()
            if (key[0], *key[2:]) == (task, None, candidate, BASE)
        }

    def asks_all(self, task: str, candidate: str, *, base: bool = False) -> bool:
        """Return whether a threshold took all cases of a candidate; `base`: and of the base.

        Where none was stated, tests may have asked for plain numbers: that takes all, too.
        """
        own = [key for key in self.rows if (key[0], key[3]) == (task, candidate)]
        return not own or any(key not in self.early and (key[4] == BASE or not base) for key in own)

    def without_row(self, rows: Iterable[ComparisonRow]) -> Iterator[str]:
        """Yield a line for each threshold that no row shows: what tests demanded is never lost."""
        shown = {
            (row.task, row.metric, row.slice, row.candidate, row.reference, one)
            for row in rows
            for one in row.thresholds
        }
        tests = {one.test for *_, one in shown}
        for key, stated in self.rows.items():
            task, name, where, candidate, reference = key
            against = "" if reference == BASE else f" against {reference}"
            what = " ".join(filter(None, [candidate, "on", task, where, name])) + against
            for one in stated:
                if (*key, one) not in shown:
                    yield f"{_LOST.format(one.text)} ({what}; {one.verdict}, stated by {one.test})"
        for nodeid, stated in self.rates.items():
            if nodeid not in tests:
                for one in stated:
                    yield f"{_LOST.format(one.text)} ({one.verdict}, stated by {nodeid})"


def _all_early(taken: list[int | None]) -> TypeGuard[list[int]]:
    return None not in taken


def comparison_rows(
    scores: TaskScores,
    answered: Answered,
    tests: Sequence[Tested],
    stated: Stated,
    candidate: str,
    *,
    compared: bool,
    part: bool = False,
    full: Sequence[str] = (),
) -> Iterator[ComparisonRow]:
    """Yield a candidate's rows on a task: what both sides answered whole, then its pass rates.

    Pass rates of one name (in two files, or parametrized) have a row each. Against the `full`
    fine-tunes there is a row a metric, of the whole task; against the saved run where tests
    `compared`. `part`: thresholds said how many cases were asked, so that rows hold those that they
    took, whatever else is known from other runs.
    """
    task = scores.task.name
    base = not part or stated.asks_all(task, candidate, base=True)
    yield from _against_base(scores, answered, stated, candidate, all_=base)
    if not part or stated.asks_all(task, candidate):
        beside = [one for one in full if not part or stated.asks_all(task, one)]
        yield from _beside_full(scores, answered, stated, candidate, beside)
        if compared:
            yield from _against_saved(scores, answered, stated, candidate)
    for test in tests:
        rate = test.rate
        if rate is None or (rate.task, rate.candidate) != (task, candidate):
            continue
        try:
            yield comparison_row(compare_rate(scores, rate), stated.rates.get(test.nodeid, ()))
        except FtevalsError:
            continue  # it skipped every case, and failed with this message


def _against_base(
    scores: TaskScores, answered: Answered, stated: Stated, candidate: str, *, all_: bool
) -> Iterator[ComparisonRow]:
    """Yield a candidate's rows against the base.

    Where thresholds on a metric took a part of the cases, its row holds the most that one took; the
    other rows hold `all_` cases, or are none.
    """
    task, first = scores.task, stated.first(scores.task.name, candidate)
    variants = (BASE, *scores.seeds(candidate))
    whole = all_ and all(is_whole(task, answered, one) for one in variants)
    every = product((None, *scores.slices), task.metrics)
    rows = (*every, *stated.over_slices(task.name, candidate))
    for where, name in rows:
        n = first.get(name) if where is None else None
        with suppress(FtevalsError):  # nothing scored there: the samples say why, case by case
            if n is not None:
                walked = walk_order(task)[:n]
                if all(is_whole(task, answered, one, walked) for one in variants):
                    with suppress(ValueError):  # a score was lost since: a note names what was held
                        found = compare_first(scores, candidate, name, walked, scores.levels)
                        yield comparison_row(found, stated.on(found))
            elif whole:
                found = scores.compare(candidate, name, where)
                yield comparison_row(found, stated.on(found))
    if task.varied and all(is_whole(task, answered, one, task.askable) for one in variants):
        for where in (None, *(f"{VARIATION}={kind}" for kind in kinds_of(task))):
            with suppress(FtevalsError):
                found = scores.robustness(candidate, where)
                yield comparison_row(found, stated.on(found))


def _beside_full(
    scores: TaskScores, answered: Answered, stated: Stated, candidate: str, full: Sequence[str]
) -> Iterator[ComparisonRow]:
    """Yield a candidate's rows against the full fine-tunes, where all answered the whole task."""
    for other in full:
        seeds = (*scores.seeds(candidate), *scores.seeds(other))
        if all(is_whole(scores.task, answered, seed) for seed in seeds):
            rows = product((None,), scores.task.metrics)
            yield from _compared(scores, stated, candidate, rows, other)


def _against_saved(
    scores: TaskScores, answered: Answered, stated: Stated, candidate: str
) -> Iterator[ComparisonRow]:
    """Yield a candidate's rows against the saved run, on a task that it answered whole.

    A note of the record says what cannot be compared.
    """
    if scores.against is None:
        return
    if all(is_whole(scores.task, answered, seed) for seed in scores.seeds(candidate)):
        reference, task = scores.against.name, scores.task
        rows = (
            *product((None, *scores.slices), task.metrics),
            *stated.over_slices(task.name, candidate, reference),
        )
        yield from _compared(scores, stated, candidate, rows, reference)


def _compared(
    scores: TaskScores,
    stated: Stated,
    candidate: str,
    rows: Iterable[tuple[str | None, str]],
    reference: str,
) -> Iterator[ComparisonRow]:
    """Yield a row for each (slice, metric), None for the whole task, where anything was scored."""
    for where, name in rows:
        with suppress(FtevalsError):
            found = scores.compare(candidate, name, where, reference=reference)
            yield comparison_row(found, stated.on(found))


def is_whole(
    task: Task, answered: Answered, variant: str, cases: Iterable[Case] | None = None
) -> bool:
    """Return whether a variant answered every sample of a task's `cases`, of all by default."""
    asked = product(task.cases if cases is None else cases, range(task.samples))
    responses = (answered.get((variant, case.id, sample)) for case, sample in asked)
    return all(one is not None and one.error is None for one in responses)


def _adjusted(stated: Iterable[Threshold]) -> dict[Threshold, float]:
    known = {one: one.p for one in stated if one.p is not None}
    return dict(zip(known, holm(list(known.values())), strict=True))
