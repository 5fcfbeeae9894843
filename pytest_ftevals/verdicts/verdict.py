"""Verdicts: a threshold decided, true or false, with its evidence."""

from collections.abc import Mapping
from dataclasses import dataclass

from pytest_ftevals.core.comparison import Comparison, Estimate, Interval
from pytest_ftevals.core.threshold import (
    Decide,
    Evidence,
    Operator,
    Quantity,
    Threshold,
    Word,
)
from pytest_ftevals.stats.tail import p_beyond
from pytest_ftevals.verdicts.bound import PERCENT, meets, unit_hint
from pytest_ftevals.verdicts.resolution import resolution_note
from pytest_ftevals.verdicts.subgroups import subgroup_notes
from pytest_ftevals.verdicts.wording import (
    against,
    decimals,
    number,
    plain,
    quantity_name,
    sides,
    span,
    unit,
)

_SHOUTED: Mapping[Word, str] = {"pass": "PASS", "fail": "FAIL", "inconclusive": "INCONCLUSIVE"}
_BY_EVIDENCE: Mapping[Evidence, Word] = {
    "proven": "pass",
    "refuted": "fail",
    "not proven": "inconclusive",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What comparing a measure with a number gives: it acts as true or false in an assert."""

    threshold: Threshold
    comparison: Comparison

    def __bool__(self) -> bool:
        """Return whether the threshold lets the test go on."""
        return self.threshold.met

    def __repr__(self) -> str:
        """Return ``<FAIL drop <= 3: drop is 5.2 points (95% 2.1 .. 8.3, n=400), refuted>``."""
        word = _SHOUTED[self.threshold.verdict]
        found, evidence = observation(self), self.threshold.evidence
        return f"<{word} {self.threshold.text}: {found}, {evidence}>"


def decide(
    comparison: Comparison,
    kind: Quantity,
    op: Operator,
    bound: float,
    *,
    first: bool,
    mode: Decide = "point",
) -> Verdict:
    """Return the verdict on ``quantity op bound``; `first`: of the task's first metric.

    It holds where the estimate meets the bound. The evidence is ``proven`` where the one-sided
    bound on the unfavourable side meets the threshold too, ``refuted`` where not even the
    favourable one does, else ``not proven``. `mode` says which of the two decides. Where only
    refuted thresholds fail, and where some cases were enough, the error of refuting is shared over
    the run's thresholds.
    """
    found = quantity(comparison, kind)
    holds = meets(found.value, op, bound)
    name = quantity_name(comparison, kind, first=first)
    shares = mode == "refuted" or comparison.total is not None
    refuting = (found.shared if shares else None) or found.bounds
    evidence = evidence_for(found.bounds, refuting, op, bound)
    threshold = Threshold(
        task=comparison.task,
        metric=comparison.metric,
        candidate=comparison.candidate,
        slice=comparison.slice,
        blamed=comparison.blamed,
        reference=comparison.reference,
        kind=kind,
        op=op,
        bound=bound,
        observed=found.value,
        holds=holds,
        evidence=evidence,
        decide=mode,
        verdict=word(mode, evidence, holds=holds),
        n_used=comparison.n,
        early=comparison.total is not None,
        p=_p_value(comparison, found, op, bound),
        notes=tuple(
            filter(
                None,
                (
                    unit_hint("gap" if kind == "value" else kind, bound)
                    if comparison.in_points(kind)
                    else "",
                    resolution_note(comparison, found, kind, op, bound, evidence),
                    *subgroup_notes(comparison, kind),
                ),
            )
        ),
        text=f"{name} {op} {plain(bound)}",
        summary=summary(comparison, kind),
    )
    return Verdict(threshold=threshold, comparison=comparison)


def evidence_for(proving: Interval, refuting: Interval, op: Operator, bound: float) -> Evidence:
    """Return what one-sided confidence bounds say of ``quantity op bound``."""
    below = op in ("<", "<=")
    if meets(proving.high if below else proving.low, op, bound):
        return "proven"
    return "not proven" if meets(refuting.low if below else refuting.high, op, bound) else "refuted"


def _p_value(comparison: Comparison, found: Estimate, op: Operator, bound: float) -> float | None:
    """Return the p-value of missing a threshold by chance; None after an early stop.

    A sequential bound tells of one error rate alone.
    """
    if comparison.total is not None:
        return None
    return p_beyond(found.value, found.bounds, bound, "below" if op in {"<", "<="} else "above")


def word(mode: Decide, evidence: Evidence, *, holds: bool) -> Word:
    """Return what comes of a threshold: the estimate decides, or evidence alone."""
    if mode == "point":
        return "pass" if holds else "fail"
    return _BY_EVIDENCE[evidence]


def quantity(comparison: Comparison, kind: Quantity) -> Estimate:
    """Return the estimate of a comparison's value, gain or drop."""
    if kind == "value":
        points = comparison.in_points(kind)
        return comparison.value.scaled(PERCENT) if points else comparison.value
    return comparison.gain if kind == "gain" else comparison.gain.scaled(-1)


def observation(verdict: Verdict) -> str:
    """Return ``drop is 5.2 points (95% 2.1 .. 8.3, n=400)``."""
    stated, comparison = verdict.threshold, verdict.comparison
    digits = decimals(comparison, stated.kind)
    value = against(stated.observed, stated.op, stated.bound, digits)
    metric = comparison.metric if comparison.gap is None else "gap"
    name = metric if stated.kind == "value" else stated.kind
    interval = span(quantity(comparison, stated.kind).interval, digits)
    return f"{name} is {value}{unit(comparison, stated.kind)} ({interval}, n={comparison.n:,})"


def summary(comparison: Comparison, kind: Quantity) -> str:
    """Return ``accuracy: base 0.552, r8 0.500; drop 5.2 points (95% 2.1 .. 8.3, n=400)``."""
    found, digits = quantity(comparison, kind), decimals(comparison, kind)
    interval = f"({span(found.interval, digits)}, n={comparison.n:,})"
    if kind == "value":
        return f"{sides(comparison)} {interval}"
    change = f"{kind} {number(found.value, digits)}{unit(comparison, kind)}"
    return f"{sides(comparison)}; {change} {interval}"
