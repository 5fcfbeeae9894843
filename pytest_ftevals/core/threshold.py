"""Thresholds: what a test demanded of a measure, and what the run found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pytest_ftevals.core.errors import FtevalsError

Evidence = Literal["proven", "not proven", "refuted"]
Operator = Literal["<", "<=", ">", ">="]
Quantity = Literal["value", "gain", "drop"]
Decide = Literal["point", "proven", "refuted"]
"""What decides: the estimate; or it passes only when proven; or it fails only when refuted."""
MODES: Mapping[str, Decide] = {"point": "point", "proven": "proven", "refuted": "refuted"}
Word = Literal["pass", "fail", "inconclusive"]
SAID: Mapping[Word, str] = {
    "pass": "holds",
    "fail": "does not hold",
    "inconclusive": "is inconclusive",
}
"""A verdict after the threshold's text, in messages."""


def read_mode(given: object, *, wrong: str, where: str = "") -> Decide:
    """Return the mode that is given; raises FtevalsError, saying what is `wrong`, for any other."""
    if isinstance(given, str) and given in MODES:
        return MODES[given]
    raise FtevalsError(wrong, where=where, fix=f"Valid are {', '.join(MODES)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One comparison of a measure with a number, decided."""

    task: str
    metric: str
    candidate: str
    slice: str | None
    blamed: str | None = None
    """The slice whose cases explain it: `slice` itself, of a gap the candidate's worst one;
    ``robustness`` for all varied cases."""
    kind: Quantity
    """Which quantity of the comparison was held against the bound."""
    reference: str = "base"
    """What the candidate is compared with: the base, another candidate or a saved run."""
    op: Operator
    bound: float
    """In the unit the test wrote."""
    observed: float
    """The estimate, in the same unit."""
    holds: bool
    """Whether the estimate meets the bound."""
    evidence: Evidence
    decide: Decide = "point"
    verdict: Word
    n_used: int
    early: bool = False
    """Whether `n_used` are a part of the task's cases, at which a walk stopped."""
    text: str
    """As the test wrote it: ``drop <= 3``, ``accuracy >= 0.8``."""
    summary: str = ""
    """One line: values, interval, n."""
    p: float | None = None
    """One-sided p-value of missing the threshold by chance, where in truth it is just met."""
    notes: tuple[str, ...] = ()
    """What a reader should know of it: too few cases to resolve it, a bound in the wrong unit."""

    @property
    def met(self) -> bool:
        """Whether a test may go on: it passes, or is inconclusive where only refuted ones fail."""
        return is_met(self.verdict, self.decide)


def is_met(verdict: Word, decide: Decide) -> bool:
    """Return whether a verdict lets a test pass."""
    return verdict == "pass" or (verdict == "inconclusive" and decide == "refuted")
