"""Values that are one of the answers' own numbers: the one of a rank."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from pytest_ftevals.core.score import Score

Numbers = tuple[tuple[float, ...], ...]
"""What the answers to each case scored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """What a nearest-rank quantile is taken of; of several seeds, the mean of theirs."""

    share: float
    """Which quantile, in (0, 1]; 1 is the largest."""
    seeds: tuple[Numbers, ...]
    """Each model's own numbers; a single model is one seed."""


@runtime_checkable
class ByRank(Protocol):
    """A metric whose value is of one rank, of which resamples know nothing beyond the largest."""

    def ranked(self, scores: Sequence[Score]) -> Ranked | None:
        """Return what the value is the quantile of (all scored); None where it is no quantile."""
