"""The answers of an earlier run, read back from its samples.jsonl, in the place of models."""

import time
from collections.abc import Iterable, Mapping
from itertools import product
from typing import get_args

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.label import Label
from pytest_ftevals.core.record import Sample
from pytest_ftevals.core.request import Request
from pytest_ftevals.core.response import Choice, Finish, Response, failed
from pytest_ftevals.core.task import Task
from pytest_ftevals.planning.plan import Need, Plan, request_of
from pytest_ftevals.reports.folder import read_samples
from pytest_ftevals.run.computing import Counts
from pytest_ftevals.run.replay import AGAIN, Replay

_Asked = tuple[str, str, str, int]
"""(task, variant, case id, sample)."""
_FINISHES: Mapping[str, Finish] = {name: name for name in get_args(Finish)}


class ReplayedAnswers:
    """Responses by variant and request, as `run.answers.Answers` has them; computes nothing."""

    def __init__(self, replay: Replay) -> None:
        """Read the samples; raises FtevalsError, naming the line, for a broken file."""
        self._replay = replay
        self._responses, self._flawed = _read(replay)
        self._asked = {(task, variant) for task, variant, _, _ in self._responses}
        self._failures = _failures(self._responses)
        self._tasks: set[str] = set()
        self._known: dict[tuple[str, Request], Response] = {}
        self.counts = Counts()

    def take(self, needs: Iterable[Need]) -> None:
        """Take the answers to the tasks of `needs`; those of a task that changed are none."""
        began = time.monotonic()
        for task in {need.task.name: need.task for need in needs}.values():
            if task.name not in self._tasks:
                self._tasks.add(task.name)
                if self._replay.change(task) is None:
                    self._take(task)
        self.counts.seconds += time.monotonic() - began

    def _take(self, task: Task) -> None:
        variants = [one.name for one in self._replay.record.variants]
        for case, sample in product(task.askable, range(task.samples)):
            request = request_of(task, case, sample)
            for variant in variants:
                response = self._responses.get((task.name, variant, case.id, sample))
                if response is not None:
                    self._known[variant, request] = response

    def get(self, variant: str, request: Request) -> Response | None:
        """Return a response of the tasks that were taken, or None."""
        return self._known.get((variant, request))

    def answered(self, plan: Plan) -> int:
        """Return how many of the plan's unique requests have an answer that is no error."""
        found = [self.get(name, one) for name, asked in plan.requests.items() for one in asked]
        return sum(one is not None and one.error is None for one in found)

    def errors(self) -> dict[tuple[str, str], str]:
        """Return none: every process reads them in the samples."""
        return {}

    def found_bad(self, sample: Sample) -> bool:
        """Return whether the run's judge found a right answer's explanation bad."""
        return (sample.task, sample.variant, sample.case, sample.sample) in self._flawed

    def failure(self, variant: str) -> str | None:
        """Return why a variant could not be loaded; None where it could."""
        return self._failures.get(variant)

    def missing(self, task: Task, case: Case, variant: str, sample: int) -> FtevalsError:
        """Return why there is no answer of a variant to a sample of a case."""
        changed = self._replay.change(task)
        if changed is not None:
            return changed
        what = f"task {task.name!r}"
        if (task.name, variant) in self._asked:
            what = f"{task.named(case.id, sample)} of {what}"
        return FtevalsError(
            f"the replayed run did not ask {variant} {what}",
            where=f"--ftevals-replay {self._replay.folder}",
            fix=AGAIN,
        )


def response_of(sample: Sample) -> Response:
    """Return the response that a sample was made from; raises FtevalsError for a broken one.

    All that scores and labels depend on is as it was. Counts of tokens and batches are left out.
    """
    if sample.finish not in _FINISHES:
        raise FtevalsError(f"unknown value {sample.finish!r}", where="sample.finish")
    if sample.error is not None:
        return failed(sample.error)
    finish = _FINISHES[sample.finish]
    if sample.choices is None:
        turns = tuple(str(turn.get("reply")) for turn in sample.turns or ())
        return Response(text=sample.response, turns=turns, finish=finish)
    return Response(choices=tuple(map(_choice, sample.choices)), finish=finish)


def _choice(data: Mapping[str, JSON]) -> Choice:
    text, logprob, tokens = (data.get(name) for name in ("text", "logprob", "tokens"))
    if logprob is None and "logprob" in data:
        logprob = float("nan")  # written as null
    if (
        not isinstance(text, str)
        or not isinstance(logprob, int | float)
        or not isinstance(tokens, int)
    ):
        raise FtevalsError(
            "a text, a logprob and a number of tokens expected", where="sample.choices"
        )
    greedy = data.get("greedy")
    told = greedy if isinstance(greedy, bool) else None
    return Choice(text=text, logprob=float(logprob), tokens=tokens, greedy=told)


def _read(replay: Replay) -> tuple[dict[_Asked, Response], frozenset[_Asked]]:
    """Return the responses, and which right answers a judge found badly explained."""
    found: dict[_Asked, Response] = {}
    flawed: set[_Asked] = set()
    for where, sample in read_samples(replay.folder, replay.record, fix=AGAIN):
        asked = (sample.task, sample.variant, sample.case, sample.sample)
        try:
            found[asked] = response_of(sample)
        except FtevalsError as error:
            raise FtevalsError(str(error), where=where) from None
        if sample.passed and Label.BAD_EXPLANATION in sample.labels:
            flawed.add(asked)
    return found, frozenset(flawed)


def _failures(responses: Mapping[_Asked, Response]) -> dict[str, str]:
    """Return why variants could not be loaded: then all that one answered is the same error."""
    errors: dict[str, list[str | None]] = {}
    for (_, variant, _, _), response in responses.items():
        errors.setdefault(variant, []).append(response.error)
    return {
        variant: own[0]
        for variant, own in errors.items()
        if own[0] is not None and len(own) > 1 and len(set(own)) == 1
    }
