"""Scores: one number for one case and one metric."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pytest_ftevals.core.canonical import JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One case's score on one metric; None with a reason where it could not be scored."""

    value: float | None
    """In the metric's range; None is never counted as 0."""
    reason: str = ""
    """Why `value` is None, or what was wrong (the first schema violation, say)."""
    expected: str | None = None
    """Classification metrics: the right class."""
    predicted: str | None = None
    """Classification metrics: the class that was answered."""
    parts: list[JSON] | None = None
    """Metrics whose value is no mean of scores: what this case adds to it (sums over words, counts
    of word pairs); None where `value` and the classes tell."""
    samples: "tuple[Score, ...]" = ()
    """The scores that `value` is the mean of, where the case was asked several times."""

    def to_json(self) -> JSON:
        """Return one sample's score as JSON, for the store."""
        return [self.value, self.reason, self.expected, self.predicted, self.parts]

    @classmethod
    def from_json(cls, data: Any) -> "Score":
        """Read what `to_json` wrote; raises TypeError or ValueError on anything else."""
        value, reason, expected, predicted, parts = data
        texts = all(one is None or isinstance(one, str) for one in (expected, predicted))
        if not texts or not isinstance(reason, str) or not isinstance(parts, list | None):
            raise TypeError("no score that was ever stored")
        number = None if value is None else float(value)
        return cls(value=number, reason=reason, expected=expected, predicted=predicted, parts=parts)


def averaged(samples: Sequence[Score]) -> Score:
    """Return a case's score from those of its samples: their mean.

    None, with the first reason, where one of them could not be scored: the mean of the others would
    be that of an easier case.
    """
    if len(samples) == 1:
        return samples[0]
    for number, one in enumerate(samples):
        if one.value is None:
            return Score(value=None, reason=f"sample {number}: {one.reason}")
    values = [one.value for one in samples if one.value is not None]
    return Score(value=math.fsum(values) / len(values), samples=tuple(samples))
