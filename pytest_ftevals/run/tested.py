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
    """Case id -> share of its samples on which the body passed (1 or 0 where there is one), None
    where it skipped."""
    scores: dict[str, float | None]
    """The candidate's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one test asked one variant of one task."""

    task: str
    """The task file's path."""
    variant: str
    cases: tuple[str, ...] | None
    """Ids; None for all cases of the task."""
    varied: bool = False
    """Whether the task's varied cases, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """One test that asked variants something, and what became of it."""

    __test__ = False
    nodeid: str
    outcome: Outcome
    message: str = ""
    line: int | None = None
    thresholds: tuple[Threshold, ...] = ()
    states_threshold: bool = True
    asked: tuple[Asked, ...] = ()
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
            line=data["line"],
            thresholds=tuple(
                Threshold(**{**one, "notes": tuple(one["notes"])}) for one in data["thresholds"]
            ),
            states_threshold=data["states_threshold"],
            asked=tuple(
                Asked(
                    task=one["task"],
                    variant=one["variant"],
                    cases=None if one["cases"] is None else tuple(one["cases"]),
                    varied=one["varied"],
                )
                for one in data["asked"]
            ),
            rate=None if rate is None else Rate(**rate),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """How far thresholds walked through a task, for the base and one candidate."""

    task: str
    """The task file's path."""
    candidate: str
    n: int
    """Cases asked, the first in the order of walks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one process counted."""

    worker: str
    """The worker's id; empty for a process without workers."""
    tests: tuple[str, ...]
    """Node ids of the selected tests that ask models, in order."""
    requests: int
    """What they declared together, repeats counted."""
    unique: int
    variants: int
    answered: int
    """How many of the unique requests have an answer, stored or computed."""
    computed: int
    """Answers computed by this process."""
    seconds: float
    """Spent answering."""
    gates: int = 1
    """Thresholds that the selected tests state."""
    errors: tuple[tuple[str, str, str], ...] = ()
    """(variant, request digest, why there is no answer): nobody stores an error."""
    walked: tuple[Walked, ...] = ()
    """What thresholds asked besides."""
    besides: tuple[tuple[str, str], ...] = ()
    """(task file, variant) that this process's tests asked whole besides."""
    metric_modules: tuple[tuple[str, str], ...] = ()
    """(module, file) of what defines custom metrics here: the tests' own modules, for some."""
    import_path: tuple[str, ...] = ()
    """Where this process imports from; pytest adds the folders of tests."""

    def to_json(self) -> dict[str, JSON]:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Tally":
        """Read what `to_json` made."""
        errors = tuple((variant, request, why) for variant, request, why in data["errors"])
        walked = tuple(Walked(**one) for one in data["walked"])
        besides = tuple((task, variant) for task, variant in data["besides"])
        modules = tuple((name, file) for name, file in data["metric_modules"])
        path = tuple(data["import_path"])
        read = {"tests": tuple(data["tests"]), "errors": errors, "import_path": path}
        read |= {"walked": walked, "besides": besides, "metric_modules": modules}
        return cls(**{**data, **read})


@dataclass(slots=True)
class Gathered:
    """What all processes of a run report, put together."""

    tests: dict[str, Tested] = field(default_factory=dict)
    """By node id, of the tests that ran."""
    tallies: dict[str, Tally] = field(default_factory=dict)
    """By worker; the latest of each."""

    def count(self, tally: Tally) -> None:
        """Take a process's latest tally."""
        self.tallies[tally.worker] = tally

    @property
    def selected(self) -> tuple[str, ...]:
        """Node ids of all tests that were to run, in order."""
        return next((tally.tests for tally in self.tallies.values()), ())

    @property
    def requests(self) -> int:
        """What the selected tests declared together; every worker plans all of them."""
        return self._most("requests")

    @property
    def unique(self) -> int:
        """How many unique requests were declared."""
        return self._most("unique")

    @property
    def variants(self) -> int:
        """How many variants the declared requests ask."""
        return self._most("variants")

    @property
    def answered(self) -> int:
        """How many of the declared requests have an answer."""
        return self._most("answered")

    @property
    def walked(self) -> tuple[Walked, ...]:
        """How far any process walked: two that walk the same way ask the same."""
        found: dict[tuple[str, str], Walked] = {}
        for one in (one for tally in self.tallies.values() for one in tally.walked):
            known = found.setdefault((one.task, one.candidate), one)
            found[one.task, one.candidate] = max(known, one, key=lambda walk: walk.n)
        return tuple(found.values())

    @property
    def besides(self) -> tuple[tuple[str, str], ...]:
        """(task file, variant) that some process's tests asked whole besides."""
        asked = (one for tally in self.tallies.values() for one in tally.besides)
        return tuple(dict.fromkeys(asked))

    @property
    def metric_modules(self) -> tuple[tuple[str, str], ...]:
        """(module, file) of what defines custom metrics in any process."""
        found = (one for tally in self.tallies.values() for one in tally.metric_modules)
        return tuple(dict.fromkeys(found))

    @property
    def import_path(self) -> tuple[str, ...]:
        """Where any process imports from."""
        found = (one for tally in self.tallies.values() for one in tally.import_path)
        return tuple(dict.fromkeys(found))

    @property
    def computed(self) -> int:
        """Answers computed by all processes: none is computed twice."""
        return sum(tally.computed for tally in self.tallies.values())

    @property
    def seconds(self) -> float:
        """Time spent answering, by the slowest process."""
        return max((tally.seconds for tally in self.tallies.values()), default=0.0)

    @property
    def gates(self) -> int:
        """Thresholds that the selected tests state; every worker counts all of them."""
        return self._most("gates") or 1

    @property
    def errors(self) -> dict[tuple[str, str], str]:
        """(variant, request digest) -> why there is no answer."""
        return {
            (variant, request): why
            for tally in self.tallies.values()
            for variant, request, why in tally.errors
        }

    def in_order(self) -> tuple[Tested, ...]:
        """Return every selected test, those that never ran marked so; others go last."""
        names = dict.fromkeys([*self.selected, *self.tests])
        return tuple(self.tests.get(name, Tested(nodeid=name, outcome="not run")) for name in names)

    def _most(self, count: str) -> int:
        return max((getattr(tally, count) for tally in self.tallies.values()), default=0)
