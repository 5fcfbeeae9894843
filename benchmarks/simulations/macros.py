"""Means over slices: how often their bounds are wrong.

Run with ``python -m benchmarks.simulations.macros``; a few minutes on one core.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from benchmarks.table import HEAD, Row
from pytest_ftevals.stats.macro import macro_gain, macro_value

SEED = 24
DATA_SETS = 3_000
LEVEL = 0.90
"""Two-sided: each end is a one-sided bound at 95%."""
AT_MOST = 0.09


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Slices as they are in truth."""

    about: str
    sizes: Sequence[int]
    rates: Sequence[float]
    """Of the base."""
    lost: Sequence[float]
    """The share of cases that only the base has right."""
    won: Sequence[float]


DESIGNS = (
    Design(
        about="10 slices of 100",
        sizes=(100,) * 10,
        rates=(0.7,) * 10,
        lost=(0.03,) * 10,
        won=(0.01,) * 10,
    ),
    Design(
        about="57 slices of 5",
        sizes=(5,) * 57,
        rates=(0.9,) * 57,
        lost=(0.05,) * 57,
        won=(0.02,) * 57,
    ),
    Design(
        about="20 slices of 2",
        sizes=(2,) * 20,
        rates=(0.7,) * 20,
        lost=(0.1,) * 20,
        won=(0.1,) * 20,
    ),
    Design(
        about="5 of 30, 20 of 1",
        sizes=(*[30] * 5, *[1] * 20),
        rates=(0.7,) * 25,
        lost=(0.1,) * 25,
        won=(0.05,) * 25,
    ),
    Design(
        about="10, 40 and 300",
        sizes=(10, 40, 300),
        rates=(0.7, 0.95, 0.9),
        lost=(0.1, 0.02, 0.01),
        won=(0.05, 0.02, 0.03),
    ),
    Design(
        about="20 and 400, only the small one changes",
        sizes=(20, 400),
        rates=(0.7, 0.9),
        lost=(0.2, 0.0),
        won=(0.05, 0.0),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How a design's bounds did, as shares of its data sets."""

    about: str
    value: tuple[float, float]
    """Lower bounds above the truth, upper bounds below it."""
    gain: tuple[float, float]

    @property
    def most(self) -> float:
        """The largest share of wrong bounds."""
        return max(*self.value, *self.gain)

    def row(self) -> Row:
        """Return the design as a row of the table."""
        return Row(
            work=self.about,
            against="",
            measured=f"value {self.value[0]:.1%} and {self.value[1]:.1%}; "
            f"gain {self.gain[0]:.1%} and {self.gain[1]:.1%}",
            goal=f"at most {AT_MOST:.0%}",
            met=self.most <= AT_MOST,
        )


def simulated(design: Design, data_sets: int = DATA_SETS, seed: int = SEED) -> Found:
    """Draw seeded data sets of a design, and count on which side of the truth bounds lie."""
    rng = np.random.default_rng(seed)
    wrong = np.zeros(4)
    value, gain = fmean(design.rates), fmean(design.won) - fmean(design.lost)
    for _ in range(data_sets):
        base, candidate = _drawn(design, rng)
        own = macro_value(base, LEVEL, binary=True, limits=(0, 1))
        change = macro_gain(base, candidate, LEVEL, binary=True, limits=(-1, 1))
        wrong += (own.low > value, own.high < value, change.low > gain, change.high < gain)
    low, high, below, above = (wrong / data_sets).tolist()
    return Found(about=design.about, value=(low, high), gain=(below, above))


def _drawn(design: Design, rng: np.random.Generator) -> tuple[list[list[float]], list[list[float]]]:
    """Return base and candidate scores, slice by slice."""
    base, candidate = [], []
    each = zip(design.sizes, design.rates, design.lost, design.won, strict=True)
    for size, rate, lost, won in each:
        drawn = rng.random(size)
        # Right on both sides, lost, won, wrong on both sides.
        old = drawn < rate
        new = (drawn < rate - lost) | ((drawn >= rate) & (drawn < rate + won))
        base.append(old.astype(float).tolist())
        candidate.append(new.astype(float).tolist())
    return base, candidate


def all_found(data_sets: int = DATA_SETS) -> Iterator[Found]:
    """Yield every design's result."""
    return (simulated(design, data_sets) for design in DESIGNS)


def main() -> None:
    """Print the table."""
    print(f"Means over slices of 0/1 scores: {DATA_SETS:,} data sets a row, seed {SEED}.\n")
    print(HEAD, flush=True)
    for found in all_found():
        print(found.row().line(), flush=True)
    print("\nMeasured: lower bounds above and upper ones below the truth, at 95% one-sided each.")


if __name__ == "__main__":
    main()
