"""Metrics whose value is made from sums over cases: perplexity, BLEU, rates over several parts.

A case's score carries its addends as `Score.parts`, one number a sum; the value is a function of
the sums, and a bootstrap replicate sums the cases that it drew.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.score import Score
from pytest_ftevals.metrics.per_case import Rated

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled(Rated):
    """A metric whose value is a function of sums over the cases; scores have them in `parts`."""

    pool: Callable[[Sequence[float]], float]
    """The value from the sums, in the order of `parts`; the same function gives one case's score
    from its own addends."""
    is_mean: bool = False
    settings: JSON = None

    def value(self, scores: Sequence[Score]) -> float:
        """Return the value of the sums over all cases (all scored, at least one)."""
        return self.pool([math.fsum(column) for column in zip(*addends(scores), strict=True)])

    def resampled(
        self, scores: Sequence[Score], counts: "NDArray[np.int64]"
    ) -> "NDArray[np.float64]":
        """Return the value of each replicate; `counts` has shape (replicates, n)."""
        import numpy as np

        sums = counts @ np.array(addends(scores), dtype=np.float64)
        return np.array([self.pool(row) for row in sums.tolist()])


def addends(scores: Sequence[Score]) -> list[list[float]]:
    """Return each case's addends, those of its samples added up.

    Raises TypeError for a score without them.
    """
    return [
        [math.fsum(column) for column in zip(*map(_parts, score.samples), strict=True)]
        if score.samples
        else _parts(score)
        for score in scores
    ]


def _parts(score: Score) -> list[float]:
    if not isinstance(score.parts, list):
        raise TypeError(f"a score without its addends: {score.reason}")
    return cast("list[float]", score.parts)
