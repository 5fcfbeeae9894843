"""Every answered case as a sample, and the failures among them counted by label."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case, prompt_json
from pytest_ftevals.core.label import Label
from pytest_ftevals.core.record import FailureRow, Sample
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.labels.passing import passed
from pytest_ftevals.labels.rules import label_failure
from pytest_ftevals.metrics.registry import metric
from pytest_ftevals.run.scores import TaskScores

_WORST_SHARE = 0.10
_WORST_LEAST, _WORST_MOST = 3, 50

Answered = Mapping[tuple[str, str], Response]
"""(variant, case id) -> response, errors included."""


def samples_of(scores: TaskScores, answered: Answered, variants: Sequence[str]) -> Iterator[Sample]:
    """Yield a sample for every answered case of a task, case by case, base first."""
    task = scores.task
    for case in task.cases:
        base = _passed(scores, BASE, case, answered)
        for variant in variants:
            response = answered.get((variant, case.id))
            if response is not None:
                yield _sample(scores, case, variant, response, base_passed=base)


def failures_of(task: Task, samples: Iterable[Sample], candidate: str) -> FailureRow | None:
    """Count a candidate's failures on a task by label; None where nothing could be scored."""
    scored = [one for one in samples if one.variant == candidate and one.passed is not None]
    if not scored:
        return None
    failed = [one for one in scored if not one.passed]
    first = task.metrics[0]
    failed.sort(key=lambda one: (Label.REGRESSION not in one.labels, one.scores[first] or 0.0))
    shown = min(_WORST_MOST, max(_WORST_LEAST, round(_WORST_SHARE * len(scored))))
    counts = Counter(one.labels[0] for one in failed if one.labels)
    return FailureRow(
        task=task.name,
        candidate=candidate,
        n=len(scored),
        failed=len(failed),
        labels=dict(counts.most_common()),
        regressions=sum(Label.REGRESSION in one.labels for one in failed),
        worst=tuple(one.case for one in failed[:shown]),
    )


def _sample(
    scores: TaskScores, case: Case, variant: str, response: Response, *, base_passed: bool | None
) -> Sample:
    task = scores.task
    found = {} if response.error else _scores(scores, variant, case)
    good = _judged(task, found)
    labels: tuple[Label, ...] = ()
    if good is False:
        before = None if variant == BASE else base_passed
        labels = label_failure(task, case, response, before)
    choice = response.choice
    return Sample(
        task=task.name,
        case=case.id,
        variant=variant,
        slices=dict(case.slices),
        prompt=prompt_json(case.prompt),
        expected=case.expected,
        response=response.text if choice is None else case.options[choice],
        choices=_choices(response),
        choice=choice,
        finish=response.finish,
        scores={name: found[name].value if name in found else None for name in task.metrics},
        passed=good,
        labels=tuple(map(str, labels)),
        error=response.error,
    )


def _scores(scores: TaskScores, variant: str, case: Case) -> dict[str, Score]:
    return {name: scores.score(variant, name, case) for name in scores.task.metrics}


def _passed(scores: TaskScores, variant: str, case: Case, answered: Answered) -> bool | None:
    response = answered.get((variant, case.id))
    if response is None or response.error is not None:
        return None
    first = scores.task.metrics[0]
    return _judged(scores.task, {first: scores.score(variant, first, case)})


def _judged(task: Task, found: Mapping[str, Score]) -> bool | None:
    first = task.metrics[0]
    return passed(task, metric(first), found[first]) if first in found else None


def _choices(response: Response) -> tuple[Mapping[str, JSON], ...] | None:
    if not response.choices:
        return None
    return tuple({"text": one.text, "logprob": one.logprob} for one in response.choices)
