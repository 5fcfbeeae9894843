"""Intervals of paired 0/1 scores: how often they hold the truth.

Run with ``python -m benchmarks.simulations.intervals``; a minute or two on one core.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from benchmarks.table import HEAD, Row
from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.stats.tango import tango

SEED = 20
DATA_SETS = 20_000
CASES = (100, 500, 2_000)
CHANGED = (0.02, 0.10, 0.30)
LOST = (0.5, 0.7, 0.9, 1.0)
"""Of the changed pairs: no true change, and up to all of them lost."""
LEVEL, BOUNDS_LEVEL = 0.95, 0.90
AT_LEAST, AT_MOST = 0.94, 0.97
ENOUGH = 10
"""Expected changed pairs from which on coverage is held below `AT_MOST` too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A true distribution of paired scores, and how the intervals did."""

    cases: int
    changed: float
    """The true share of pairs that differ."""
    lost: float
    """Of those, the share that the candidate loses."""
    coverage: float
    """The share of two-sided 95% intervals that hold the true difference."""
    proven_falsely: float
    """The share of lower 95% bounds of the gain above the truth."""
    refuted_falsely: float
    """The share of upper 95% bounds of the gain below the truth."""

    @property
    def expected(self) -> float:
        """The number of changed pairs to be expected."""
        return self.cases * self.changed

    @property
    def met(self) -> bool:
        """Whether the coverage is what is asked for."""
        enough = round(self.expected) >= ENOUGH
        return self.coverage >= AT_LEAST and (not enough or self.coverage <= AT_MOST)

    def row(self) -> Row:
        """Return the cell as a row of the table."""
        enough = round(self.expected) >= ENOUGH
        return Row(
            work=f"{self.cases:,} cases, {self.changed:.0%} changed, {self.lost:.0%} of them lost",
            against="",
            measured=f"{self.coverage:.1%}; bounds wrong in {self.proven_falsely:.1%}"
            f" and {self.refuted_falsely:.1%}",
            goal=f"{AT_LEAST:.0%} to {AT_MOST:.0%}" if enough else f"at least {AT_LEAST:.0%}",
            met=self.met,
        )


@cache
def interval(wins: int, losses: int, cases: int, level: float) -> Interval:
    """Return the interval of a table, computed once."""
    return tango(wins, losses, cases, level)


def cells(data_sets: int = DATA_SETS) -> Iterator[Cell]:
    """Yield every cell of the grid, each over so many seeded data sets."""
    rng = np.random.default_rng(SEED)
    for cases in CASES:
        for changed in CHANGED:
            for lost in LOST:
                yield simulated(rng, cases, changed, lost, data_sets)


def simulated(
    rng: np.random.Generator, cases: int, changed: float, lost: float, data_sets: int
) -> Cell:
    """Draw data sets of one true distribution, and count where the truth lies."""
    shares = [changed * (1 - lost), changed * lost, 1 - changed]
    truth = shares[0] - shares[1]
    drawn = rng.multinomial(cases, shares, size=data_sets)[:, :2]
    tables, times = np.unique(drawn, axis=0, return_counts=True)

    def ends(level: float) -> NDArray[np.float64]:
        found = [interval(wins, losses, cases, level) for wins, losses in tables.tolist()]
        return np.array([(one.low, one.high) for one in found])

    shown, held = ends(LEVEL), ends(BOUNDS_LEVEL)
    outside = (truth < shown[:, 0]) | (truth > shown[:, 1])
    return Cell(
        cases=cases,
        changed=changed,
        lost=lost,
        coverage=1 - float(times @ outside) / data_sets,
        proven_falsely=float(times @ (truth < held[:, 0])) / data_sets,
        refuted_falsely=float(times @ (truth > held[:, 1])) / data_sets,
    )


def main() -> None:
    """Print the table."""
    print(f"Paired 0/1 scores: {DATA_SETS:,} data sets a row, seed {SEED}.\n")
    print(HEAD, flush=True)
    for cell in cells():
        print(cell.row().line(), flush=True)
    print("\nMeasured: coverage of 95% intervals; lower and upper 95% bounds on the wrong side.")


if __name__ == "__main__":
    main()
