"""Thresholds: what a test demanded of a measure, and what the run found."""

from dataclasses import dataclass
from typing import Literal

Evidence = Literal["proven", "not proven", "refuted"]
Operator = Literal["<", "<=", ">", ">="]
Quantity = Literal["value", "gain", "drop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One comparison of a measure with a number, decided."""

    task: str
    metric: str
    candidate: str
    slice: str | None
    kind: Quantity
    """Which quantity of the comparison was held against the bound."""
    op: Operator
    bound: float
    """In the unit the test wrote."""
    observed: float
    """The estimate, in the same unit."""
    holds: bool
    """Whether the estimate meets the bound."""
    evidence: Evidence
    n_used: int
    text: str
    """As the test wrote it: ``drop <= 3``, ``accuracy >= 0.8``."""
    summary: str = ""
    """One line: values, interval, n."""
