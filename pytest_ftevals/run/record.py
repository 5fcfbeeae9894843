"""A run as its record: the same from one process, from workers' reports, cold or stored."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.comparison import Comparison
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.record import (
    ComparisonRow,
    FailureRow,
    Record,
    Sample,
    TaskRow,
    TestRow,
    ThresholdRow,
    VariantRow,
)
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.metrics.confusion import confusion
from pytest_ftevals.run.asked import answers_known, composition_notes, needs_of_tests
from pytest_ftevals.run.checked import check_notes, self_check
from pytest_ftevals.run.facts import hardware, options, shown_path, versions
from pytest_ftevals.run.model_notes import model_notes
from pytest_ftevals.run.rates import compare_rate
from pytest_ftevals.run.samples import Answered, failures_of, samples_of
from pytest_ftevals.run.scores import TaskScores
from pytest_ftevals.run.session import Session
from pytest_ftevals.run.tested import Gathered, Tested


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """When and how the run was started."""

    command: str
    started: str
    """ISO 8601, with time zone."""
    duration_s: float


def build_record(
    session: Session, gathered: Gathered, occasion: Occasion
) -> tuple[Record, tuple[Sample, ...]]:
    """Return the record of a run and its samples, from what the tests did and what is stored."""
    tests = gathered.in_order()
    needs = needs_of_tests(session, tests)
    tasks = list({need.task.name: need.task for need in needs}.values())
    answered = {
        task.name: answers_known(
            session, [need for need in needs if need.task is task], gathered.errors
        )
        for task in tasks
    }
    # A pass rate's thresholds belong to its own row, whatever its function is called.
    thresholds = _thresholds([test for test in tests if test.rate is None])
    rows: list[ComparisonRow] = []
    samples: list[Sample] = []
    failures: list[FailureRow] = []
    for task in tasks:
        scores, got = session.scores(task), answered[task.name]
        own = tuple(samples_of(scores, got, session.settings.variants))
        samples += own
        for candidate in session.settings.variants[1:]:
            rows += [_row(one, thresholds) for one in _compared(scores, got, candidate)]
            rows += _rates(scores, tests, candidate)
            failures += filter(None, [failures_of(task, own, candidate)])
    checked: dict[str, JSON] = {}
    with suppress(FtevalsError):
        checked = self_check(session, tasks, answered)
    notes = [*_notes(session, tasks, answered), *check_notes(checked)]
    record = Record(
        run={**_run(session, gathered, occasion), "self_check": checked, "notes": notes},
        variants=_variants(session) if tests else (),
        tasks=tuple(_task_row(session, task, answered[task.name]) for task in tasks),
        comparisons=tuple(rows),
        tests=tuple(map(_test_row, tests)),
        failures=tuple(failures),
    )
    return record, tuple(samples)


def _compared(scores: TaskScores, answered: Answered, candidate: str) -> list[Comparison]:
    """Return all comparisons of a candidate on a task that both sides answered whole."""
    if not all(_whole(scores.task, answered, variant) for variant in (BASE, candidate)):
        return []
    found = []
    for where in (None, *scores.slices):
        for name in scores.task.metrics:
            try:
                found.append(scores.compare(candidate, name, where))
            except FtevalsError:
                continue  # nothing scored there: the samples say why, case by case
    return found


def _whole(task: Task, answered: Answered, variant: str) -> bool:
    """Return whether a variant answered every sample of every case of a task."""
    asked = product(task.cases, range(task.samples))
    responses = (answered.get((variant, case.id, sample)) for case, sample in asked)
    return all(one is not None and one.error is None for one in responses)


def _rates(scores: TaskScores, tests: Sequence[Tested], candidate: str) -> list[ComparisonRow]:
    """Return a row for each pass rate; tests of one name (in two files, or parametrized) differ."""
    found = []
    for test in tests:
        rate = test.rate
        if rate is None or (rate.task, rate.candidate) != (scores.task.name, candidate):
            continue
        try:
            found.append(_row(compare_rate(scores, rate), _thresholds([test])))
        except FtevalsError:
            continue  # it skipped every case, and failed with this message
    return found


Key = tuple[str, str, str | None, str]


def _thresholds(tests: Sequence[Tested]) -> dict[Key, list[ThresholdRow]]:
    found: dict[Key, list[ThresholdRow]] = {}
    for test in tests:
        for one in test.thresholds:
            row = ThresholdRow(
                text=one.text,
                kind=one.kind,
                op=one.op,
                bound=one.bound,
                observed=one.observed,
                holds=one.holds,
                evidence=one.evidence,
                n_used=one.n_used,
                test=test.nodeid,
            )
            rows = found.setdefault((one.task, one.metric, one.slice, one.candidate), [])
            if row not in rows:
                rows.append(row)
    return found


def _row(found: Comparison, thresholds: dict[Key, list[ThresholdRow]]) -> ComparisonRow:
    interval = found.delta_interval
    key = (found.task, found.metric, found.slice, found.candidate)
    return ComparisonRow(
        task=found.task,
        metric=found.metric,
        slice=found.slice,
        candidate=found.candidate,
        n=found.n,
        base=found.base.value,
        value=found.value.value,
        delta=found.delta,
        interval=(interval.low, interval.high),
        level=interval.level,
        method=interval.method,
        unit="points" if found.points else "own",
        higher_is_better=found.higher_is_better,
        wins=found.wins,
        losses=found.losses,
        ties=found.ties,
        excluded=found.excluded,
        thresholds=tuple(thresholds.get(key, ())),
    )


def _test_row(test: Tested) -> TestRow:
    return TestRow(
        nodeid=test.nodeid,
        outcome=test.outcome,
        states_threshold=test.states_threshold,
        message=test.message,
    )


def _variants(session: Session) -> tuple[VariantRow, ...]:
    try:
        return _variant_rows(session)
    except FtevalsError:
        return ()  # the tests that needed them failed with this message


def _variant_rows(session: Session) -> tuple[VariantRow, ...]:
    device = session.device
    dtype = device.numerics().dtype if device.resolved else session.settings.loading.dtype
    return tuple(
        VariantRow(
            name=one.name,
            kind=one.kind,
            source=one.source,
            revision=one.revision,
            fingerprint=one.fingerprint,
            dtype=dtype,
            size=one.size,
            adapter=one.adapter or None,
            shares_base=device.shares_base(one.name),
        )
        for one in session.models.variants.values()
    )


def _task_row(session: Session, task: Task, answered: Answered) -> TaskRow:
    return TaskRow(
        name=task.name,
        kind=task.kind,
        about=task.about,
        source=shown_path(task.path, session.settings.root),
        data=task.data_source,
        data_hash=task.data_hash,
        template_hash=task.template_hash,
        n=len(task.cases),
        decode=task.decode.to_json() if task.kind == "generate" else None,
        samples=task.samples,
        metrics=task.metrics,
        slices=task.slices,
        confusion=_confusion(session, task, answered),
    )


def _confusion(session: Session, task: Task, answered: Answered) -> dict[str, JSON] | None:
    """Return each variant's confusion matrix on its first classification metric, or None."""
    scores = session.scores(task)
    labels: JSON = None
    counts: dict[str, JSON] = {}
    for variant in session.settings.variants:
        if not _whole(task, answered, variant):
            continue
        for name in task.metrics:
            asked = product(task.cases, range(task.samples))
            matrix = confusion([scores.sample(variant, name, *one) for one in asked])
            if matrix is not None:
                labels = list(matrix.labels)
                counts[variant] = [list(row) for row in matrix.counts]
                break
    return None if labels is None else {"labels": labels, "counts": counts}


def _notes(session: Session, tasks: Sequence[Task], answered: Mapping[str, Answered]) -> list[JSON]:
    notes: list[JSON] = []
    with suppress(FtevalsError):
        notes += session.store.notices
        notes += model_notes(session.models, session.settings.loading.tokenizer)
        if session.device.resolved:
            known = [(task, answered[task.name]) for task in tasks]
            dtype = session.device.numerics().dtype
            notes += composition_notes(known, session.settings.variants[1:], dtype)
    return notes


def _run(session: Session, gathered: Gathered, occasion: Occasion) -> dict[str, JSON]:
    numerics: JSON = None
    models_hardware: dict[str, JSON] = {}
    with suppress(FtevalsError):
        if session.device.resolved:
            numerics = session.device.numerics().to_json()
            models_hardware = session.device.hardware()
    return {
        "command": occasion.command,
        "started": occasion.started,
        "duration_s": round(occasion.duration_s, 3),
        "versions": versions(),
        "hardware": {**hardware(), **models_hardware},
        "options": options(session.settings),
        "numerics": numerics,
        "plan": {
            "tests": len(gathered.selected),
            "variants": gathered.variants,
            "requests": gathered.requests,
            "unique": gathered.unique,
            "stored": max(0, gathered.answered - gathered.computed),
            "computed": gathered.computed,
            "seconds": round(gathered.seconds, 3),
        },
        "confidence": session.settings.confidence,
    }
