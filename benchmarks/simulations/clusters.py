"""Clusters: how often a change is claimed where there is none, with questions in groups.

Run with ``python -m benchmarks.simulations.clusters``; a minute or two on one core.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.table import HEAD, Row
from pytest_ftevals.core.comparison import Estimate
from pytest_ftevals.stats.bootstrap import resample_counts
from pytest_ftevals.stats.estimate import estimate_gain

SEED = 21
DATA_SETS = 4_000
GROUPS, SIZE = 50, 10
CORRELATION = 0.7
"""Within groups, of all that a case does."""
LEVELS = (0.95, 0.90)
AT_MOST = 0.06
"""Of false alarms, at 5% nominal."""
OUTCOMES = np.array([(1, 1), (0, 0), (0, 1), (1, 0)], dtype=np.float64)
"""Base's and candidate's score: right in both, in neither, won, lost."""
CHANCES = (0.45, 0.25, 0.15, 0.15)
CLUSTERS = [group for group in range(GROUPS) for _ in range(SIZE)]

Draw = Callable[[np.random.Generator], tuple[NDArray[np.float64], NDArray[np.float64]]]
"""Draws base's and candidate's scores of one data set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """Shares of data sets in which a change is claimed though there is none."""

    two_sided: float
    """0 lies outside the 95% interval."""
    gained: float
    """The lower 95% bound lies above 0."""
    lost: float
    """The upper 95% bound lies below 0."""

    @property
    def most(self) -> float:
        """The largest of the three."""
        return max(self.two_sided, self.gained, self.lost)


def copied(rng: np.random.Generator, own: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return draws of which any two of a group are the same with chance `CORRELATION`.

    `own` has a row a case, and a row a group after them. A case takes its group's draw with the
    root of that chance, so that two of them correlate by it, whatever is computed from the draws.
    """
    cases, groups = own[: GROUPS * SIZE], own[GROUPS * SIZE :]
    taken = rng.random(GROUPS * SIZE) < CORRELATION**0.5
    return np.where(taken[:, np.newaxis], groups[CLUSTERS], cases)


def binary(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw 0/1 scores, 30% of them changed, as many won as lost on average."""
    outcomes = rng.choice(4, size=(GROUPS * SIZE + GROUPS, 1), p=CHANCES).astype(np.float64)
    base, candidate = OUTCOMES[copied(rng, outcomes)[:, 0].astype(np.int64)].T
    return base, candidate


def rarely(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw 0/1 scores of which 4% changed, two groups' worth."""
    outcomes = rng.choice(4, size=(GROUPS * SIZE + GROUPS, 1), p=(0.7, 0.26, 0.02, 0.02))
    base, candidate = OUTCOMES[copied(rng, outcomes.astype(np.float64))[:, 0].astype(np.int64)].T
    return base, candidate


def real(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw skewed real scores between 0 and 1, base and candidate alike in distribution."""
    base, candidate = copied(rng, rng.beta(0.5, 2.0, size=(GROUPS * SIZE + GROUPS, 2))).T
    return base, candidate


def alarms(draw: Draw, *, scores_are_binary: bool, told: bool, data_sets: int) -> Alarms:
    """Count false alarms over seeded data sets, with the clusters told or not."""
    rng = np.random.default_rng(SEED)
    clusters = CLUSTERS if told else None
    found = []
    for _ in range(data_sets):
        base, candidate = draw(rng)
        gain = float(candidate.mean() - base.mean())
        found.append(
            estimate_gain(
                base.tolist(),
                candidate.tolist(),
                binary=scores_are_binary,
                levels=LEVELS,
                replicates=None,
                value=gain,
                clusters=clusters,
            )
        )
    return counted(found)


def alarms_of_replicates(draw: Draw, *, data_sets: int) -> Alarms:
    """Count false alarms of the bootstrap over whole clusters, as corpus metrics use it."""
    rng = np.random.default_rng(SEED)
    counts = np.concatenate(list(resample_counts(len(CLUSTERS), seed=SEED, clusters=CLUSTERS)))
    shares = counts / counts.sum(axis=1, keepdims=True)
    found = []
    for _ in range(data_sets):
        base, candidate = draw(rng)
        found.append(
            estimate_gain(
                base.tolist(),
                candidate.tolist(),
                binary=False,
                levels=LEVELS,
                replicates=shares @ (candidate - base),
                value=float(candidate.mean() - base.mean()),
                clusters=CLUSTERS,
            )
        )
    return counted(found)


def counted(found: list[Estimate]) -> Alarms:
    """Return the shares of false alarms among estimates of a gain that is truly 0."""
    return Alarms(
        two_sided=float(np.mean([not one.interval.low <= 0 <= one.interval.high for one in found])),
        gained=float(np.mean([one.bounds.low > 0 for one in found])),
        lost=float(np.mean([one.bounds.high < 0 for one in found])),
    )


def rows(data_sets: int = DATA_SETS) -> Iterator[Row]:
    """Yield a row a kind of scores."""
    kinds: tuple[tuple[str, Draw, bool], ...] = (
        ("0/1 scores, 30% changed", binary, True),
        ("0/1 scores, 4% changed", rarely, True),
        ("real scores", real, False),
    )
    for name, draw, scores_are_binary in kinds:
        told, untold = (
            alarms(draw, scores_are_binary=scores_are_binary, told=told, data_sets=data_sets)
            for told in (True, False)
        )
        yield _row(name, told, f"clusters not told: {untold.two_sided:.0%}")
    yield _row("replicates", alarms_of_replicates(binary, data_sets=data_sets), "")


def _row(name: str, found: Alarms, against: str) -> Row:
    return Row(
        work=f"{GROUPS} groups of {SIZE}, {name}",
        against=against,
        measured=f"{found.two_sided:.1%} two-sided, {found.gained:.1%} gains,"
        f" {found.lost:.1%} drops",
        goal=f"at most {AT_MOST:.0%}",
        met=found.most <= AT_MOST,
    )


def main() -> None:
    """Print the table."""
    print(f"False alarms: {DATA_SETS:,} data sets a row, seed {SEED}, 5% nominal.\n")
    print(HEAD, flush=True)
    for row in rows():
        print(row.line(), flush=True)


if __name__ == "__main__":
    main()
