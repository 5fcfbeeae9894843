"""What a test holds: models to ask, comparisons, and the notes taken of its asking."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.comparison import Comparison
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.threshold import Threshold, read_mode
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.plugin.declare import DeclaredTask
from pytest_ftevals.plugin.missing import asked_task
from pytest_ftevals.plugin.reply import Reply
from pytest_ftevals.run.session import Session
from pytest_ftevals.run.tested import Asked, Rate

if TYPE_CHECKING:
    from pytest_ftevals.run.session import Result

Recorder = Callable[[Threshold, Comparison], None]
"""Told of every threshold, and of what it was held against."""


@dataclass(slots=True)
class Notes:
    """What one test asked and demanded."""

    _asked: dict[tuple[str, str], dict[str, None] | None] = field(default_factory=dict)
    """(task file, variant) -> ids of cases, None for all, in the order of asking."""
    _varied: set[tuple[str, str]] = field(default_factory=set)
    """(task file, variant) whose varied cases were asked, too."""
    thresholds: dict[Threshold, Comparison] = field(default_factory=dict)
    """What it demanded, each once, and of what: explaining an assert asks again."""
    compared: bool = False
    """Whether it asked for a comparison."""
    rate: Rate | None = None

    @property
    def asked(self) -> tuple[Asked, ...]:
        """What the test asked, each task and variant once."""
        return tuple(
            Asked(
                task=path,
                variant=variant,
                cases=None if ids is None else tuple(ids),
                varied=(path, variant) in self._varied,
            )
            for (path, variant), ids in self._asked.items()
        )

    def ask(self, task: Task, variant: str, cases: Sequence[Case] | None = None) -> None:
        """Note that the test asks a variant some cases of a task, or all of them."""
        key = (str(task.path), variant)
        if cases is not None and cases is task.varied:
            self._asked.setdefault(key, {})
            self._varied.add(key)
        elif cases is None or len(cases) == len(task.cases):
            self._asked[key] = None
        elif (ids := self._asked.setdefault(key, {})) is not None:
            ids.update(dict.fromkeys(case.id for case in cases))

    def state(self, threshold: Threshold, comparison: Comparison) -> None:
        """Note a threshold, and what it was held against."""
        self.thresholds[threshold] = comparison


class Model:
    """One variant, as tests ask it."""

    def __init__(self, name: str, session: Session, notes: Notes, sample: int = 0) -> None:
        """Hold a variant's name, and the sample it gives unless told; nothing is loaded here."""
        self.name = name
        self._session = session
        self._notes = notes
        self._sample = sample

    def at(self, sample: int) -> "Model":
        """Return the same variant, giving another sample unless told."""
        return Model(self.name, self._session, self._notes, sample)

    def generate(self, case: Case, *, sample: int | None = None) -> Reply:
        """Return the variant's reply to a case, answered before the tests began.

        For a choice task the reply is the option that the variant finds likeliest. Of a task with
        ``decode.samples`` it is sample 0, in a ``pass_rate`` body each in turn, or the one asked
        for. Raises FtevalsError for a sample that the task does not have.
        """
        __tracebackhide__ = True
        if not isinstance(case, Case):
            raise FtevalsError(
                f"generate() takes a case, not {type(case).__name__}",
                fix="Mark the test with TASK.cases() and hand on its argument `case`.",
            )
        task = self._session.library.named(case.task)
        number = self._sample if sample is None else sample
        if (
            not isinstance(number, int)
            or isinstance(number, bool)
            or number not in range(task.samples)
        ):
            raise FtevalsError(
                f"generate(sample={number!r}) asks for a sample that task {task.name!r} does not "
                "have: " + _samples(task),
                where=str(task.path),
                fix="Ask for one of them, or raise `decode.samples` in the task file.",
            )
        self._notes.ask(task, self.name, [case])
        response = self._session.response(task, case, self.name, number)
        return Reply(self.name, task, case, response, sample=number)

    def __repr__(self) -> str:
        """Return ``<model NAME>``."""
        return f"<model {self.name}>"


class Comparer:
    """The fixture ``compare``."""

    def __init__(
        self,
        candidate: str,
        session: Session,
        notes: Notes,
        record: Recorder,
    ) -> None:
        """Hold a candidate's name; `record` is told of every threshold."""
        self._record = record
        self._candidate = candidate
        self._session = session
        self._notes = notes

    def __call__(self, task: DeclaredTask, *, decide: str | None = None) -> "Result":
        """Return the candidate against the base on a task, as measures to assert on.

        `decide` is what decides their thresholds: ``point``, ``proven`` or ``refuted``; None: what
        the run says. Raises FtevalsError for anything else.
        """
        __tracebackhide__ = True
        mode = None
        if decide is not None:
            mode = read_mode(decide, wrong=f"compare(decide={decide!r}): there is no such mode")
        if not isinstance(task, DeclaredTask):
            raise FtevalsError(
                f"compare() takes a task, not {type(task).__name__} {task!r}",
                fix="Load it first: TASK = load_task('NAME.task.yaml').",
            )
        loaded = asked_task(task, self._session.library)
        for variant in (BASE, *self._session.settings.seeds(self._candidate)):
            self._notes.ask(loaded, variant)
            if loaded.varied:
                self._notes.ask(loaded, variant, loaded.varied)
        self._notes.compared = True
        return self._session.result(loaded, self._candidate, self._record, mode)

    def __repr__(self) -> str:
        """Return ``<compare NAME with base>``."""
        return f"<compare {self._candidate} with base>"


class Asking:
    """One test's way to the models."""

    def __init__(self, session: Session, notes: Notes, record: Recorder) -> None:
        """Hold the session and the test's notes; `record` is told of every threshold."""
        self._record = record
        self._session = session
        self._notes = notes

    def base(self) -> Model:
        """Return the base."""
        return self._named(BASE)

    def candidate(self, chosen: str | None) -> Model:
        """Return the candidate that the test was generated for, or the only one."""
        candidates = self._session.settings.variants[1:]
        if chosen is None and len(candidates) != 1:
            pytest.fail(
                f"which candidate? There are {len(candidates)}: {', '.join(candidates)}\n"
                "  Take `candidate` (or `compare`) as an argument of a test function; "
                "getfixturevalue and unittest classes cannot run once per candidate."
                if candidates
                else "no candidate is named\n  Run pytest with --ftevals-candidate ADAPTER.",
                pytrace=False,
            )
        return self._named(chosen or candidates[0])

    def single(self, candidate: Model) -> Model:
        """Return a candidate that replies; fails for a group, which a test of seeds compares."""
        seeds = self._session.settings.seeds(candidate.name)
        if len(seeds) > 1:
            pytest.fail(
                f"which seed? {candidate.name} is a group of {len(seeds)}: {', '.join(seeds)}\n"
                "  A test that takes `compare` runs once for the whole group. Take `candidate` in "
                "a test of its own, which runs for each seed.",
                pytrace=False,
            )
        return candidate

    def model(self, chosen: str | None) -> Model:
        """Return the variant that the test was generated for."""
        if chosen is None:
            pytest.fail(
                "which model? `model` is the base and every candidate in turn\n"
                "  Take it as an argument of a test function, or use `base` or `candidate`.",
                pytrace=False,
            )
        return self._named(chosen)

    def comparer(self, candidate: str) -> Comparer:
        """Return the comparison of a candidate with the base."""
        return Comparer(candidate, self._session, self._notes, self._record)

    def _named(self, variant: str) -> Model:
        return Model(variant, self._session, self._notes)


def _samples(task: Task) -> str:
    if task.samples == 1:
        return "it asks every case once, sample 0"
    return f"it asks every case {task.samples} times, samples 0 to {task.samples - 1}"
