"""Early stop: how often it errs at the threshold, and how soon it decides what is clear.

Run with ``python -m benchmarks.simulations.sequential``; a minute on one core.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from benchmarks.table import HEAD, Row
from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.stats.estimate import estimate_gain
from pytest_ftevals.stats.sequential import WALK_SHARE, blocks
from pytest_ftevals.stats.sequential_capital import history, is_above

TOTAL = 14_042
"""Cases of MMLU."""
RUNS = 2_000
AT_ONCE = 1_000_000
"""Cases of the walks that are held in memory at once: 8 MB an array, about ten of them."""
ALPHA = 0.05
SEED = 20_240_814
BOUND = -0.03
"""``drop <= 3`` as a gain."""

Draw = Callable[[np.random.Generator, int], NDArray[np.float64]]
"""Draw the changes of some runs: a row a run, its cases in the order of the walk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walks:
    """Where walks ended; one entry a run."""

    proven: NDArray[np.int64]
    """Cases after which the threshold was proven; 0 where it was not."""
    refuted: NDArray[np.int64]
    closed: NDArray[np.bool_]
    """Whether the walk reached its end and the full task's bounds prove the threshold there."""

    def share(self, found: NDArray[np.int64]) -> float:
        """Return the share of runs in which something was found."""
        return float((found > 0).mean())

    def median(self, found: NDArray[np.int64]) -> float:
        """Return the median number of cases; of walks without it, all of them."""
        return float(np.median(np.where(found > 0, found, TOTAL)))


def independent(lost: float, won: float, total: int = TOTAL) -> Draw:
    """Return a draw of independent changes: -1 with a chance of `lost`, 1 with one of `won`."""

    def draw(rng: np.random.Generator, runs: int) -> NDArray[np.float64]:
        where = rng.random((runs, total))
        return (where >= 1 - won).astype(np.float64) - (where < lost)

    return draw


def shuffled(changes: NDArray[np.float64]) -> Draw:
    """Return a draw of the same cases in random order."""

    def draw(rng: np.random.Generator, runs: int) -> NDArray[np.float64]:
        return rng.permuted(np.tile(changes, (runs, 1)), axis=1)

    return draw


def stratified(slices: list[NDArray[np.float64]]) -> Draw:
    """Return a draw of the same cases with each slice spread over the whole walk, as runs do."""

    def draw(rng: np.random.Generator, runs: int) -> NDArray[np.float64]:
        def one() -> NDArray[np.float64]:
            places = [(np.arange(len(s)) + rng.random(len(s))) / len(s) for s in slices]
            values = np.concatenate([rng.permutation(s) for s in slices])
            return values[np.argsort(np.concatenate(places))]

        return np.stack([one() for _ in range(runs)])

    return draw


def changes_of(lost: int, won: int, total: int) -> NDArray[np.float64]:
    """Return the changes of a task with so many losses and wins."""
    return np.repeat([-1.0, 1.0, 0.0], [lost, won, total - lost - won])


def first_ends(shares: NDArray[np.float64], bound: float, alpha: float) -> NDArray[np.int64]:
    """Return per run the end of the first block that shows the mean to be above `bound`, or 0."""
    total = shares.shape[-1]
    ends = np.array([0, *blocks(total)[:-1]])
    shown = is_above(history(shares), bound, total, alpha)[:, ends - 1]
    shown[:, 0] = False
    found: NDArray[np.int64] = ends[shown.argmax(axis=1)]
    return found


def decide(
    changes: NDArray[np.float64], bound: float, alphas: tuple[float, float]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return per run after how many cases ``gain >= bound`` was proven, and refuted; 0 if never.

    `alphas` are the chances of wrongly proving and of wrongly refuting.
    """
    proven = first_ends((changes + 1) / 2, (bound + 1) / 2, alphas[0])
    refuted = first_ends((1 - changes) / 2, (1 - bound) / 2, alphas[1])
    later = (proven > 0) & (refuted > 0) & (proven > refuted)
    earlier = (proven > 0) & (refuted > 0) & (proven < refuted)
    return np.where(later, 0, proven), np.where(earlier, 0, refuted)


def walks(draw: Draw, bound: float, *, runs: int = RUNS, closing: bool = False) -> Walks:
    """Walk through some runs, seeded; `closing` asks for the full task's bounds at the end too."""
    rng = np.random.default_rng(SEED)
    parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]] = []
    left, size = runs, 1
    while left > 0:
        changes = draw(rng, min(left, size))
        left -= len(changes)
        size = max(1, AT_ONCE // changes.shape[1])
        proven, refuted = decide(changes, bound, (WALK_SHARE * ALPHA, WALK_SHARE * ALPHA))
        closed = np.zeros(len(changes), dtype=np.bool_)
        for run in np.flatnonzero((proven == 0) & (refuted == 0)) if closing else ():
            losses, wins = int((changes[run] < 0).sum()), int((changes[run] > 0).sum())
            rest = (1 - WALK_SHARE) * ALPHA
            closed[run] = full_bounds(losses, wins, changes.shape[1], rest).low >= bound
        parts.append((proven, refuted, closed))
    proven, refuted, closed = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Walks(proven=proven, refuted=refuted, closed=closed)


@cache
def full_bounds(losses: int, wins: int, cases: int, alpha: float) -> Interval:
    """Return the full task's one-sided bounds of the gain, as a share; they depend on counts."""
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
    return found.bounds


def at_the_threshold() -> Iterator[tuple[str, Draw, float]]:
    """Yield what lies exactly at its threshold: a name, the draw and the bound."""
    for total, lost, won in ((TOTAL, 913, 492), (2_000, 130, 70), (200, 13, 7)):
        changes = changes_of(lost, won, total)
        yield f"{total:,} cases in random order", shuffled(changes), (won - lost) / total
    # Ten slices of unequal sizes, some all lost, some all won, some without any change.
    slices = [
        np.full(size, change)
        for size, change in ((300, -1.0), (37, 1.0), (600, 0.0), (90, -1.0), (11, 1.0))
    ]
    slices += [changes_of(20 + i, 30, 200 + 10 * i) for i in range(5)]
    joined = np.concatenate(slices)
    yield f"{len(joined):,} cases, slices unlike", stratified(slices), float(joined.mean())
    for changed in (0.02, 0.1, 0.3):
        worse, better = (changed + 0.01) / 2, (changed - 0.01) / 2
        name = f"truth, {100 * changed:g}% changed"
        yield name, independent(worse, better), better - worse


def rows(runs: int = RUNS) -> Iterator[Row]:
    """Yield a row a goal."""
    for name, draw, bound in at_the_threshold():
        found = walks(draw, bound, runs=runs)
        for what, ends in (("passes", found.proven), ("failures", found.refuted)):
            share = found.share(ends)
            yield _row(f"wrong {what}: {name}", f"{share:.1%}", "at most 5%", share <= ALPHA)
    found = walks(independent(0.065, 0.035), BOUND, runs=runs, closing=True)
    early, late = found.share(found.proven), float(found.closed.mean())
    yield _row(
        "wrong passes with the full task's at the end: truth, 10% changed",
        f"{early:.1%} early, {late:.1%} at the end",
        "at most 5% together",
        early + late <= ALPHA,
    )
    found = walks(independent(0.05, 0.05), BOUND, runs=runs)
    share, median = found.share(found.proven), found.median(found.proven)
    yield _row("no change: proven", f"{share:.1%}", "at least 95%", share >= 1 - ALPHA)
    yield _row("no change: cases, median", f"{median:,.0f}", "at most 800", median <= 800)  # noqa: PLR2004
    found = walks(independent(0.09, 0.01), BOUND, runs=runs)
    share, median = found.share(found.refuted), found.median(found.refuted)
    yield _row("drop of 8: refuted", f"{share:.1%}", "at least 95%", share >= 1 - ALPHA)
    yield _row("drop of 8: cases, median", f"{median:,.0f}", "at most 300", median <= 300)  # noqa: PLR2004


def _row(work: str, measured: str, goal: str, met: bool) -> Row:
    return Row(work=work, against="", measured=measured, goal=goal, met=met)


def main() -> None:
    """Print the table."""
    print(f"Early stop: {RUNS:,} runs each, seed {SEED}; thresholds at {1 - ALPHA:.0%}.\n")
    print(HEAD, flush=True)
    for row in rows():
        print(row.line(), flush=True)
    print(f"\nStandard error of a share of 5%: {math.sqrt(ALPHA * (1 - ALPHA) / RUNS):.1%}.")


if __name__ == "__main__":
    main()
