"""One answer through lm-eval's filters and `process_results`, as its evaluator calls them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from typing import Any, Protocol

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.quiet import quietly, seeded
from pytest_ftevals.core.response import Response

_SEED = 0
Surroundings = Callable[[], AbstractContextManager[None]]
"""What lm-eval's code runs in: its seeds, quiet, and the network or none."""


@contextmanager
def seeded_quietly() -> Iterator[None]:
    """Run code without its chatter, Python's random numbers from lm-eval's seed."""
    with quietly(), seeded(_SEED):
        yield


class Asked(Protocol):
    """A case, and what lm-eval asks for it."""

    @property
    def case(self) -> Case:
        """The case."""

    @property
    def subtask(self) -> str:
        """The name of the lm-eval task that it belongs to."""

    @property
    def task(self) -> Any:
        """That task's object."""

    @property
    def instances(self) -> Sequence[Any]:
        """Its requests, in the order in which lm-eval scores them."""

    @property
    def request_type(self) -> str:
        """How lm-eval calls this kind of request."""


class Scorer:
    """What lm-eval's tasks make of answers; each answer is scored once for all metrics."""

    def __init__(self, asked: Iterable[Asked], around: Surroundings = seeded_quietly) -> None:
        """Hold each case's document and requests; the task's own code runs in `around`."""
        self.around = around
        self._asked: Mapping[str, Asked] = {one.case.id: one for one in asked}
        self._known: dict[tuple[str, str, Response], Mapping[str, Any]] = {}
        self._cases: dict[str, list[str]] = {}
        self._slices: dict[tuple[str, str], set[str]] = {}
        for one in self._asked.values():
            self._cases.setdefault(one.subtask, []).append(one.case.id)
            for of in one.case.slices.items():
                self._slices.setdefault(of, set()).add(one.subtask)
        self._unscored: dict[str, dict[str, str]] = {}
        self._beyond: dict[str, float] = {}

    def subtask(self, case: Case) -> str:
        """Return the lm-eval task that a case belongs to."""
        return self._asked[case.id].subtask

    def results(self, case: Case, pipeline: str, response: Response) -> Mapping[str, Any]:
        """Return lm-eval's items of an answer by metric, after the filters named `pipeline`.

        Raises whatever the task's own code raises.
        """
        key = (case.id, pipeline, response)
        if key not in self._known:
            with self.around():
                self._known[key] = processed(self._asked[case.id], pipeline, response)
        return self._known[key]

    def left_out(self, metric: str, case: Case, reason: str) -> None:
        """Remember that a metric could not score one of the answers to a case, and why."""
        self._unscored.setdefault(metric, {}).setdefault(case.id, reason)

    def went_beyond(self, metric: str, value: float) -> None:
        """Remember that a metric, taken for a rate, gave a number that is none."""
        self._beyond.setdefault(metric, value)

    def beyond(self, metric: str) -> float | None:
        """Return the first number of a metric that is no rate; None where all were."""
        return self._beyond.get(metric)

    def is_slice(self, subtasks: AbstractSet[str]) -> bool:
        """Return whether these are among the tasks of one slice."""
        return any(subtasks <= members for members in self._slices.values())

    def why_empty(self, metric: str, subtask: str) -> str | None:
        """Return why no case of a task was scored on both sides; None where some may have been."""
        reasons = self._unscored.get(metric, {})
        cases = self._cases.get(subtask, [])
        return reasons[cases[0]] if cases and all(case in reasons for case in cases) else None


def processed(asked: Asked, pipeline: str, response: Response) -> Mapping[str, Any]:
    """Return what `process_results` makes of an answer after the filters named `pipeline`.

    Run it in `Scorer.around`, or the like of it.
    """
    instances = [copy(one) for one in asked.instances]
    for one, answer in zip(instances, _answers(asked, response), strict=True):
        # Greedy answers to one question are all the same: asked once, given as often as asked for.
        one.resps = [answer] * (one.repeats or 1)
        one.filtered_resps = {}
    (chosen,) = (one for one in _filters(asked.task) if one.name == pipeline)
    chosen.apply(instances)
    found: Mapping[str, Any] = asked.task.process_results(
        instances[0].doc, [one.filtered_resps[pipeline] for one in instances]
    )
    return found


def pipelines(task: Any) -> tuple[str, ...]:
    """Return the names of a task's filter pipelines, in its order."""
    return tuple(str(one.name) for one in _filters(task))


def _filters(task: Any) -> Sequence[Any]:
    found: Sequence[Any] = task._filters  # noqa: SLF001 - lm-eval has no other way to them
    return found


def _answers(asked: Asked, response: Response) -> list[object]:
    if asked.request_type == "generate_until":
        return [response.text]
    if asked.request_type == "loglikelihood_rolling":
        return [response.choices[0].logprob]
    return [(one.logprob, bool(one.greedy)) for one in response.choices]
