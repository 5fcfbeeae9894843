"""Rows of the record about failures: counts by label, what they have in common, earlier runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow:
    """The failures of one candidate on one task, counted by label."""

    task: str
    candidate: str
    n: int
    """Answers scored: every sample of a case is one."""
    failed: int | None
    """None where the task's first metric does not tell passing from failing."""
    labels: Mapping[str, int]
    """Primary label -> count."""
    flaws: Mapping[str, int] = field(default_factory=dict)
    """Label -> count, of answers that passed all the same."""
    regressions: int | None
    """Failures that the base got right; None where the base was not asked."""
    worst: tuple[str, ...]
    """Ids of the worst tenth of the cases, at least 3, worst first: those that failed, regressions
    before others, or those of the worst scores where nothing tells failing from passing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A feature that failures have more often than chance explains."""

    feature: str
    """``negation``, ``words >= 40``, ``language=de``, ..."""
    n: int
    """Cases that have it."""
    failed: int
    """How many of these failed (or got worse)."""
    lift: float
    """The share of them that failed over the share of all cases that did; above 1."""
    p: float
    """One-sided, of Fisher's exact test (1935)."""
    p_adjusted: float
    """The same, adjusted for all features that were tried (Holm 1979)."""
    cases: tuple[str, ...]
    """Ids of the first of those that failed, at most 10."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternRow:
    """What a candidate's failures on a task have in common."""

    task: str
    candidate: str
    among: Literal["failures", "regressions"]
    """What is looked at: every failed case, or those that the base got right."""
    cluster: str | None = None
    """Name of the column whose cases belong together: one case of each value is looked at, for the
    test takes cases for independent; None where all are."""
    n: int
    """Cases looked at; among regressions only those that the base got right."""
    failed: int
    tried: int
    """Features that 5 of them or more have and others lack; those of the same cases count once."""
    found: tuple[Pattern, ...]
    """Those with an adjusted p-value of at most 0.05, the smallest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurring:
    """A case that fails now and failed before."""

    case: str
    failed: int
    """In how many of the earlier runs that asked it."""
    runs: int
    """How many those are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureLogRow:
    """A candidate's failures on a task against earlier runs of other weights under its name."""

    task: str
    candidate: str
    runs: int
    """Earlier runs of the same task, prompts and data."""
    again: tuple[Recurring, ...]
    """Those that failed most often first."""
    new: tuple[str, ...]
    """Ids of the cases that fail now and passed in every earlier run that asked them."""
    mended: tuple[str, ...]
    """Ids of the cases that pass now and failed in the run before."""
