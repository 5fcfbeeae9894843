"""Metrics that could score none of what a variant answered: a report has no row for them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.registry import metric_of
from pytest_ftevals.run.samples import Answered
from pytest_ftevals.run.scores import TaskScores


def unscored_notes(
    scores: Iterable[TaskScores], answered: Mapping[str, Answered], variants: Sequence[str]
) -> Iterator[str]:
    """Yield a line for each metric of a task that scored nothing, with the first case's reason."""
    for one in scores:
        for name in one.task.metrics:
            reasons: dict[str, list[str]] = {}
            for variant in variants:
                reason = _reason(one, answered[one.task.name], variant, name)
                if reason is not None:
                    reasons.setdefault(reason, []).append(variant)
            for reason, silent in reasons.items():
                named = ", ".join(silent)
                yield f"{name} on {one.task.name} scored no answer of {named}: {reason}"


def _reason(scores: TaskScores, answered: Answered, variant: str, name: str) -> str | None:
    """Return why a metric scored none of the answers of a variant; None where it did, or none is.

    Errors are no answers: they are named as such.
    """
    task: Task = scores.task
    only = metric_of(task, name).only
    about = [case for case in task.askable if only is None or only(case)]
    first: str | None = None
    for case, number in product(about, range(task.samples)):
        response = answered.get((variant, case.id, number))
        if response is None or response.error is not None:
            continue
        score = scores.sample(variant, name, case, number)
        if score.value is not None:
            return None
        first = score.reason if first is None else first
    return first
