"""A task: a named set of cases with a prompt, decoding settings and metrics; what a metric is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.label_rule import LabelRule
from pytest_ftevals.core.request import Decode
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score

if TYPE_CHECKING:  # numpy is imported where a metric resamples, never with the package
    import numpy as np
    from numpy.typing import NDArray

Kind = Literal["generate", "choice", "perplexity", "deployment"]
Only = Callable[[Case], bool] | None
"""Tells which cases a metric is about, the others being no part of it; None: about all of them."""
RestsOn = Callable[[Sequence[Score]], Sequence[Sequence[int]]] | None
"""Gives the positions of scores in groups, each of which the value rests on by itself: F1 of a
class on the cases of that class. None: the value rests on all cases alike."""


class Metric(Protocol):
    """One metric. Higher is better, and values lie between 0 and 1, unless it says otherwise."""

    @property
    def name(self) -> str:
        """The name that task files and tests use."""

    @property
    def higher_is_better(self) -> bool:
        """Whether a larger value is a better one."""

    @property
    def points(self) -> bool:
        """Whether values lie between 0 and 1, so that differences are percentage points."""

    @property
    def binary(self) -> bool:
        """Whether every answer's score is 0 or 1."""

    @property
    def is_mean(self) -> bool:
        """Whether the value is the mean of the cases' scores."""

    @property
    def only(self) -> Only:
        """Which cases it is about; those that are left out are neither scored nor excluded."""

    @property
    def rests_on(self) -> RestsOn:
        """Which groups of cases its value rests on: how few they are, intervals must know."""

    @property
    def score_libraries(self) -> tuple[str, ...]:
        """The distributions that `score` computes with; where there are any, scores are stored."""

    @property
    def settings(self) -> JSON:
        """What else its scores depend on: its options in the task file; None without any."""

    @property
    def value_libraries(self) -> tuple[str, ...]:
        """The distributions that `value` and `resampled` compute with."""

    def check(self, task: "Task") -> None:
        """Raise FtevalsError where the task lacks what the metric needs (a schema, a kind)."""

    def score(self, task: "Task", case: Case, response: Response) -> Score:
        """Return one answer's score; never raises for what a model answered.

        It may depend on what a score's key holds and on nothing else: the task's kind and schema,
        the case without its prompt, the response, its own settings.
        """

    def value(self, scores: Sequence[Score]) -> float:
        """Return the task's value from its cases' scores (all scored, at least one).

        A case's score may be the mean of several samples' scores, which it then carries.
        """

    def resampled(
        self, scores: Sequence[Score], counts: "NDArray[np.int64]"
    ) -> "NDArray[np.float64] | None":
        """Return the value of each bootstrap replicate, or None where the value is the mean.

        `counts` has shape (replicates, n): how often each case was drawn. NaN where a replicate
        has none of the cases that the value rests on.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task with its cases, as everything after the task files sees it."""

    name: str
    kind: Kind
    path: Path
    """The task file; paths that tests name (a schema) are relative to its folder."""
    cases: tuple[Case, ...]
    """In data order; ids are unique; never empty."""
    varied: tuple[Case, ...] = ()
    """Cases with noise in them or in other words, called ``ID~KIND``; they count for robustness
    alone."""
    metrics: tuple[str, ...]
    """Metric names; the first is the one that ``result.drop`` speaks of."""
    custom_metrics: Mapping[str, Metric] = field(default_factory=dict)
    """Metrics that this task brings or configures itself, by their names in `metrics`."""
    label_rules: tuple[LabelRule, ...] = ()
    """Rules for labels that this task brings itself; they are asked before all others."""
    grounded: bool = False
    """``generate`` only: whether replies may hold no detail but those of prompt and expectation."""
    explanations: bool = False
    """``generate`` only: whether a judge is asked about the explanations of right answers."""
    about: str = ""
    """What the fine-tune should improve, in plain language."""
    decode: Decode = field(default_factory=Decode)
    """``generate`` and ``deployment`` only."""
    price: float | None = None
    """``deployment`` only: what an hour of the machine costs, in any currency; None: not known."""
    greedy: bool = False
    """Whether to tell of each continuation if greedy decoding gives it."""
    samples: int = 1
    """How often every case is asked, 1 or more; above 1 only where replies are drawn."""
    schema: JSON = None
    """The JSON Schema that replies should meet, parsed and checked; None without one."""
    schema_source: str = ""
    """The schema's file name as written in the task file, for messages."""
    slices: tuple[str, ...] = ()
    """Names of the columns that make slices."""
    cluster: str | None = None
    """Name of the column that makes clusters; None where cases are independent."""
    pass_at: float | None = None
    """Score of the first metric from which a case counts as passed; None: 1 for 0/1 metrics."""
    data_source: str = ""
    """Where the rows came from, as written in the task file."""
    data_hash: str = ""
    """SHA-256 of the data file's bytes."""
    template_hash: str = ""
    """Digest of everything in the task file that shapes a prompt or an expectation."""

    @property
    def askable(self) -> tuple[Case, ...]:
        """Every case that can be asked: its own, then the varied ones."""
        return (*self.cases, *self.varied) if self.varied else self.cases

    def named(self, case: str, sample: int) -> str:
        """Return ``case ID``, with the sample's number where every case has several."""
        return f"case {case}" if self.samples == 1 else f"case {case} sample {sample}"
