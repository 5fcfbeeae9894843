"""The form in which each metric wants replies, for the labels of failures."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.form import Form
from pytest_ftevals.core.label import Label
from pytest_ftevals.core.reply import NotJSONError, parse_json
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Metric, Task
from pytest_ftevals.metrics.configured import Configured, Extract
from pytest_ftevals.metrics.ifeval import IFEVAL
from pytest_ftevals.metrics.patterns import TooSlowError
from pytest_ftevals.metrics.refusal_rules import Rules, shipped_rules
from pytest_ftevals.metrics.refusals import COLUMN, reading_of, should_refuse
from pytest_ftevals.metrics.registry import metric_of
from pytest_ftevals.metrics.tool_calls import BrokenCallError, NoCallError, calls_in

COMPARING = frozenset(
    {
        "accuracy",
        "balanced_accuracy",
        "precision",
        "precision_macro",
        "precision_weighted",
        "recall",
        "recall_macro",
        "recall_weighted",
        "f1",
        "f1_macro",
        "f1_weighted",
        "matthews",
        "exact_match",
        "token_f1",
        "rouge1",
        "rouge2",
        "rougeL",
        "rougeLsum",
        "length_ratio",
        "bleu",
        "chrf",
        "ter",
        "meteor",
        "bertscore",
    }
)
"""Metrics that hold the whole reply against the expected text: a long one is a worse one."""
READING_JSON = frozenset({"json_valid", "json_fenced", "json_schema", "field_accuracy"})


def form_of(task: Task) -> Form:
    """Return the form in which a task's first metric wants replies; what others know of them.

    It goes by what the metric is, not by the name that the task gives it. Nothing is known of a
    user's function, nor of a metric of lm-evaluation-harness: they may look for anything. Whether a
    reply refuses, and whether it should, is for a metric of refusals to say, whichever place it
    has, else for its defaults; whether instructions are kept, for a metric of IFEval.
    """
    form = _read(task)
    if task.kind != "generate":
        return form
    rules, column = _refusals(task)
    return replace(
        form,
        refuses=partial(_refuses, rules),
        should_refuse=partial(_should_refuse, column),
        breaks=_instructions(task),
    )


def _read(task: Task) -> Form:
    found = metric_of(task, task.metrics[0])
    if not isinstance(found, Configured):
        return Form() if found.name in task.custom_metrics else _of(found.name)
    form = _of(found.inner.name) if found.stored else Form()
    extract = found.extract
    if extract is None:
        return form
    return replace(form, compares=False, part=lambda text: _part(extract, text))


def _of(name: str) -> Form:
    if name == "function_call":
        return Form(fault=call_fault)
    return Form(compares=name.partition(":")[0] in COMPARING, json=name in READING_JSON)


def call_fault(text: str) -> Label | None:
    """Return what is wrong with the form of a reply that should call functions, None if nothing.

    ``invalid JSON`` where there is none, or one that cannot be read; ``wrong format`` where it is
    no call.
    """
    try:
        if not calls_in(text):
            parse_json(text)
    except (BrokenCallError, NotJSONError):
        return Label.INVALID_JSON
    except NoCallError:
        return Label.WRONG_FORMAT
    return None


def _part(extract: Extract, text: str) -> str | None:
    try:
        return extract.pattern.found(text, extract.take)
    except TooSlowError:
        return None


def _inner(task: Task) -> Iterator[Metric]:
    """Yield a task's metrics as they are within what the task file configures."""
    for name in task.metrics:
        found = metric_of(task, name)
        yield found.inner if isinstance(found, Configured) else found


def _refusals(task: Task) -> tuple[Rules, str]:
    """Return the rules and the column of a task's first metric of refusals, else the defaults."""
    found = (reading for one in _inner(task) if (reading := reading_of(one)) is not None)
    return next(found, (shipped_rules(), COLUMN))


def _refuses(rules: Rules, text: str) -> bool:
    try:
        return rules.refusal(text)
    except TooSlowError:
        return False


def _should_refuse(column: str, case: Case) -> bool | None:
    return should_refuse(case, column) if column in case.row else None


def _instructions(task: Task) -> Callable[[Case, Response], bool] | None:
    """Return what tells whether a reply breaks an instruction that a metric of IFEval checks."""
    for one in _inner(task):
        if one in IFEVAL:
            return partial(_breaks, task, one)
    return None


def _breaks(task: Task, metric: Metric, case: Case, response: Response) -> bool:
    value = metric.score(task, case, response).value
    return value is not None and value < 1
