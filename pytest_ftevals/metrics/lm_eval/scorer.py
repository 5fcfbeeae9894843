"""One answer through lm-eval's filters and `process_results`, as its evaluator calls them."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any, Protocol

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.quiet import quietly, seeded
from pytest_ftevals.core.response import Response

_SEED = 0


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

    def __init__(self, asked: Iterable[Asked]) -> None:
        """Hold each case's document and requests."""
        self._asked: Mapping[str, Asked] = {one.case.id: one for one in asked}
        self._known: dict[tuple[str, str, Response], Mapping[str, Any]] = {}

    def subtask(self, case: Case) -> str:
        """Return the lm-eval task that a case belongs to."""
        return self._asked[case.id].subtask

    def results(self, case: Case, pipeline: str, response: Response) -> Mapping[str, Any]:
        """Return lm-eval's items of an answer by metric, after the filters named `pipeline`.

        Raises whatever the task's own code raises.
        """
        key = (case.id, pipeline, response)
        if key not in self._known:
            self._known[key] = processed(self._asked[case.id], pipeline, response)
        return self._known[key]


def processed(asked: Asked, pipeline: str, response: Response) -> Mapping[str, Any]:
    """Return what `process_results` makes of an answer after the filters named `pipeline`."""
    instances = [copy(one) for one in asked.instances]
    for one, answer in zip(instances, _answers(asked, response), strict=True):
        # Greedy answers to one question are all the same: asked once, given as often as asked for.
        one.resps = [answer] * (one.repeats or 1)
        one.filtered_resps = {}
    (chosen,) = (one for one in _filters(asked.task) if one.name == pipeline)
    with quietly(), seeded(_SEED):
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
