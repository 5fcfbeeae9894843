"""Every selected test's needs -> unique requests by variant, in the tests' order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.request import Request
from pytest_ftevals.core.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What one test needs answered: cases of a task, by some variants."""

    task: Task
    cases: tuple[Case, ...]
    variants: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The unique requests of a set of needs."""

    requests: Mapping[str, tuple[Request, ...]]
    """Variant -> what it is asked, each request once."""
    asked: int
    """How many requests the tests make together, repeats counted."""

    @property
    def unique(self) -> int:
        """How many requests there are to answer."""
        return sum(map(len, self.requests.values()))


def request_of(task: Task, case: Case, sample: int = 0) -> Request:
    """Return what a variant is asked for one sample (from 0) of a case of a task."""
    kind = case.kind or task.kind
    if kind == "generate":
        return Request(
            kind="generate",
            prompt=case.prompt,
            decode=case.decode or task.decode,
            turns=case.turns,
            sample=sample,
        )
    if kind == "deployment":
        return Request(kind="timed", prompt=case.prompt, decode=task.decode, sample=sample)
    rolling = kind == "perplexity" and not case.prompt
    return Request(
        kind="loglikelihood_rolling" if rolling else "loglikelihood",
        prompt=case.prompt,
        continuations=case.continuations,
        givens=case.givens,
        greedy=task.greedy,
    )


def requests_of(task: Task, case: Case) -> tuple[Request, ...]:
    """Return what a variant is asked for a case: a request a sample."""
    return tuple(request_of(task, case, sample) for sample in range(task.samples))


def make_plan(needs: Sequence[Need]) -> Plan:
    """Return the unique requests that answer all `needs`, first asked first."""
    requests: dict[str, dict[Request, None]] = {}
    known: dict[tuple[str, int], dict[Request, None]] = {}
    asked = 0
    for need in needs:
        asked += len(need.cases) * need.task.samples * len(need.variants)
        # Many tests need the same cases of a task, which keep one tuple: rendered once.
        key = (need.task.name, id(need.cases))
        if key not in known:
            known[key] = dict.fromkeys(
                request for case in need.cases for request in requests_of(need.task, case)
            )
        made = known[key]
        for variant in need.variants:
            requests.setdefault(variant, {}).update(made)
    return Plan(
        requests={variant: tuple(unique) for variant, unique in requests.items()}, asked=asked
    )
