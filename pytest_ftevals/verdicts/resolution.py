"""What a number of cases can resolve, and how many it would take."""

from pytest_ftevals.core.comparison import Comparison, Estimate
from pytest_ftevals.core.threshold import Evidence, Operator, Quantity
from pytest_ftevals.stats.power import cases_needed, detectable
from pytest_ftevals.verdicts.wording import decimals, number, unit

_MANY = 1_000_000


def resolution_note(
    comparison: Comparison,
    found: Estimate,
    kind: Quantity,
    op: Operator,
    bound: float,
    evidence: Evidence,
) -> str:
    """Return that so many cases cannot resolve a threshold, and how many could; else "".

    An allowed change (``drop <= 3``, ``gain >= -3``) is resolved where no change at all would be
    proven to be within it; any other bound, where the estimate's distance from it would be shown.
    """
    if comparison.seeds is not None:  # more cases leave the noise of training as it is
        return ""
    if comparison.gap is not None:  # more slices are no more cases; a note of its own says it
        return ""
    margin = _allowed(kind, op, bound) or abs(found.value - bound)
    smallest = detectable(found.bounds)
    if evidence != "not proven" or not 0 < margin < smallest < float("inf"):
        return ""
    digits = decimals(comparison, kind)
    needed = cases_needed(comparison.n, found.bounds, margin)
    could = f"{needed:,} could" if needed <= _MANY else "over a million could"
    shown = number(smallest, digits) + unit(comparison, kind)
    return (
        f"{comparison.n:,} cases cannot resolve it, {could}: the smallest difference that so many "
        f"show in 4 of 5 runs is {shown}"
    )


def _allowed(kind: Quantity, op: Operator, bound: float) -> float:
    """Return the change for the worse that a threshold allows; 0 where it allows none."""
    if kind == "drop" and op in {"<", "<="}:
        return max(0.0, bound)
    if kind == "gain" and op in {">", ">="}:
        return max(0.0, -bound)
    return 0.0
