"""A run is saved: the candidate's scores of every task that is compared and answered whole."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.metrics.registry import metric_of
from pytest_ftevals.run.asked import answers_known, lost_tasks, needs_of_tests
from pytest_ftevals.run.baseline import (
    Baseline,
    SavedMetric,
    SavedModel,
    SavedTask,
    conditions_of,
    score_libraries,
    task_facts,
)
from pytest_ftevals.run.baseline_file import check_writable, write_baseline
from pytest_ftevals.run.facts import shown_path, versions
from pytest_ftevals.run.samples import Answered
from pytest_ftevals.run.session import Need, Session
from pytest_ftevals.run.settings import Settings
from pytest_ftevals.run.tested import Gathered, Tested

_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What was saved of a run, and what was not."""

    path: str
    """The file, relative to the run's root folder where it lies below it."""
    tasks: tuple[str, ...]
    left_out: tuple[str, ...]
    """What was not saved and why: a task that was not answered whole, tests that did not run."""


def check_saving(settings: Settings) -> None:
    """Raise FtevalsError where a run cannot be saved, seen before it began.

    One candidate is saved, with all cases of its tasks. Makes the folder.
    """
    where, names = f"--ftevals-save {settings.save}", settings.variants[1:]
    if len(names) != 1:
        raise FtevalsError(
            f"one candidate is saved, and this run has {len(names)}"
            + (f": {', '.join(names)}" if names else ""),
            where=where,
            fix="Name exactly one with --ftevals-candidate; the ini file's do not count then.",
        )
    if settings.early_stop or settings.replay is not None:
        asks = "a replay asks no model" if settings.replay else "early stop leaves cases out"
        raise FtevalsError(
            f"all cases of a task are saved, and {asks}",
            where=where,
            fix="Leave out --ftevals-replay."
            if settings.replay
            else "Leave out --ftevals-early-stop, or switch the ini file's off with "
            "-o ftevals_early_stop=false.",
        )
    check_writable(settings.baselines)


def save_run(session: Session, gathered: Gathered, name: str) -> Saved:
    """Write the candidate's scores of this run under a name.

    Raises FtevalsError where no task was answered whole, and where the file cannot be written.
    """
    check_saving(session.settings)
    settings, candidate = session.settings, session.settings.variants[1]
    tests = gathered.in_order()
    left_out = [*_not_run(tests), *lost_tasks(session, tests)]
    tasks: dict[str, SavedTask] = {}
    for need in _compared(session, tests, candidate):
        if need.task.kind == "deployment":
            left_out.append(f"{need.task.name}: it measures this run, and is measured anew in each")
            continue
        answered = answers_known(session, [need], gathered.errors)
        missing = _missing(need.task, answered, candidate)
        if missing:
            left_out.append(f"{need.task.name}: {missing}")
        else:
            tasks[need.task.name] = _saved_task(session, need.task, candidate)
    if not tasks:
        raise FtevalsError(
            "nothing is saved, since no test compared the candidate with the base on a whole task"
            + "".join(f"\n    {line}" for line in left_out),
            where=f"--ftevals-save {name}",
            fix="Run tests that use compare(task), with all of their cases.",
        )
    variants = session.models.variants
    baseline = Baseline(
        plugin=str(versions()["pytest-ftevals"]),
        candidate=SavedModel.of(variants[candidate]),
        base=SavedModel.of(variants[BASE]),
        conditions=conditions_of(session.device.context(candidate)),
        tasks=dict(sorted(tasks.items())),
    )
    path = write_baseline(settings.baselines, name, baseline)
    return Saved(path=shown_path(path, settings.root), tasks=tuple(tasks), left_out=tuple(left_out))


def _compared(session: Session, tests: Sequence[Tested], candidate: str) -> list[Need]:
    """Return what the candidate was asked of the tasks that tests compare."""
    needs = needs_of_tests(session, tests)
    tasks = {need.task.name for need in needs if need.variants == (BASE,)}
    return [need for need in needs if need.variants == (candidate,) and need.task.name in tasks]


def _not_run(tests: Sequence[Tested]) -> list[str]:
    lost = [test.nodeid for test in tests if test.outcome == "not run"]
    if not lost:
        return []
    count = f"{len(lost):,} test{'' if len(lost) == 1 else 's'} that did not run ({lost[0]}"
    return [f"what is compared in {count}{', ...' if len(lost) > 1 else ''})"]


def _missing(task: Task, answered: Answered, candidate: str) -> str:
    """Return which answers a task lacks; empty where it was answered whole."""
    lost = {
        case.id: "" if found is None else str(found.error)
        for case, sample in product(task.cases, range(task.samples))
        if (found := answered.get((candidate, case.id, sample))) is None or found.error is not None
    }
    if not lost:
        return ""
    why = next(filter(None, lost.values()), "")
    named = ", ".join(list(lost)[:_NAMED]) + (", ..." if len(lost) > _NAMED else "")
    count = f"{len(lost):,} of {len(task.cases):,} cases have no answer"
    return f"{count} ({named}{f'; {why}' if why else ''})"


def _saved_task(session: Session, task: Task, candidate: str) -> SavedTask:
    scores = session.scores(task)
    asked = list(product(task.cases, range(task.samples)))
    metrics: dict[str, SavedMetric] = {}
    for name in task.metrics:
        scores.score_all(candidate, name, asked)
        found = [scores.sample(candidate, name, case, number) for case, number in asked]
        metrics[name] = SavedMetric(
            libraries=score_libraries(metric_of(task, name)),
            scores=tuple(_lean(found, classes=not metric_of(task, name).is_mean)),
        )
    return SavedTask(
        facts=task_facts(task, session.device.window),
        samples=task.samples,
        cases=tuple(case.id for case in task.cases),
        metrics=metrics,
    )


def _lean(scores: Sequence[Score], *, classes: bool) -> list[Score]:
    """Return scores with no more than values are made from: no text that a model wrote.

    An answer that is none of the expected classes counts as an answer of no class, as it does to
    every metric over classes.
    """
    known = {one.expected for one in scores} if classes else set()
    return [
        replace(
            one,
            reason=one.reason if one.value is None else "",
            expected=one.expected if classes else None,
            predicted=one.predicted if one.predicted in known else None,
        )
        for one in scores
    ]
