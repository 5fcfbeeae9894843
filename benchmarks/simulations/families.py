"""Many gates: how often a session of 20 true thresholds sees one refuted.

Run with ``python -m benchmarks.simulations.families``; a minute or two on one core.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulations.sequential import AT_ONCE, SEED, decide, full_bounds, independent
from benchmarks.table import HEAD, Row
from pytest_ftevals.stats.sequential import WALK_SHARE

GATES = 20
SIZES = ((2_000, 2_000), (14_042, 500))
"""Cases of every task, and sessions that are simulated with it."""
FULL_SESSIONS = 6_000
ALPHA = 0.05
CHANGED = (0.05, 0.1, 0.2, 0.3)
BOUNDS = (-0.01, -0.02, -0.03, -0.04, 0.0)
"""Each gate has one of four discordances and one of five bounds; its truth lies at the bound."""


def gates() -> tuple[tuple[float, float], ...]:
    """Return each gate's share of losses and of wins in truth."""
    return tuple(
        ((changed - bound) / 2, (changed + bound) / 2) for changed in CHANGED for bound in BOUNDS
    )


def refuted_in_full(changes: NDArray[np.float64], bound: float, alpha: float) -> NDArray[np.bool_]:
    """Return per run whether the full task's bounds refute ``gain >= bound``."""
    losses, wins = (changes < 0).sum(axis=1), (changes > 0).sum(axis=1)
    return refuted_by_counts(losses, wins, changes.shape[1], bound, alpha)


def refuted_by_counts(
    losses: NDArray[np.int64], wins: NDArray[np.int64], cases: int, bound: float, alpha: float
) -> NDArray[np.bool_]:
    """Return the same from each run's losses and wins, which are all that the bounds depend on."""
    # Two standard errors are too few for any of the shared errors; the rest is asked exactly.
    far = wins - losses < cases * bound - 2 * np.sqrt(wins + losses)
    refuted = np.zeros(len(losses), dtype=np.bool_)
    for run in np.flatnonzero(far):
        refuted[run] = full_bounds(int(losses[run]), int(wins[run]), cases, alpha).high < bound
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


def full_sessions(count: int, cases: int) -> NDArray[np.bool_]:
    """Return the false failures of sessions without early stop; a row a session, a column a gate.

    Many more can be simulated than with walks, since only counts are drawn.
    """
    rng = np.random.default_rng(SEED)
    found = np.zeros((count, GATES), dtype=np.bool_)
    for gate, (lost, won) in enumerate(gates()):
        drawn = rng.multinomial(cases, [lost, won, 1 - lost - won], size=count)
        losses, wins = drawn[:, 0], drawn[:, 1]
        found[:, gate] = refuted_by_counts(losses, wins, cases, won - lost, ALPHA / GATES)
    return found


def rows(cases: int, count: int) -> Iterator[Row]:
    """Yield a row a goal for tasks of so many cases."""
    found = sessions(count, cases)
    for work, failures in (
        ("all cases", full_sessions(FULL_SESSIONS, cases)),
        ("early stop, on the way", found.way),
        ("early stop, on the way or at the end", found.way | found.end),
    ):
        share, number = float(failures.any(axis=1).mean()), len(failures)
        margin = 2 * math.sqrt(ALPHA * (1 - ALPHA) / number)
        yield Row(
            work=f"a false failure among {GATES} gates at their thresholds: {work}",
            against=f"{cases:,} cases a gate, {number:,} sessions",
            measured=f"{share:.1%} of sessions",
            goal=f"at most {ALPHA:.0%} (two standard errors: {margin:.1%})",
            met=share <= ALPHA,
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
