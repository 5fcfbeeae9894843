"""What the self-check found about a run's answers, and the calls too close for rounding."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.request import Request
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.planning.plan import request_of
from pytest_ftevals.run.samples import Answered
from pytest_ftevals.run.self_check import TOLERANCE
from pytest_ftevals.run.session import Session
from pytest_ftevals.store.checks import Check, Checks


def self_check(
    session: Session, tasks: Sequence[Task], answered: Mapping[str, Answered]
) -> dict[str, JSON]:
    """Return the record's ``self_check``; empty where no model was ever loaded."""
    if not session.device.resolved:
        return {}
    exact = session.device.numerics().is_exact
    return {
        "tolerance": TOLERANCE if exact else None,
        "variants": {
            variant: _summary(found)
            for variant, requests in _asked(tasks, answered).items()
            if (found := _checks(session, variant, requests))
        },
        "close_calls": [*_close_calls(tasks, answered)] if exact else [],
    }


def check_notes(found: Mapping[str, JSON]) -> list[str]:
    """Return a sentence for each variant whose fast answers did not hold."""
    variants = found.get("variants")
    if not isinstance(variants, Mapping):
        return []
    return [
        f"{name}: an answer of the fast path did not hold in the self-check, so what it had "
        "answered was taken back and asked again the plain way"
        for name, summary in variants.items()
        if isinstance(summary, Mapping) and not summary["held"]
    ]


def _asked(tasks: Sequence[Task], answered: Mapping[str, Answered]) -> dict[str, set[Request]]:
    """Return what each variant answered."""
    found: dict[str, set[Request]] = {}
    for task in tasks:
        cases = {case.id: case for case in task.askable}
        for variant, case, sample in answered[task.name]:
            found.setdefault(variant, set()).add(request_of(task, cases[case], sample))
    return found


def _checks(session: Session, variant: str, requests: set[Request]) -> list[Check]:
    context = session.device.context(variant).digest()
    return Checks(session.store).recall(context, requests)


def _summary(found: list[Check]) -> JSON:
    return {
        "cases": len(found),
        "largest": largest if isfinite(largest := max(one.off for one in found)) else None,
        "held": all(one.held for one in found),
    }


def _close_calls(tasks: Sequence[Task], answered: Mapping[str, Answered]) -> Iterable[str]:
    """Yield ``task case variant`` where rounding could have turned the choice."""
    for task in tasks:
        for (variant, case, _), response in answered[task.name].items():
            if _is_close(response):
                yield f"{task.name} {case} {variant}"


def _is_close(response: Response) -> bool:
    best = sorted((choice.logprob for choice in response.choices), reverse=True)[:2]
    return len(best) == 2 and best[0] - best[1] <= 2 * TOLERANCE  # noqa: PLR2004 - a pair
