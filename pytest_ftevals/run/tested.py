"""What the tests did: plain values that cross from a worker process to the controller."""

from dataclasses import asdict, dataclass, field
from typing import Any

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import Outcome
from pytest_ftevals.core.threshold import Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What a ``pass_rate`` test found: its body's outcome on every case, for two variants."""

    metric: str
    """The test function's name."""
    task: str
    candidate: str
    base: dict[str, float | None]
    """Case id -> 1 where the body passed, 0 where an assertion failed, None where it skipped."""
    scores: dict[str, float | None]
    """The candidate's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """One test that asked variants something, and what became of it."""

    __test__ = False
    nodeid: str
    outcome: Outcome
    message: str = ""
    thresholds: tuple[Threshold, ...] = ()
    states_threshold: bool = True
    tasks: tuple[str, ...] = ()
    """Task files it used, as paths."""
    rate: Rate | None = None

    def to_json(self) -> dict[str, JSON]:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Tested":
        """Read what `to_json` made."""
        rate = data["rate"]
        return cls(
            nodeid=data["nodeid"],
            outcome=data["outcome"],
            message=data["message"],
            thresholds=tuple(Threshold(**one) for one in data["thresholds"]),
            states_threshold=data["states_threshold"],
            tasks=tuple(data["tasks"]),
            rate=None if rate is None else Rate(**rate),
        )


@dataclass(slots=True)
class Gathered:
    """What all processes of a run report, put together."""

    tests: dict[str, Tested] = field(default_factory=dict)
    """By node id, of the tests that ran."""
    selected: tuple[str, ...] = ()
    """Node ids of all tests that were to run, in order."""
    requests: int = 0
    """What the selected tests ask together, repeats counted."""
    unique: int = 0
    variants: int = 0
    answered: int = 0
    """How many of the unique requests have an answer, stored or computed."""
    computed: int = 0
    """Answers computed by all processes."""
    errors: dict[tuple[str, str], str] = field(default_factory=dict)
    """(variant, request digest) -> why a process got no answer."""
    seconds: float = 0.0
    """Spent answering, by the slowest process."""

    def in_order(self) -> tuple[Tested, ...]:
        """Return every selected test, those that never ran marked so; others go last."""
        names = dict.fromkeys([*self.selected, *self.tests])
        return tuple(self.tests.get(name, Tested(nodeid=name, outcome="not run")) for name in names)
