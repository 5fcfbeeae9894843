"""Gaps between slices and means over them in words: which slices, and what chance alone shows."""

import math
from collections.abc import Iterator

from pytest_ftevals.core.comparison import Comparison, SliceValue
from pytest_ftevals.core.threshold import Quantity
from pytest_ftevals.verdicts.wording import number, side_value, unit


def subgroup_notes(comparison: Comparison, kind: Quantity) -> Iterator[str]:
    """Yield what a reader should know of a threshold on a gap; nothing for anything else."""
    gap = comparison.gap
    if gap is None:
        return
    best, worst = _slice(gap.best), _slice(gap.worst)
    between = f"best {best}, worst {worst} of {gap.slices:,} slices"
    if kind == "value" and math.isfinite(gap.by_chance):
        chance = side_value(comparison, gap.by_chance) + unit(comparison, kind)
        yield f"{between}; were all equal in truth, chance alone would show {chance} on average"
    else:
        yield between if kind == "value" else f"now {between}"
    if gap.left_out:
        yield f"left out of the gap, under two cases: {', '.join(gap.left_out)}"


def slices_named(comparison: Comparison) -> Iterator[str]:
    """Yield a line for each side of a gap, one for a mean over slices; nothing otherwise."""
    if (gap := comparison.gap) is not None:
        yield f"{comparison.candidate}: best {_slice(gap.best)}, worst {_slice(gap.worst)}"
        best, worst = _slice(gap.reference_best), _slice(gap.reference_worst)
        yield f"{comparison.reference}: best {best}, worst {worst}"
    if (macro := comparison.macro) is not None:
        yield f"mean over {macro.slices:,} slices of {macro.fewest:,} to {macro.most:,} cases"


def _slice(one: SliceValue) -> str:
    return f"{one.name} {number(one.value, 3)} (n={one.n:,})"
