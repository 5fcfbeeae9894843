"""One comparison and the thresholds on it as a row: of the record, and of one test's report."""

from collections.abc import Mapping

from pytest_ftevals.core.comparison import Comparison
from pytest_ftevals.core.record import ComparisonRow, ThresholdRow
from pytest_ftevals.core.threshold import Threshold
from pytest_ftevals.stats.power import detectable


def rows_of_test(nodeid: str, stated: Mapping[Threshold, Comparison]) -> tuple[ComparisonRow, ...]:
    """Return what one test held against numbers, a row a comparison, as the record will have them.

    Adjusted p-values are left open: they take the thresholds of all tests. Where thresholds on one
    measure took parts of the cases, the row holds the most that one of them took.
    """
    thresholds: dict[tuple[str | None, ...], list[ThresholdRow]] = {}
    compared: dict[tuple[str | None, ...], Comparison] = {}
    for one, found in stated.items():
        key = (one.task, one.metric, one.slice, one.candidate, one.reference)
        thresholds.setdefault(key, []).append(threshold_row(one, nodeid, None))
        compared[key] = max(compared.get(key, found), found, key=lambda each: each.n)
    return tuple(comparison_row(found, tuple(thresholds[key])) for key, found in compared.items())


def threshold_row(one: Threshold, test: str, p_holm: float | None) -> ThresholdRow:
    """Return a threshold that the test of node id `test` stated, with its adjusted p-value."""
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


def comparison_row(found: Comparison, thresholds: tuple[ThresholdRow, ...] = ()) -> ComparisonRow:
    """Return a comparison with the thresholds that were stated on it."""
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
        detectable=None if found.total is not None else detectable(found.gain.bounds),
        unit="points" if found.points else "own",
        higher_is_better=found.higher_is_better,
        wins=found.wins,
        losses=found.losses,
        ties=found.ties,
        excluded=found.excluded,
        excluded_because=found.excluded_because,
        seeds=found.seeds,
        seed_sd=found.seed_sd,
        gap=found.gap,
        thresholds=thresholds,
    )
