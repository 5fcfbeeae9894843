"""Why a threshold does not hold: values, interval, and the worst cases with their labels."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import zip_longest
from typing import Any

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.comparison import ROBUSTNESS, VARIATION
from pytest_ftevals.core.record import Sample
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.planning.plan import request_of, requests_of
from pytest_ftevals.run.compare import cases_in
from pytest_ftevals.run.labelling import Labelling, LabelOf, regression_alone
from pytest_ftevals.run.robustness import kind_of
from pytest_ftevals.run.samples import failures_of, samples_of
from pytest_ftevals.run.session import Session
from pytest_ftevals.verdicts.explain import explain
from pytest_ftevals.verdicts.measure import Measure
from pytest_ftevals.verdicts.verdict import Verdict

_WORST = 3
_SHOWN = 60

_ASK: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def explain_comparison(session: Session, op: str, left: object, right: object) -> list[str] | None:
    """Return lines on a measure's false comparison with a number; None for anything else."""
    measure, other = (left, right) if isinstance(left, Measure) else (right, left)
    if not isinstance(measure, Measure) or isinstance(other, Measure):
        return None
    if measure is right:
        op = _FLIPPED.get(op, op)
    # Asked again: a measure answers the same question alike, and a threshold is noted once.
    ask = _ASK.get(op)
    verdict = None if ask is None else ask(measure, other)
    return explain_verdict(session, verdict) if isinstance(verdict, Verdict) else None


def explain_verdict(session: Session, verdict: Verdict) -> list[str]:
    """Return lines on a verdict: the whole message first, the worst cases last."""
    comparison = verdict.comparison
    task = session.library.named(comparison.task)
    return explain(verdict, worst_cases(session, task, comparison.candidate, comparison.blamed))


def worst_cases(session: Session, task: Task, candidate: str, where: str | None) -> list[str]:
    """Return the worst cases of a candidate, a line each, worst first.

    Of a group those of its seeds in turn.
    """
    each = (_worst_of(session, task, seed, where) for seed in session.settings.seeds(candidate))
    return [line for turn in zip_longest(*each) for line in turn if line is not None][:_WORST]


def _worst_of(session: Session, task: Task, candidate: str, where: str | None) -> list[str]:
    cases = _blamed(session, task, candidate, where)
    # Labels of those that are shown alone: rules may be slow, and a test waits for this.
    found = samples_known(session, task, candidate, cases, regression_alone)
    row = failures_of(replace(task, cases=tuple(cases)), found, candidate)
    if row is None or row.failed is None:
        return []
    first = {
        one.case: one for one in reversed(found) if one.variant == candidate and one.passed is False
    }
    before = {(one.case, one.sample): one for one in found if one.variant == BASE}
    known = {case.id: case for case in cases}
    return [
        _line(session, task, known[shown], first[shown], before.get((shown, first[shown].sample)))
        for shown in row.worst[:_WORST]
    ]


def _blamed(session: Session, task: Task, candidate: str, where: str | None) -> Sequence[Case]:
    """Return the cases that explain a value: those of its slice; of robustness varied ones.

    Only those whose plain case scored: the others had nothing to lose.
    """
    column, _, kind = (where or "").partition("=")
    varied = [
        case
        for case in task.varied
        if where == ROBUSTNESS or (column == VARIATION and kind == kind_of(case))
    ]
    if not varied:
        return cases_in(task.cases, where)
    plain = session.scores(task).scores(candidate, task.metrics[0])
    return [case for case in varied if case.plain and plain[case.plain].value]


def samples_known(
    session: Session,
    task: Task,
    candidate: str,
    cases: Sequence[Case],
    label: LabelOf | None = None,
) -> list[Sample]:
    """Return what the base and a candidate answered to these cases, as far as it is known here.

    `label` gives the labels; None: as the record has them, of the candidate alone.
    """
    answered = {
        (variant, case.id, sample): response
        for variant in (BASE, candidate)
        for case in cases
        for sample, request in enumerate(requests_of(task, case))
        if (response := session.answers.get(variant, request)) is not None
    }
    label = label or partial(_of_candidate, session.labelling)
    known = samples_of(session.scores(task), answered, (BASE, candidate), label, cases=cases)
    return list(known)


def _of_candidate(
    labelling: Labelling,
    task: Task,
    case: Case,
    sample: Sample,
    response: Response,
    *,
    base_passed: bool | None,
) -> tuple[str, ...]:
    if sample.variant == BASE:
        return ()
    return labelling.of(task, case, sample, response, base_passed=base_passed)


def _line(session: Session, task: Task, case: Case, sample: Sample, before: Sample | None) -> str:
    base = "" if before is None else f", base {_short(before.response)}"
    response = session.answers.get(sample.variant, request_of(task, case, sample.sample))
    labels: tuple[str, ...] = ()
    if response is not None:
        passed = None if before is None else before.passed
        labels = session.labelling.of(task, case, sample, response, base_passed=passed)
    named = task.named(sample.case, sample.sample)
    return f"{named} ({', '.join(labels)}): {sample.variant} {_short(sample.response)}{base}"


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")
