"""Many gates: how often a session of 20 true thresholds sees one refuted.

Run with ``python -m benchmarks.simulations.families``; a minute or two on one core.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulations.sequential import AT_ONCE, SEED, decide, independent
from benchmarks.table import HEAD, Row
from pytest_ftevals.stats.estimate import estimate_gain
from pytest_ftevals.stats.sequential import WALK_SHARE

GATES = 20
SIZES = ((2_000, 2_000), (14_042, 500))
"""Cases of every task, and sessions that are simulated with it."""
ALPHA = 0.05
CHANGED = (0.05, 0.1, 0.2, 0.3)
BOUNDS = (-0.01, -0.02, -0.03, -0.04, 0.0)
"""Each gate has one of four discordances and one of five bounds; its truth lies at the bound."""


def gates() -> tuple[tuple[float, float], ...]:
    """Return each gate's share of losses and of wins in truth."""
    return tuple(
        ((changed - bound) / 2, (changed + bound) / 2) for changed in CHANGED for bound in BOUNDS
    )


@cache
def upper_bound(losses: int, wins: int, cases: int, alpha: float) -> float:
    """Return the full task's one-sided upper bound of the gain, as a share."""
    right = (cases - losses - wins) // 2
    ties = [1] * right + [0] * (cases - losses - wins - right)
    found = estimate_gain(
        [1] * losses + [0] * wins + ties,
        [0] * losses + [1] * wins + ties,
        binary=True,
        levels=(1 - 2 * alpha, 1 - 2 * alpha),
        replicates=None,
        value=(wins - losses) / cases,
        scale=1,
    )
    return found.bounds.high


def refuted_in_full(changes: NDArray[np.float64], bound: float, alpha: float) -> NDArray[np.bool_]:
    """Return per run whether the full task's bounds refute ``gain >= bound``."""
    losses, wins = (changes < 0).sum(axis=1), (changes > 0).sum(axis=1)
    cases = changes.shape[1]
    # Two standard errors are too few for any of the shared errors; the rest is asked exactly.
    far = wins - losses < cases * bound - 2 * np.sqrt(wins + losses)
    refuted = np.zeros(len(changes), dtype=np.bool_)
    for run in np.flatnonzero(far):
        refuted[run] = upper_bound(int(losses[run]), int(wins[run]), cases, alpha) < bound
    return refuted


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Whether a gate was falsely refuted; a row a session, a column a gate."""

    full: NDArray[np.bool_]
    """By all cases, without early stop."""
    way: NDArray[np.bool_]
    """By a walk, before its end."""
    end: NDArray[np.bool_]
    """By all cases, after a walk that decided nothing."""


def sessions(count: int, cases: int) -> Failures:
    """Simulate sessions whose gates share an error of 5%."""
    rng = np.random.default_rng(SEED)
    full = np.zeros((count, GATES), dtype=np.bool_)
    way, end, undecided = np.zeros_like(full), np.zeros_like(full), np.zeros_like(full)
    size, shared = AT_ONCE // cases, ALPHA / GATES
    for gate, (lost, won) in enumerate(gates()):
        bound = won - lost
        for start in range(0, count, size):
            part = slice(start, min(count, start + size))
            changes = independent(lost, won, cases)(rng, part.stop - part.start)
            proven, refuted = decide(changes, bound, (WALK_SHARE * ALPHA, WALK_SHARE * shared))
            full[part, gate] = refuted_in_full(changes, bound, shared)
            end[part, gate] = refuted_in_full(changes, bound, (1 - WALK_SHARE) * shared)
            way[part, gate] = refuted > 0
            undecided[part, gate] = (refuted == 0) & (proven == 0)
    return Failures(full=full, way=way, end=end & undecided)


def rows(cases: int, count: int) -> Iterator[Row]:
    """Yield a row a goal for tasks of so many cases."""
    found = sessions(count, cases)
    for work, failures, goal in (
        ("all cases", found.full, ALPHA),
        ("early stop, on the way", found.way, ALPHA),
        ("early stop, on the way or at the end", found.way | found.end, ALPHA),
    ):
        share = float(failures.any(axis=1).mean())
        margin = 2 * math.sqrt(goal * (1 - goal) / count)
        yield Row(
            work=f"a false failure among {GATES} gates at their thresholds: {work}",
            against=f"{cases:,} cases a gate, {count:,} sessions",
            measured=f"{share:.1%} of sessions",
            goal=f"at most {goal:.0%} (two standard errors: {margin:.1%})",
            met=share <= goal + margin,
        )


def main() -> None:
    """Print the table."""
    print(f"Families: an error of {ALPHA:.0%} shared by {GATES} gates, seed {SEED}.\n")
    print(HEAD, flush=True)
    for cases, count in SIZES:
        for row in rows(cases, count):
            print(row.line(), flush=True)


if __name__ == "__main__":
    main()
