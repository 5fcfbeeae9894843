"""Gaps between slices: how often a threshold on one is proven or refuted wrongly.

Run with ``python -m benchmarks.simulations.gaps``; some minutes on one core.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.table import HEAD, Row
from pytest_ftevals.core.comparison import Estimate, Interval
from pytest_ftevals.stats.estimate import POINTS, estimate_gain, estimate_value
from pytest_ftevals.stats.gap import Sliced, gap_interval, growth_interval, simultaneous

SEED = 23
DATA_SETS = 3_000
LEVEL = 0.90
"""Two-sided: each end is a one-sided bound at 95%."""
AT_MOST = 0.07
"""Of the bounds may be wrong, where 5% is nominal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Slices as they are in truth."""

    about: str
    sizes: Sequence[int]
    base: Sequence[float]
    """Each slice's rate."""
    candidate: Sequence[float]
    agreement: float = 0.8
    """The share of cases whose two outcomes are drawn together."""

    @property
    def gap(self) -> float:
        """The candidate's true gap."""
        return max(self.candidate) - min(self.candidate)

    @property
    def growth(self) -> float:
        """The true gap of the candidate minus that of the base."""
        return self.gap - (max(self.base) - min(self.base))


def equal(count: int, rate: float) -> tuple[float, ...]:
    """Return so many slices of one rate."""
    return (rate,) * count


DESIGNS = (
    Design(about="2 equal", sizes=(100, 100), base=(0.7, 0.7), candidate=(0.7, 0.7)),
    Design(about="2, one ahead", sizes=(100, 100), base=(0.9, 0.8), candidate=(0.9, 0.8)),
    Design(about="2, gap opens", sizes=(200, 200), base=(0.8, 0.8), candidate=(0.8, 0.6)),
    Design(about="2, gap closes", sizes=(200, 200), base=(0.8, 0.6), candidate=(0.8, 0.8)),
    Design(about="2, swapped", sizes=(200, 200), base=(0.8, 0.7), candidate=(0.7, 0.8)),
    Design(about="2, small one ahead", sizes=(400, 40), base=(0.7, 0.8), candidate=(0.7, 0.9)),
    Design(about="2, small one behind", sizes=(400, 40), base=(0.9, 0.8), candidate=(0.9, 0.7)),
    Design(
        about="2 tiny, nearly all right", sizes=(20, 200), base=(0.95, 0.7), candidate=(0.95, 0.7)
    ),
    Design(about="5 equal", sizes=(100,) * 5, base=equal(5, 0.7), candidate=equal(5, 0.7)),
    Design(
        about="5, one falls", sizes=(100,) * 5, base=equal(5, 0.7), candidate=(*equal(4, 0.7), 0.5)
    ),
    Design(
        about="5 of many sizes",
        sizes=(400, 200, 100, 50, 20),
        base=(0.8, 0.75, 0.7, 0.65, 0.6),
        candidate=(0.8, 0.7, 0.7, 0.65, 0.5),
    ),
    Design(about="10 equal", sizes=(50,) * 10, base=equal(10, 0.8), candidate=equal(10, 0.8)),
    Design(
        about="10, all apart",
        sizes=(100,) * 10,
        base=tuple(np.linspace(0.5, 0.9, 10).tolist()),
        candidate=tuple(np.linspace(0.4, 0.9, 10).tolist()),
        agreement=0.9,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How a design's bounds did, as shares of its data sets."""

    design: Design
    gap_proven: float
    """Upper bounds of the gap below the truth: ``gap <= x`` proven wrongly."""
    gap_refuted: float
    """Lower bounds of the gap above the truth."""
    growth_proven: float
    growth_refuted: float
    bias: float
    """The mean gap measured minus the true one."""

    @property
    def most(self) -> float:
        """The largest share of wrong bounds."""
        shares = (self.gap_proven, self.gap_refuted, self.growth_proven, self.growth_refuted)
        return max(shares)

    def row(self) -> Row:
        """Return the design as a row of the table."""
        return Row(
            work=self.design.about,
            against=f"gap {POINTS * self.design.gap:.0f}, "
            f"measured {POINTS * (self.design.gap + self.bias):.1f}",
            measured=f"gap {self.gap_proven:.1%} and {self.gap_refuted:.1%}; "
            f"growth {self.growth_proven:.1%} and {self.growth_refuted:.1%}",
            goal=f"at most {AT_MOST:.0%}",
            met=self.most <= AT_MOST,
        )


def simulated(design: Design, data_sets: int = DATA_SETS, seed: int = SEED) -> Found:
    """Draw seeded data sets of a design, and count on which side of the truth bounds lie."""
    rng = np.random.default_rng(seed)
    wrong, measured = np.zeros(4), 0.0
    for _ in range(data_sets):
        before, after = _drawn(design, rng)
        value, gap, growth = _bounds(before, after)
        measured += max(value.values) - min(value.values)
        wrong += (
            gap.high < design.gap,
            gap.low > design.gap,
            growth.high < design.growth,
            growth.low > design.growth,
        )
    shares = (wrong / data_sets).tolist()
    return Found(
        design=design,
        gap_proven=shares[0],
        gap_refuted=shares[1],
        growth_proven=shares[2],
        growth_refuted=shares[3],
        bias=measured / data_sets - design.gap,
    )


def _drawn(design: Design, rng: np.random.Generator) -> tuple[list[list[float]], list[list[float]]]:
    """Return base and candidate scores, slice by slice."""
    before, after = [], []
    for size, old, new in zip(design.sizes, design.base, design.candidate, strict=True):
        one, other = rng.random(size), rng.random(size)
        together = rng.random(size) < design.agreement
        before.append((one < old).astype(float).tolist())
        after.append((np.where(together, one, other) < new).astype(float).tolist())
    return before, after


def _bounds(
    before: Sequence[Sequence[float]], after: Sequence[Sequence[float]]
) -> tuple[Sliced, Interval, Interval]:
    """Return the candidate's slices, and the intervals of its gap and of how that has grown."""
    base, first = _gap(before)
    value, second = _gap(after)
    changes = [
        estimate_gain(
            old,
            new,
            binary=True,
            levels=(LEVEL, LEVEL),
            replicates=None,
            value=sum(new) / len(new) - sum(old) / len(old),
        ).scaled(1 / POINTS)
        for old, new in zip(before, after, strict=True)
    ]
    growth = growth_interval(base, value, _sliced(changes), (first, second), 1)
    return value, second, growth


def _gap(scores: Sequence[Sequence[float]]) -> tuple[Sliced, Interval]:
    levels = (LEVEL, simultaneous(LEVEL, len(scores)))
    found = [
        estimate_value(own, binary=True, levels=levels, replicates=None, value=sum(own) / len(own))
        for own in scores
    ]
    own = _sliced(found)
    return own, gap_interval(own, [one.bounds for one in found], 1)


def _sliced(estimates: Sequence[Estimate]) -> Sliced:
    return Sliced(
        values=[one.value for one in estimates], intervals=[one.interval for one in estimates]
    )


def all_found(data_sets: int = DATA_SETS) -> Iterator[Found]:
    """Yield every design's result."""
    return (simulated(design, data_sets) for design in DESIGNS)


def main() -> None:
    """Print the table."""
    print(f"Gaps between slices: {DATA_SETS:,} data sets a row, seed {SEED}.\n")
    print(HEAD, flush=True)
    for found in all_found():
        print(found.row().line(), flush=True)
    print("\nMeasured: bounds below and above the truth, at 95% one-sided each.")


if __name__ == "__main__":
    main()
