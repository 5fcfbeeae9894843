"""A run as its record: the same from one process, from workers' reports, cold or stored."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.record import (
    ComparisonRow,
    Record,
    Sample,
    TaskRow,
    TestRow,
    TradeoffRow,
    VariantRow,
)
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.metrics.confusion import confusion
from pytest_ftevals.metrics.signatures import signatures
from pytest_ftevals.run.asked import (
    AskedCounts,
    answers_known,
    asked_by_case,
    composition_notes,
    counts_of,
    lost_tasks,
    needs_of_tests,
)
from pytest_ftevals.run.carried import carried_over
from pytest_ftevals.run.checked import check_notes, self_check
from pytest_ftevals.run.facts import hardware, options, shown_path, versions
from pytest_ftevals.run.failure_rows import FailureRows
from pytest_ftevals.run.groups import full_beside, kinds_of, sizes_of
from pytest_ftevals.run.model_notes import model_notes
from pytest_ftevals.run.record_labels import record_labelling, status_after
from pytest_ftevals.run.rows import Stated, comparison_rows, is_whole
from pytest_ftevals.run.samples import Answered, samples_of
from pytest_ftevals.run.session import Need, Session
from pytest_ftevals.run.settings import Settings
from pytest_ftevals.run.tested import Gathered, Tested
from pytest_ftevals.run.unscored import unscored_notes
from pytest_ftevals.run.windows import window_notes
from pytest_ftevals.verdicts.tradeoff import trade_off


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """When and how the run was started."""

    command: str
    started: str
    """ISO 8601, with time zone."""
    duration_s: float
    exitstatus: int | None = None
    """pytest's, before what runs after the record is made; None where it is not known."""
    find_judge: Callable[[], object] | None = None
    """Gives what judges explanations, where a task asks for that."""


def build_record(
    session: Session, gathered: Gathered, occasion: Occasion
) -> tuple[Record, tuple[Sample, ...]]:
    """Return the record of a run and its samples, from what the tests did and what is stored."""
    tests = gathered.in_order()
    needs = needs_of_tests(session, tests)
    tasks = list({need.task.name: need.task for need in needs}.values())
    answered = _answered(session, needs, tasks, gathered)
    stated = Stated.of(tests)
    replay = session.settings.replay
    variants = replay.record.variants if replay else _variants(session) if tests else ()
    kinds = kinds_of(variants)
    compared = [task for task in tasks if _asks_base(task, needs)]
    whole = session.whole | asked_by_case(tests, tasks)
    labelling = record_labelling(session, occasion.find_judge)
    rows: list[ComparisonRow] = []
    samples: list[Sample] = []
    failing = FailureRows(session, variants)
    for task in tasks:
        scores, got = session.scores(task), answered[task.name]
        own = tuple(samples_of(scores, got, session.settings.variants, labelling.of))
        samples += own
        part = session.settings.early_stop and task.name not in whole
        for candidate in _in_order(session.settings):
            rows += comparison_rows(
                scores,
                got,
                tests,
                stated,
                candidate,
                compared=task in compared,
                part=part,
                full=full_beside(candidate, kinds),
            )
        failing.add(task, own, got, part=part)
    checked = _checked(session, tasks, answered)
    notes = [
        *(f"not in this report: {line}" for line in lost_tasks(session, tests)),
        *stated.without_row(rows),
        *_notes(session, answered, tasks, compared),
        *labelling.notes(),
        *check_notes(checked),
        *failing.notes,
    ]
    counts = counts_of(session, gathered)
    occasion = replace(occasion, exitstatus=status_after(labelling, occasion.exitstatus))
    record = Record(
        run={**_run(session, gathered, occasion, counts), "self_check": checked, "notes": notes},
        variants=variants,
        tasks=tuple(_task_row(session, task, answered[task.name]) for task in tasks),
        comparisons=tuple(rows),
        tests=tuple(map(_test_row, tests)),
        failures=tuple(failing.failures),
        patterns=tuple(failing.patterns),
        failure_log=tuple(failing.log),
    )
    record = replace(record, tradeoff=_trade_off(record, session.settings))
    if replay is not None:
        record = carried_over(record, replay, session.settings)
    return record, tuple(samples)


def _answered(
    session: Session, needs: Sequence[Need], tasks: Sequence[Task], gathered: Gathered
) -> dict[str, Answered]:
    """Return what is known of the answers to each task, by its name."""
    return {
        task.name: answers_known(
            session, [need for need in needs if need.task is task], gathered.errors
        )
        for task in tasks
    }


def _checked(
    session: Session, tasks: Sequence[Task], answered: Mapping[str, Answered]
) -> dict[str, JSON]:
    with suppress(FtevalsError):
        return self_check(session, tasks, answered)
    return {}


def _asks_base(task: Task, needs: Sequence[Need]) -> bool:
    """Return whether tests compare on a task: those ask the base, if only in name."""
    return any(need.task is task and BASE in need.variants for need in needs)


def _in_order(settings: Settings) -> Iterator[str]:
    """Yield candidates in their order, a group before its seeds."""
    for name in settings.compared:
        yield from dict.fromkeys((name, *settings.seeds(name)))


def _trade_off(record: Record, settings: Settings) -> tuple[TradeoffRow, ...]:
    return trade_off(
        record.comparisons,
        sizes_of(record.variants),
        seeds=settings.groups,
        first={task.name: task.metrics[0] for task in record.tasks},
        passed={test.nodeid for test in record.tests if test.outcome == "passed"},
    )


def _test_row(test: Tested) -> TestRow:
    return TestRow(
        nodeid=test.nodeid,
        outcome=test.outcome,
        states_threshold=test.states_threshold,
        message=test.message,
        line=test.line,
    )


def _variants(session: Session) -> tuple[VariantRow, ...]:
    try:
        return _variant_rows(session)
    except FtevalsError:
        return ()  # the tests that needed them failed with this message


def _variant_rows(session: Session) -> tuple[VariantRow, ...]:
    device = session.device
    dtype = device.numerics().dtype if device.resolved else session.settings.loading.dtype
    groups = {seed: name for name, seeds in session.settings.groups.items() for seed in seeds}
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
            group=groups.get(one.name),
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
        decode=task.decode.to_json() if task.kind in ("generate", "deployment") else None,
        samples=task.samples,
        metrics=task.metrics,
        slices=task.slices,
        cluster=task.cluster,
        signatures=signatures(task),
        confusion=_confusion(session, task, answered),
    )


def _confusion(session: Session, task: Task, answered: Answered) -> dict[str, JSON] | None:
    """Return each variant's confusion matrix on its first classification metric, or None."""
    scores = session.scores(task)
    labels: JSON = None
    counts: dict[str, JSON] = {}
    for variant in session.settings.variants:
        if not is_whole(task, answered, variant):
            continue
        for name in task.metrics:
            asked = product(task.cases, range(task.samples))
            matrix = confusion([scores.sample(variant, name, *one) for one in asked])
            if matrix is not None:
                labels = list(matrix.labels)
                counts[variant] = [list(row) for row in matrix.counts]
                break
    return None if labels is None else {"labels": labels, "counts": counts}


def _notes(
    session: Session,
    answered: Mapping[str, Answered],
    tasks: Sequence[Task],
    compared: Sequence[Task],
) -> list[JSON]:
    scored = map(session.scores, tasks)
    notes: list[JSON] = [*unscored_notes(scored, answered, session.settings.variants)]
    notes += [] if (chosen := session.settings.changed) is None else [chosen.note]
    with suppress(FtevalsError):
        notes += session.store.notices
        notes += model_notes(session.models, session.settings.loading.tokenizer)
        notes += window_notes(session.models, tasks)
        if session.device.resolved:
            known = [(task, answered[task.name]) for task in tasks]
            dtype = session.device.numerics().dtype
            notes += composition_notes(known, session.settings.variants[1:], dtype)
            if session.against is not None:
                notes += session.against.notes(compared, session.models.variants[BASE])
    return notes


def _run(
    session: Session, gathered: Gathered, occasion: Occasion, counts: AskedCounts
) -> dict[str, JSON]:
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
        "exitstatus": occasion.exitstatus,
        "versions": versions(),
        "hardware": {**hardware(), **models_hardware},
        "options": options(session.settings),
        "numerics": numerics,
        "plan": {
            "tests": len(gathered.selected),
            "variants": counts.variants,
            "requests": counts.requests,
            "unique": counts.unique,
            "stored": max(0, counts.answered - gathered.computed),
            "computed": gathered.computed,
            "seconds": round(gathered.seconds, 3),
        },
        "confidence": session.settings.confidence,
        "decide": session.settings.decide,
        "family": session.settings.family or gathered.gates,
        "against": None if session.against is None else session.against.facts(),
        "replayed": None,
        "changed": None if (chosen := session.settings.changed) is None else chosen.to_json(),
    }
