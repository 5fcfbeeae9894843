"""Scores: one number for one case and one metric."""

from dataclasses import dataclass


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
