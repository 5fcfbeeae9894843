"""Comparisons: base and candidate paired case by case on a task."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pytest_ftevals.core.threshold import Quantity

ROBUSTNESS = "robustness"
"""What takes the place of a metric's name where varied cases are compared with plain ones."""
VARIATION = "variation"
"""The name of the slices ``variation=typos``, which varied cases have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A confidence interval."""

    low: float
    high: float
    level: float
    """Two-sided confidence, in (0, 1)."""
    method: str
    """``wilson``, ``tango``, ``t``, ``bca``, ``bootstrap``, ..."""

    def scaled(self, factor: float) -> "Interval":
        """Return the interval of `factor` times the number; a negative one turns it round."""
        low, high = sorted((factor * self.low, factor * self.high))
        return replace(self, low=low, high=high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its uncertainty."""

    value: float
    interval: Interval
    """What the report shows (95% by default)."""
    bounds: Interval
    """What thresholds are held against: each end is a one-sided bound at the run's confidence."""
    shared: Interval | None = None
    """The same where the error is shared over the run's thresholds; None where there is one."""

    @classmethod
    def of(cls, value: float, intervals: Sequence[Interval]) -> "Estimate":
        """Return the estimate with its two or three intervals, in the order of `intervals`."""
        shown, held, *shared = intervals
        return cls(value=value, interval=shown, bounds=held, shared=shared[0] if shared else None)

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """What is shown, the bounds, and those of a shared error where there are any."""
        both = (self.interval, self.bounds)
        return both if self.shared is None else (*both, self.shared)

    def with_each(self, change: Callable[[Interval], Interval]) -> "Estimate":
        """Return the estimate with every interval changed."""
        return replace(
            self,
            interval=change(self.interval),
            bounds=change(self.bounds),
            shared=None if self.shared is None else change(self.shared),
        )

    def scaled(self, factor: float) -> "Estimate":
        """Return the estimate of `factor` times the number."""
        changed = self.with_each(lambda interval: interval.scaled(factor))
        return replace(changed, value=factor * self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceValue:
    """A variant's value on one slice."""

    name: str
    """``gender=f``."""
    n: int
    value: float
    """In the metric's own unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What a gap between slices is made of."""

    slices: int
    best: SliceValue
    """The candidate's best slice, whatever the metric's direction."""
    worst: SliceValue
    reference_best: SliceValue
    reference_worst: SliceValue
    by_chance: float
    """The mean gap of slices of these sizes that are equal in truth, in the metric's own unit;
    infinite where a slice without any spread tells nothing of it."""
    left_out: tuple[str, ...] = ()
    """Slices of fewer than two cases, which tell nothing of a gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Macro:
    """What a mean over slices is made of."""

    slices: int
    fewest: int
    """Cases in the smallest slice."""
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One metric of one candidate against the base on the cases of a task or of a slice of it."""

    task: str
    metric: str
    candidate: str
    slice: str | None
    """``name=group``; ``gap(name)`` and ``macro(name)`` over all slices of a column; None for the
    whole task."""
    reference: str = "base"
    """What the candidate is compared with: the base, another candidate or a saved run."""
    n: int
    """Paired, scored cases."""
    total: int | None = None
    """Cases there are, where a threshold was decided on the first `n` of them; else None."""
    base: Estimate
    """The reference's, in the metric's own unit."""
    value: Estimate
    """The candidate's, in the metric's own unit."""
    gain: Estimate
    """How much better the candidate is whatever the metric's direction: percentage points for
    metrics between 0 and 1, the metric's own unit otherwise."""
    points: bool
    """Whether `gain` is in percentage points."""
    higher_is_better: bool
    wins: int
    """Cases on which the candidate scores better; 0 where there are no per-case scores."""
    losses: int
    ties: int
    excluded: tuple[str, ...] = ()
    """Ids of cases left out because one side could not be scored."""
    excluded_because: str = ""
    """Why the first of them could not."""
    seeds: int | None = None
    """Seeds that the candidate is the mean of; None for a single model."""
    seed_sd: float | None = None
    """Standard deviation over seeds of their gains, in the unit of `gain`; of their values too, in
    the metric's own unit (a 100th, where `gain` is in points)."""
    gap: Gap | None = None
    """Of a gap between slices alone, whose `base` and `value` are differences of two values."""
    macro: Macro | None = None
    """Of a mean over slices alone."""

    def in_points(self, kind: Quantity) -> bool:
        """Return whether a quantity is in percentage points: changes of rates, and their gaps."""
        return self.points and (kind != "value" or self.gap is not None)

    @property
    def blamed(self) -> str | None:
        """The slice whose cases explain the value: of a gap the candidate's worst one.

        ``robustness`` for that of a whole task, whose varied cases do.
        """
        if self.gap is not None:
            return self.gap.worst.name
        return ROBUSTNESS if self.slice is None and self.metric == ROBUSTNESS else self.slice

    @property
    def delta(self) -> float:
        """Candidate minus base in the unit of `gain`, direction not considered."""
        return self.gain.value if self.higher_is_better else -self.gain.value

    @property
    def delta_interval(self) -> Interval:
        """The interval of `delta`."""
        shown = self.gain.interval
        return shown if self.higher_is_better else shown.scaled(-1)
