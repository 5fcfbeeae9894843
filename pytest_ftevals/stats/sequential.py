"""Early stop: may a walk over a task's cases end here, because they decide a threshold?

A walk takes the cases in random order, without replacement, in the fixed blocks of `blocks`. After
each block two one-sided tests are looked at: is the mean above the bound, is it below? Both are
anytime-valid (see `sequential_capital`): the chance that a test *ever* errs on the way, over all
its looks, is at most its alpha.

What the tests speak of is the truth that the task's cases stand for, as the full task's evidence
does, and the mean over all its cases too: the errors hold for either. A walk that reaches the last
case is no longer sequential, and the full task's verdict takes over.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.core.threshold import Evidence, Operator
from pytest_ftevals.stats.sequential_capital import (
    History,
    final_log_capital,
    history,
    is_above,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SMALLEST_BLOCK = 20
"""Cases; a broken candidate shows in so many."""
GROWTH = 10
"""A later block is a tenth of the cases before it: 54 looks at 14,042 cases, and at most a tenth
of the cases are taken in vain."""
WALK_SHARE = 0.8
"""Of the error that a verdict may have: what a walk spends on its way. The rest is left to the full
task's verdict at its end, which would otherwise be a second chance to err."""
PRECISION = 1e-10
"""Of an end of an interval, where the possible range is 1."""
ROUNDING = 1e-9
"""What a value may lie outside its limits, where the possible range is 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the first cases of a walk show."""

    evidence: Evidence
    """``proven`` or ``refuted``."""
    n: int
    """Cases at the end of the first block that shows it; less than all."""


def blocks(total: int) -> tuple[int, ...]:
    """Return the number of cases seen at the end of each block of a walk; the last is `total`.

    They depend on `total` in the last one only. Raises ValueError for less than one case.
    """
    if total < 1:
        raise ValueError("a walk needs a case")
    ends, n = [], 0
    while n < total:
        n = min(total, n + max(SMALLEST_BLOCK, n // GROWTH))
        ends.append(n)
    return tuple(ends)


def decide_early(
    values: Sequence[float],
    *,
    total: int,
    limits: tuple[float, float],
    op: Operator,
    bound: float,
    alpha_proven: float,
    alpha_refuted: float,
) -> Decision | None:
    """Return what decides whether the mean of all `total` cases meets a bound, or None.

    `values` are those of the cases seen so far, in the order of the walk; `limits` the lowest and
    highest value that is possible, in the same unit as `bound`. None where no block before the last
    decides: with fewer than `total` values the walk goes on, with all of them the full task's
    verdict holds. The chance to prove at any look what is false is at most `alpha_proven`; to
    refute what is true, at most `alpha_refuted`. A mean of exactly `bound` counts as false in the
    one and as true in the other, so that ``<`` and ``<=`` are decided alike. Raises ValueError for
    an alpha outside (0, 1), limits that are not finite and values outside them.
    """
    above, below = (
        (alpha_proven, alpha_refuted) if op in {">", ">="} else (alpha_refuted, alpha_proven)
    )
    if not (0 < alpha_proven < 1 and 0 < alpha_refuted < 1):
        raise ValueError("the chance of an error lies between 0 and 1")
    upwards, downwards = _sides(values, total, limits)
    low, high = limits
    n_above = _first_look(upwards, (bound - low) / (high - low), total, above)
    n_below = _first_look(downwards, (high - bound) / (high - low), total, below)
    if n_above is None and n_below is None:
        return None
    # Never at the same look: one wants the mean so far above the bound, the other one below it.
    is_above = n_below is None or (n_above is not None and n_above < n_below)
    return Decision(
        evidence="proven" if is_above == (op in {">", ">="}) else "refuted",
        n=min(n for n in (n_above, n_below) if n is not None),
    )


def sequential_interval(
    values: Sequence[float], *, total: int, limits: tuple[float, float], level: float
) -> Interval:
    """Return the anytime-valid interval of the mean, in the unit of `values`, within `limits`.

    It holds what the tests of `decide_early` would not reject now, each at (1 - level) / 2: its
    lower end is above a bound where the test at that alpha would prove the mean to be. It holds the
    mean of `values`, and the chance that the intervals of a walk ever miss the truth is at most
    1 - `level`. Raises ValueError without values, and as `decide_early`.
    """
    if not len(values):
        raise ValueError("no values: nothing can be estimated")
    if not 0 < level < 1:
        raise ValueError("a confidence lies between 0 and 1")
    upwards, downwards = _sides(values, total, limits)
    low, high = limits
    alpha = (1 - level) / 2
    return Interval(
        low=low + (high - low) * _lower_end(upwards, total, alpha),
        high=high - (high - low) * _lower_end(downwards, total, alpha),
        level=level,
        method="sequential",
    )


def _sides(
    values: Sequence[float], total: int, limits: tuple[float, float]
) -> tuple[History, History]:
    """Return what was seen as shares of the way up from the lowest value, and down."""
    import numpy as np

    low, high = limits
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError("only means between finite limits can be decided early")
    if len(values) > total:
        raise ValueError(f"{len(values)} values of {total} cases")
    seen = np.asarray(values, dtype=np.float64)
    # Each side is computed from the values alone, so that one is the other's mirror to the bit.
    width = high - low
    return history(_shares(seen - low, width)), history(_shares(high - seen, width))


def _shares(distances: "NDArray[np.float64]", width: float) -> "NDArray[np.float64]":
    import numpy as np

    shares = distances / width
    if not bool(np.all((shares >= -ROUNDING) & (shares <= 1 + ROUNDING))):
        raise ValueError("a value lies outside its limits")
    return np.clip(shares, 0, 1)


def _first_look(seen: History, bound: float, total: int, alpha: float) -> int | None:
    """Return the end of the first block but the last that shows the mean to be above `bound`."""
    import numpy as np

    n = seen.shares.shape[-1]
    ends = np.array([end for end in blocks(total)[:-1] if end <= n], dtype=np.int64)
    showing = ends[is_above(seen, bound, total, alpha)[ends - 1]]
    return int(showing[0]) if len(showing) else None


def _lower_end(seen: History, total: int, alpha: float) -> float:
    """Return the highest bound that the mean is shown to be above now; 0 where there is none."""

    def excess(bound: float) -> float:
        return final_log_capital(seen, bound, total) + math.log(alpha)

    low, high = 0.0, float(seen.shares.mean())
    above, below = excess(low), excess(high)
    if above <= 0 or below >= 0:
        return low if above <= 0 else high - PRECISION
    # False position with the Illinois rule (Dowell & Jarratt 1971, BIT 11, 168-174): where one end
    # moves twice, the other one's weight is halved.
    last = 0
    while high - low > PRECISION:
        middle = (low * below - high * above) / (below - above)
        if not low < middle < high:
            middle = (low + high) / 2
        found = excess(middle)
        if found >= 0:
            low, above = middle, found
            below = below / 2 if last > 0 else below
        else:
            high, below = middle, found
            above = above / 2 if last < 0 else above
        last = 1 if found >= 0 else -1
    return low
