"""The record: everything a run saw and decided, as versioned JSON. Reports are functions of it.

``docs/record.md`` describes every field; ``reports/record.schema.json`` is its JSON Schema.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.threshold import Evidence, Quantity

RECORD_VERSION = 1

Outcome = Literal["passed", "failed", "error", "skipped", "not run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdRow:
    """A threshold as a test stated it, on the row it speaks of."""

    text: str
    kind: Quantity
    op: str
    bound: float
    observed: float
    holds: bool
    evidence: Evidence
    n_used: int
    test: str
    """Node id of the test that stated it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRow:
    """One row of the delta table: task x metric x slice x candidate."""

    task: str
    metric: str
    slice: str | None
    candidate: str
    n: int
    base: float
    """In the metric's own unit (0 to 1 for rates)."""
    value: float
    """The candidate's, in the same unit."""
    delta: float
    """Candidate minus base; percentage points where `unit` is ``points``."""
    interval: tuple[float, float]
    """Of `delta`, in its unit."""
    level: float
    """Confidence of `interval`, two-sided."""
    method: str
    """How `interval` was computed."""
    unit: Literal["points", "own"]
    higher_is_better: bool
    wins: int
    losses: int
    ties: int
    excluded: tuple[str, ...] = ()
    """Ids of the cases left out because one side could not be scored."""
    thresholds: tuple[ThresholdRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantRow:
    """A variant as another person needs it to reproduce the run."""

    name: str
    kind: Literal["base", "adapter", "full"]
    source: str
    revision: str | None
    fingerprint: str
    dtype: str
    size: int
    """Bytes of weights on disk."""
    adapter: Mapping[str, JSON] | None
    """The adapter's type and config; None for base and full models."""
    shares_base: bool | None
    """Whether it ran on the base's own weights (adapter switched on them); None if not loaded
    in this run because every answer was stored, or for the base."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A task as another person needs it to reproduce the run."""

    name: str
    kind: str
    about: str
    source: str
    """The task file, relative to the run's root folder where it lies below it."""
    data: str
    data_hash: str
    template_hash: str
    n: int
    decode: Mapping[str, JSON] | None
    samples: int
    """How often every case was asked; a case's score is the mean over them."""
    metrics: tuple[str, ...]
    slices: tuple[str, ...]
    confusion: Mapping[str, JSON] | None = None
    """Classification tasks: ``{"labels": [...], "counts": {variant: [[...], ...]}}``, a row an
    expected class, a column a predicted one; the last column counts answers of no class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRow:
    """What became of one test."""

    __test__ = False
    nodeid: str
    outcome: Outcome
    states_threshold: bool
    """False where it compared base and candidate but held nothing against a number."""
    message: str = ""
    """First line of why it failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow:
    """The failures of one candidate on one task, counted by label."""

    task: str
    candidate: str
    n: int
    """Answers scored: every sample of a case is one."""
    failed: int
    labels: Mapping[str, int]
    """Primary label -> count."""
    regressions: int | None
    """Failures that the base got right; None where the base was not asked."""
    worst: tuple[str, ...]
    """Ids of the worst cases, worst first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One case, variant and sample: a line of samples.jsonl."""

    task: str
    case: str
    variant: str
    sample: int
    """From 0; always 0 where the task asks every case once."""
    slices: Mapping[str, str]
    prompt: JSON
    """As sent; messages as a list."""
    expected: JSON
    response: str
    """The reply; for a choice task the chosen option's text."""
    choices: tuple[Mapping[str, JSON], ...] | None
    """Choice tasks: ``{"text", "logprob"}`` per continuation."""
    choice: int | None
    """Choice tasks: index of the chosen option."""
    finish: str
    scores: Mapping[str, float | None]
    """Metric -> score; null where it could not be scored."""
    passed: bool | None
    """Null where the task's first metric does not tell passing from failing."""
    labels: tuple[str, ...]
    """Failed cases: the primary label first."""
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Everything a run saw and decided."""

    version: int = RECORD_VERSION
    run: Mapping[str, JSON] = field(default_factory=dict)
    """Command, time, versions, hardware, options, plan counts, checks."""
    variants: tuple[VariantRow, ...] = ()
    tasks: tuple[TaskRow, ...] = ()
    comparisons: tuple[ComparisonRow, ...] = ()
    tests: tuple[TestRow, ...] = ()
    failures: tuple[FailureRow, ...] = ()

    def to_json(self) -> dict[str, JSON]:
        """Return the record as JSON values."""
        return asdict(self)
