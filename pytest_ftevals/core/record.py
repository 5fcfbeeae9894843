"""The record: everything a run saw and decided, as versioned JSON. Reports are functions of it.

``docs/record.md`` describes every field; ``reports/record.schema.json`` is its JSON Schema.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.comparison import Gap
from pytest_ftevals.core.failures import FailureLogRow, FailureRow, PatternRow
from pytest_ftevals.core.threshold import Decide, Evidence, Quantity, Word, is_met

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
    decide: Decide
    verdict: Word
    n_used: int
    p: float | None
    """One-sided p-value of missing it by chance."""
    p_holm: float | None
    """The same, adjusted for all thresholds of the run (Holm 1979)."""
    notes: tuple[str, ...]
    test: str
    """Node id of the test that stated it."""

    @property
    def met(self) -> bool:
        """Whether it let its test go on."""
        return is_met(self.verdict, self.decide)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRow:
    """One row of the delta table: task x metric x slice x candidate."""

    task: str
    metric: str
    slice: str | None
    """``name=group``; ``gap(name)`` or ``macro(name)`` over all slices of a column; None for the
    whole task."""
    candidate: str
    reference: str
    """What it is compared with: ``base``, a candidate's name, or the name of a saved run."""
    n: int
    total: int | None
    """Cases there are, where fewer were enough to decide; else null."""
    base: float
    """The reference's, in the metric's own unit (0 to 1 for rates)."""
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
    detectable: float | None
    """The smallest drop that so many cases show in 4 of 5 runs, in the unit of `delta`."""
    unit: Literal["points", "own"]
    higher_is_better: bool
    wins: int
    losses: int
    ties: int
    excluded: tuple[str, ...] = ()
    """Ids of the cases left out because one side could not be scored."""
    excluded_because: str = ""
    """Why the first of them could not be; empty where none was left out."""
    seeds: int | None = None
    """Seeds of one recipe that the candidate is the mean of; None for a single model."""
    seed_sd: float | None = None
    """Standard deviation of `delta` over these seeds, in its unit."""
    gap: Gap | None = None
    """Which slices a gap lies between; None for every other row."""
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
    group: str | None = None
    """The recipe that it is a seed of; None for the base and candidates of their own."""


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
    cluster: str | None = None
    """Name of the column that makes clusters; None where cases are independent."""
    signatures: Mapping[str, str] = field(default_factory=dict)
    """Metric -> the signature that a published value of it must come with (sacrebleu's)."""
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
    """First line of why it failed or was skipped."""
    line: int | None = None
    """Line of its function in the file that its node id names, from 1; None where not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeoffMeasure:
    """How a candidate changed the first metric of a task that tests judge."""

    task: str
    metric: str
    role: Literal["target", "general"]
    """What tests want of it: a value or gain (target), or no more than a drop (general)."""
    unit: Literal["points", "own"]
    gain: float | None
    """How much better than the base, in `unit`; None where it was not measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeoffRow:
    """A candidate's gain on its job against what it costs: a row each, the smallest first."""

    candidate: str
    seeds: int | None
    """Seeds of one recipe that it is the mean of; None for a single model."""
    size: int
    """Bytes of its weights on disk; of the largest seed's."""
    target: float | None
    """Mean gain on the targets in percentage points; None where one is missing or none is a
    rate."""
    general: float | None
    """Worst change of the general measures in percentage points, negative for a drop."""
    met: bool | None
    """Whether all thresholds on it are met; None where one is inconclusive, or was stated on
    another candidate alone."""
    pareto: bool
    """Whether no other candidate is better on target or general and worse on neither."""
    best: bool
    """Whether it has the largest target among those that meet their thresholds."""
    smaller: str | None
    """The candidate before it by size."""
    marginal: float | None
    """`target` minus that of `smaller`."""
    pays: bool | None
    """Whether that is a percentage point or more."""
    measures: tuple[TradeoffMeasure, ...]


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
    """The reply; for a choice task the chosen option's text, empty for a perplexity task."""
    turns: tuple[Mapping[str, JSON], ...] | None
    """Conversations: ``{"user", "reply"}`` per turn, the last one's reply being `response`."""
    choices: tuple[Mapping[str, JSON], ...] | None
    """What was scored: ``{"text", "logprob", "tokens"}`` per continuation, with ``"greedy"`` where
    that was asked for."""
    choice: int | None
    """Choice tasks: index of the chosen option."""
    finish: str
    scores: Mapping[str, float | None]
    """Metric -> score; null where it could not be scored."""
    passed: bool | None
    """Null where the task's first metric does not tell passing from failing."""
    labels: tuple[str, ...]
    """The primary label first. Of a passed case only what a judge found in its explanation."""
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
    patterns: tuple[PatternRow, ...] = ()
    failure_log: tuple[FailureLogRow, ...] = ()
    """Against earlier runs that the store knows; empty where it knows none."""
    tradeoff: tuple[TradeoffRow, ...] = ()
    """Of runs with several candidates and a target; else empty."""

    def to_json(self) -> dict[str, JSON]:
        """Return the record as JSON values."""
        return asdict(self)
