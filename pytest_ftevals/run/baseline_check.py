"""Whether a run may be compared with a saved one: what differs between then and now, in words."""

from collections.abc import Iterator, Mapping, Sequence

from pytest_ftevals.core.canonical import JSON, canonical
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.registry import metric_of
from pytest_ftevals.run.baseline import Baseline, SavedTask, score_libraries, task_facts

_NAMED = 10
_DIGEST = 64
_SHOWN = 12
"""Hex digits of a digest, as messages show it."""
_LONGEST = 60


def task_differences(
    baseline: Baseline, task: Task, conditions: Mapping[str, JSON], window: int | None = None
) -> tuple[str, ...]:
    """Return why a task cannot be compared with a saved run, a line each; empty where it can.

    `conditions` are what this run's answers depend on, `window` what it reads whole texts in.
    """
    saved = baseline.tasks.get(task.name)
    if saved is None:
        return (f"task {task.name} was not saved; saved are {', '.join(baseline.tasks)}",)
    changed = _changed(baseline.conditions, conditions)
    return (*changed, *_task_changes(saved, task, window))


def metric_differences(baseline: Baseline, task: Task, name: str) -> tuple[str, ...]:
    """Return why a metric of a saved task cannot be compared, a line each; empty where it can."""
    saved = baseline.tasks[task.name].metrics
    if name not in saved:
        return (f"metric {name} was not saved; saved are {', '.join(saved)}",)
    now: Mapping[str, JSON] = {**score_libraries(metric_of(task, name))}
    return tuple(_changed({**saved[name].libraries}, now))


def _task_changes(saved: SavedTask, task: Task, window: int | None) -> Iterator[str]:
    yield from _changed(saved.facts, task_facts(task, window))
    now = [case.id for case in task.cases]
    yield from _cases("only in the saved run", saved.cases, now)
    yield from _cases("not in the saved run", now, saved.cases)


def _changed(then: Mapping[str, JSON], now: Mapping[str, JSON]) -> Iterator[str]:
    """Yield what differs, in the order of `now`."""
    for key in dict.fromkeys([*now, *then]):
        if then.get(key) != now.get(key):
            yield f"{key}: {_shown(then.get(key))} -> {_shown(now.get(key))}"


def _cases(what: str, these: Sequence[str], others: Sequence[str]) -> Iterator[str]:
    known = set(others)
    lost = [one for one in these if one not in known]
    if lost:
        more = f" and {len(lost) - _NAMED:,} more" if len(lost) > _NAMED else ""
        number = f"{len(lost):,} case{'' if len(lost) == 1 else 's'}"
        yield f"{number} {what}: {', '.join(lost[:_NAMED])}{more}"


def _shown(value: JSON) -> str:
    if value is None:
        return "none"
    text = value if isinstance(value, str) else canonical(value)
    if isinstance(value, str) and len(value) == _DIGEST:
        return text[:_SHOWN]
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
