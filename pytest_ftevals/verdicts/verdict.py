"""Verdicts: a threshold decided, true or false, with its evidence."""

from dataclasses import dataclass

from pytest_ftevals.core.comparison import Comparison, Estimate, Interval
from pytest_ftevals.core.threshold import Evidence, Operator, Quantity, Threshold
from pytest_ftevals.verdicts.bound import meets
from pytest_ftevals.verdicts.wording import (
    against,
    decimals,
    number,
    plain,
    quantity_name,
    span,
    unit,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What comparing a measure with a number gives: it acts as true or false in an assert."""

    threshold: Threshold
    comparison: Comparison

    def __bool__(self) -> bool:
        """Return whether the threshold holds."""
        return self.threshold.holds

    def __repr__(self) -> str:
        """Return ``<FAIL drop <= 3: drop is 5.2 points (95% 2.1 .. 8.3, n=400), refuted>``."""
        word = "PASS" if self.threshold.holds else "FAIL"
        found, evidence = observation(self), self.threshold.evidence
        return f"<{word} {self.threshold.text}: {found}, {evidence}>"


def decide(
    comparison: Comparison, kind: Quantity, op: Operator, bound: float, *, first: bool
) -> Verdict:
    """Return the verdict on ``quantity op bound``; `first`: of the task's first metric.

    The estimate decides whether it holds. The evidence is ``proven`` where the one-sided bound on
    the unfavourable side meets the threshold too, ``refuted`` where not even the favourable one
    does, else ``not proven``.
    """
    found = quantity(comparison, kind)
    holds = meets(found.value, op, bound)
    name = quantity_name(comparison, kind, first=first)
    threshold = Threshold(
        task=comparison.task,
        metric=comparison.metric,
        candidate=comparison.candidate,
        slice=comparison.slice,
        kind=kind,
        op=op,
        bound=bound,
        observed=found.value,
        holds=holds,
        evidence=evidence_for(found.bounds, op, bound),
        n_used=comparison.n,
        text=f"{name} {op} {plain(bound)}",
        summary=summary(comparison, kind),
    )
    return Verdict(threshold=threshold, comparison=comparison)


def evidence_for(bounds: Interval, op: Operator, bound: float) -> Evidence:
    """Return what one-sided confidence bounds say of ``quantity op bound``."""
    ends = (bounds.low, bounds.high)
    favourable, unfavourable = ends if op in ("<", "<=") else reversed(ends)
    if meets(unfavourable, op, bound):
        return "proven"
    return "not proven" if meets(favourable, op, bound) else "refuted"


def quantity(comparison: Comparison, kind: Quantity) -> Estimate:
    """Return the estimate of a comparison's value, gain or drop."""
    if kind == "value":
        return comparison.value
    if kind == "gain":
        return comparison.gain
    return Estimate(
        value=-comparison.gain.value,
        interval=_mirrored(comparison.gain.interval),
        bounds=_mirrored(comparison.gain.bounds),
    )


def _mirrored(interval: Interval) -> Interval:
    return Interval(
        low=-interval.high, high=-interval.low, level=interval.level, method=interval.method
    )


def observation(verdict: Verdict) -> str:
    """Return ``drop is 5.2 points (95% 2.1 .. 8.3, n=400)``."""
    stated, comparison = verdict.threshold, verdict.comparison
    digits = decimals(comparison, stated.kind)
    value = against(stated.observed, stated.op, stated.bound, digits)
    name = comparison.metric if stated.kind == "value" else stated.kind
    interval = span(quantity(comparison, stated.kind).interval, digits)
    return f"{name} is {value}{unit(comparison, stated.kind)} ({interval}, n={comparison.n:,})"


def summary(comparison: Comparison, kind: Quantity) -> str:
    """Return ``accuracy: base 0.552, r8 0.500; drop 5.2 points (95% 2.1 .. 8.3, n=400)``."""
    found, digits = quantity(comparison, kind), decimals(comparison, kind)
    base, value = number(comparison.base.value, 3), number(comparison.value.value, 3)
    sides = f"{comparison.metric}: base {base}, {comparison.candidate} {value}"
    interval = f"({span(found.interval, digits)}, n={comparison.n:,})"
    if kind == "value":
        return f"{sides} {interval}"
    return f"{sides}; {kind} {number(found.value, digits)}{unit(comparison, kind)} {interval}"
