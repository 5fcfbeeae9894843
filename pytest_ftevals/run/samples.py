"""Every answered case as a sample, and the failures among them counted by label."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from statistics import fmean

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case, prompt_json
from pytest_ftevals.core.comparison import VARIATION
from pytest_ftevals.core.failures import FailureRow
from pytest_ftevals.core.label import Label
from pytest_ftevals.core.record import Sample
from pytest_ftevals.core.response import Choice, Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.labels.passing import passed
from pytest_ftevals.metrics.registry import metric_of
from pytest_ftevals.run.labelling import Labelling, LabelOf
from pytest_ftevals.run.robustness import kind_of
from pytest_ftevals.run.scores import TaskScores

_WORST_SHARE = 0.10
_WORST_LEAST = 3

Answered = Mapping[tuple[str, str, int], Response]
"""(variant, case id, sample) -> response, errors included."""


def samples_of(
    scores: TaskScores,
    answered: Answered,
    variants: Sequence[str],
    label: LabelOf | None = None,
    *,
    cases: Sequence[Case] | None = None,
) -> Iterator[Sample]:
    """Yield everything that was answered on a task: case by case, its samples, base first.

    A sample is a regression where the base's sample of the same number passed: both drew the same
    random numbers. `label` gives the labels, as `Labelling.of` does; None: rules alone, and nobody
    is told what could not tell. `cases` are those to look at: every one of the task by default.
    """
    task = scores.task
    label = label or Labelling().of
    looked_at = task.askable if cases is None else cases
    _score(scores, answered, variants, looked_at)
    for case, number in product(looked_at, range(task.samples)):
        base = _passed(scores, case, number, answered)
        for variant in variants:
            response = answered.get((variant, case.id, number))
            if response is not None:
                sample = _sample(scores, case, number, variant, response)
                labels = label(task, case, sample, response, base_passed=base)
                yield replace(sample, labels=labels)


def failures_of(task: Task, samples: Iterable[Sample], candidate: str) -> FailureRow | None:
    """Count a candidate's failed samples on a task by label; None where nothing could be scored.

    The worst cases are regressions, then those of the worst mean score, then those that lost most
    against the base. Where nothing tells failing from passing all cases are ordered so, except for
    tasks that measure a deployment: these have no worst case. Varied cases do not count; a score
    that is no finite number is none.
    """
    ids, first = {case.id for case in task.cases}, task.metrics[0]
    own = [one for one in samples if one.case in ids and _is_scored(one, first)]
    whole = [one for one in own if one.passed is not None]
    if not whole and task.kind != "deployment":
        return _graded(task, own, candidate)
    scored = [one for one in whole if one.variant == candidate]
    compared = any(one.variant == BASE for one in whole)
    if not scored:
        return None
    failed = [one for one in scored if not one.passed]
    counts = Counter(one.labels[0] for one in failed if one.labels)
    return FailureRow(
        task=task.name,
        candidate=candidate,
        n=len(scored),
        failed=len(failed),
        labels=dict(counts.most_common()),
        flaws=dict(Counter(label for one in scored if one.passed for label in one.labels)),
        regressions=sum(Label.REGRESSION in one.labels for one in failed) if compared else None,
        worst=_worst(task, failed, whole, candidate),
    )


def _is_scored(sample: Sample, metric: str) -> bool:
    value = sample.scores.get(metric)
    return value is not None and math.isfinite(value)


def _graded(task: Task, scored: Sequence[Sample], candidate: str) -> FailureRow | None:
    own = [one for one in scored if one.variant == candidate]
    if not own:
        return None
    return FailureRow(
        task=task.name,
        candidate=candidate,
        n=len(own),
        failed=None,
        labels={},
        regressions=None,
        worst=_worst(task, own, scored, candidate),
    )


def _worst(
    task: Task, found: Iterable[Sample], scored: Iterable[Sample], candidate: str
) -> tuple[str, ...]:
    """Return the worst of the cases that were `found`, as many as are a tenth of those `scored`."""
    sign = 1 if metric_of(task, task.metrics[0]).higher_is_better else -1
    each: dict[tuple[str, str], list[float]] = {}
    for one in scored:
        value = one.scores[task.metrics[0]] or 0.0
        each.setdefault((one.variant, one.case), []).append(sign * value)
    means = {key: fmean(values) for key, values in each.items()}

    def place(one: Sample) -> tuple[bool, float, float]:
        own = means[candidate, one.case]
        return Label.REGRESSION not in one.labels, own, own - means.get((BASE, one.case), own)

    cases = dict.fromkeys(one.case for one in sorted(found, key=place))
    n = sum(variant == candidate for variant, _ in means)
    return tuple(cases)[: max(_WORST_LEAST, round(_WORST_SHARE * n))]


def _score(
    scores: TaskScores, answered: Answered, variants: Sequence[str], cases: Sequence[Case]
) -> None:
    """Score all answers of a variant on a metric together: what is stored is then read at once."""
    task = scores.task
    for variant, name in product(variants, task.metrics):
        known = [
            (case, number)
            for case, number in product(cases, range(task.samples))
            if (got := answered.get((variant, case.id, number))) is not None and got.error is None
        ]
        scores.score_all(variant, name, known)


def _sample(
    scores: TaskScores, case: Case, number: int, variant: str, response: Response
) -> Sample:
    task = scores.task
    names = () if response.error else task.metrics
    found = {name: scores.sample(variant, name, case, number) for name in names}
    choice = response.choice if task.kind == "choice" else None
    return Sample(
        task=task.name,
        case=case.id,
        variant=variant,
        sample=number,
        slices={**case.slices, VARIATION: kind_of(case)} if case.plain else dict(case.slices),
        prompt=prompt_json(case.prompt),
        expected=case.expected,
        response=response.text if choice is None else case.options[choice],
        turns=_turns(case, response),
        choices=_choices(case, response),
        choice=choice,
        finish=response.finish,
        scores={name: found[name].value if name in found else None for name in task.metrics},
        passed=_judged(task, found),
        labels=(),
        error=response.error,
    )


def _passed(scores: TaskScores, case: Case, number: int, answered: Answered) -> bool | None:
    """Return whether the base passed."""
    response = answered.get((BASE, case.id, number))
    if response is None or response.error is not None:
        return None
    first = scores.task.metrics[0]
    return _judged(scores.task, {first: scores.sample(BASE, first, case, number)})


def _judged(task: Task, found: Mapping[str, Score]) -> bool | None:
    first = task.metrics[0]
    return passed(task, metric_of(task, first), found[first]) if first in found else None


def _choices(case: Case, response: Response) -> tuple[Mapping[str, JSON], ...] | None:
    if not response.choices:
        return None
    found = tuple(map(_scored, response.choices))
    if not case.givens:
        return found
    return tuple({**one, "given": given} for one, given in zip(found, case.givens, strict=False))


def _scored(choice: Choice) -> Mapping[str, JSON]:
    found: dict[str, JSON] = {
        "text": choice.text,
        "logprob": choice.logprob,
        "tokens": choice.tokens,
    }
    return found if choice.greedy is None else {**found, "greedy": choice.greedy}


def _turns(case: Case, response: Response) -> tuple[Mapping[str, JSON], ...] | None:
    """Return a conversation turn by turn, None for a single question."""
    if not response.turns or isinstance(case.prompt, str):
        return None
    said = (case.prompt[-1].content, *case.turns)
    return tuple(
        {"user": user, "reply": reply} for user, reply in zip(said, response.turns, strict=True)
    )
