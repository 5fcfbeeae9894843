"""The record: a function of what was answered and tested, whichever way the answers came."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from pytest_ftevals.core.record import ComparisonRow, Record, Sample
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.threshold import Threshold
from pytest_ftevals.reports.record_json import record_to_text
from pytest_ftevals.reports.samples import sample_line
from pytest_ftevals.reports.schemas import record_schema, sample_schema
from pytest_ftevals.run.library import declare
from pytest_ftevals.run.record import Occasion, build_record
from pytest_ftevals.run.session import Need, Session
from pytest_ftevals.run.tested import Asked, Gathered, Rate, Tested

if TYPE_CHECKING:
    from tests.run.conftest import World

Built = tuple[Record, tuple[Sample, ...]]

OCCASION = Occasion(command="pytest evalsuites", started="2026-01-02T03:04:05+00:00", duration_s=6)
CITIES = """
name: cities
about: Say the word.
kind: generate
data: cities.jsonl
prompt: "Say {{ word }}"
expected: "{{ word }}"
decode: {max_new_tokens: 2}
metrics: [accuracy, f1_macro]
slices: [language]
"""
LETTERS = """
name: letters
kind: choice
data: letters.jsonl
prompt: "{{ question }}"
answer: "{{ answer }}"
metrics: [accuracy]
"""


@pytest.fixture
def paths(world: "World") -> tuple[Path, Path]:
    """Two small task files: one that generates, one of choices."""
    rows: dict[str, list[dict[str, Any]]] = {
        "cities": [
            {"word": f"word{number:04d}", "language": "de" if number % 2 else "en"}
            for number in range(12)
        ],
        "letters": [
            {"question": f"Question {number}?", "choices": ["x", "y", "z"], "answer": number % 3}
            for number in range(6)
        ],
    }
    found = []
    for name, text in (("cities", CITIES), ("letters", LETTERS)):
        lines = "".join(json.dumps(row) + "\n" for row in rows[name])
        (world.folder / f"{name}.jsonl").write_text(lines)
        found.append(world.folder / f"{name}.task.yaml")
        found[-1].write_text(text)
    return found[0], found[1]


def whole(session: Session, path: Path) -> tuple[Asked, ...]:
    """Return that a test asked every variant every case of a task."""
    return tuple(
        Asked(task=str(path), variant=name, cases=None) for name in session.settings.variants
    )


def _tasks(session: Session, *paths: Path) -> list[Task]:
    return [session.library.task(declare(path)) for path in paths]


def _test(session: Session, task: Task, candidate: str, bound: float) -> Tested:
    stated: list[Threshold] = []
    result = session.result(task, candidate, lambda one, _: stated.append(one))
    holds = bool(result["accuracy"] >= bound)
    return Tested(
        nodeid=f"test_it.py::test_{task.name}[{candidate}]",
        outcome="passed" if holds else "failed",
        thresholds=tuple(stated),
        asked=whole(session, task.path),
    )


def _gathered(session: Session, tests: list[Tested]) -> Gathered:
    gathered = Gathered(tests={test.nodeid: test for test in tests})
    selected = [*gathered.tests, "test_it.py::test_that_never_ran"]
    gathered.count(session.tally("", selected, answered=True))
    return gathered


def _run(session: Session, *paths: Path) -> Built:
    """Run everything as the plugin does, and build the record."""
    tasks = _tasks(session, *paths)
    variants = session.settings.variants
    session.declared = [_need(task, variants) for task in tasks]
    session.answer()
    tests = [_test(session, task, name, 0.9) for task in tasks for name in variants[1:]]
    return build_record(session, _gathered(session, tests), OCCASION)


def _need(task: Task, variants: tuple[str, ...]) -> Need:
    return Need(task=task, cases=task.cases, variants=variants)


def _check(built: Built) -> None:
    record, samples = built
    Draft202012Validator(record_schema()).validate(json.loads(record_to_text(record)))
    for sample in samples:
        Draft202012Validator(sample_schema()).validate(json.loads(sample_line(sample)))


def _lasting(record: Record) -> Record:
    """Return the record without times and counts of what was stored and computed."""
    plan = record.run["plan"]
    assert isinstance(plan, dict)
    left = {"seconds", "stored", "computed"}
    kept = {name: value for name, value in plan.items() if name not in left}
    return replace(record, run={**record.run, "plan": kept})


def test_a_run_is_recorded_whole(world: "World", paths: tuple[Path, Path]) -> None:
    """Variants, tasks, tests, every row of the delta table with its thresholds, all samples."""
    record, samples = built = _run(world.session(world.adapter("r8")), *paths)
    _check(built)
    assert [(one.name, one.kind, one.dtype) for one in record.variants] == [
        ("base", "base", "float32"),
        ("r8", "adapter", "float32"),
    ]
    assert record.variants[1].shares_base is True
    assert len({one.fingerprint for one in record.variants}) == 2
    assert [(one.name, one.kind, one.n, one.source) for one in record.tasks] == [
        ("cities", "generate", 12, "cities.task.yaml"),
        ("letters", "choice", 6, "letters.task.yaml"),
    ]
    assert [(row.task, row.metric, row.slice, row.n) for row in record.comparisons] == [
        ("cities", "accuracy", None, 12),
        ("cities", "f1_macro", None, 12),
        ("cities", "accuracy", "language=de", 6),
        ("cities", "f1_macro", "language=de", 6),
        ("cities", "accuracy", "language=en", 6),
        ("cities", "f1_macro", "language=en", 6),
        ("letters", "accuracy", None, 6),
    ]
    stated = {(row.task, row.slice): row.thresholds for row in record.comparisons if row.thresholds}
    assert set(stated) == {("cities", None), ("letters", None)}
    assert [one.text for one in stated["cities", None]] == ["accuracy >= 0.9"]
    assert [(one.nodeid, one.outcome) for one in record.tests][-1] == (
        "test_it.py::test_that_never_ran",
        "not run",
    )
    assert len(samples) == 2 * (12 + 6)
    assert record.run["plan"] == {
        "tests": 3,
        "variants": 2,
        "requests": 36,
        "unique": 36,
        "stored": 0,
        "computed": 36,
        "seconds": pytest.approx(0, abs=30),
    }


def test_numbers_agree_with_the_samples(world: "World", paths: tuple[Path, Path]) -> None:
    """A row's values, wins and losses are those that the samples show case by case."""
    record, samples = _run(world.session(world.adapter("r8")), *paths)
    for row in record.comparisons:
        if row.metric != "accuracy" or row.slice is not None:
            continue
        scored = {
            (one.variant, one.case): one.scores["accuracy"]
            for one in samples
            if one.task == row.task
        }
        base, value = (
            [score for (variant, _), score in scored.items() if variant == name]
            for name in ("base", "r8")
        )
        assert row.base == pytest.approx(sum(map(float, filter(None, base))) / row.n)
        assert row.value == pytest.approx(sum(map(float, filter(None, value))) / row.n)
        assert row.wins == sum((b, a) == (0, 1) for b, a in zip(base, value, strict=True))
        assert row.losses == sum((b, a) == (1, 0) for b, a in zip(base, value, strict=True))
        failures = next(one for one in record.failures if one.task == row.task)
        assert failures.failed == value.count(0.0) == sum(failures.labels.values())
        assert failures.regressions == row.losses


def test_cold_and_stored_are_the_same_record(world: "World", paths: tuple[Path, Path]) -> None:
    """A second run, all from the store, differs in times and counts alone."""
    r8, r16 = world.adapter("r8"), world.adapter("r16", "9")
    cold = _run(world.session(r8, r16), *paths)
    world.forget()
    stored = _run(world.session(r8, r16), *paths)
    assert world.log("open") == []
    assert _lasting(cold[0]) == _lasting(stored[0])
    assert cold[1] == stored[1]
    assert record_to_text(_lasting(cold[0])) == record_to_text(_lasting(stored[0]))
    plan = stored[0].run["plan"]
    assert isinstance(plan, dict)
    assert (plan["stored"], plan["computed"]) == (54, 0)


def test_the_controller_records_what_its_workers_did(
    world: "World", paths: tuple[Path, Path]
) -> None:
    """A process that answered nothing itself makes the same record from reports and store."""
    r8 = world.adapter("r8")
    worker = world.session(r8)
    own = _run(worker, *paths)
    tests = [_test(worker, task, "r8", 0.9) for task in _tasks(worker, *paths)]
    gathered = _gathered(worker, [Tested.from_json(_sent(test)) for test in tests])
    world.forget()
    controller = build_record(world.session(r8), gathered, OCCASION)
    assert world.log("open") == []
    assert _lasting(controller[0]) == _lasting(own[0])
    assert controller[1] == own[1]


def _sent(test: Tested) -> dict[str, Any]:
    sent: dict[str, Any] = json.loads(json.dumps(test.to_json()))
    return sent


def test_a_comparison_without_all_answers_is_absent(
    world: "World", paths: tuple[Path, Path]
) -> None:
    """A candidate that cannot be loaded has no rows; the others have all of theirs."""
    world.script(fail_attach={"bad": "has NaN weights"})
    session = world.session(world.adapter("bad", "9"), world.adapter("r8"))
    task = _tasks(session, paths[0])[0]
    session.answer([_need(task, session.settings.variants)])
    tests = [
        _test(session, task, "r8", 0.9),
        Tested(nodeid="t::bad", outcome="error", message="NaN", asked=whole(session, task.path)),
    ]
    record, samples = built = build_record(session, _gathered(session, tests), OCCASION)
    _check(built)
    assert {row.candidate for row in record.comparisons} == {"r8"}
    assert len(record.comparisons) == 6
    assert {one.candidate for one in record.failures} == {"r8"}
    errors = {one.error for one in samples if one.variant == "bad"}
    assert errors == {"bad: has NaN weights"}
    assert all(one.passed is None for one in samples if one.variant == "bad")
    assert [one.outcome for one in record.tests][1:] == ["error", "not run"]


def test_one_case_without_an_answer_leaves_the_task_out(
    world: "World", paths: tuple[Path, Path]
) -> None:
    """Part of a task is no value of it: no row, but a sample that says why."""
    world.script(unanswerable=["Say word0003"])
    session = world.session(world.adapter("r8"))
    tasks = _tasks(session, *paths)
    session.answer([_need(task, session.settings.variants) for task in tasks])
    tests = [
        Tested(nodeid=f"t::{task.name}", outcome="error", asked=whole(session, task.path))
        for task in tasks
    ]
    record, samples = built = build_record(session, _gathered(session, tests), OCCASION)
    _check(built)
    assert {row.task for row in record.comparisons} == {"letters"}
    wrong = [one for one in samples if one.error]
    assert [(one.case, one.variant, one.passed) for one in wrong] == [
        ("4", "base", None),
        ("4", "r8", None),
    ]
    assert wrong[0].scores == {"accuracy": None, "f1_macro": None}


def _nothing(_: Session, __: Path) -> list[Tested]:
    return []


def _without_answers(session: Session, path: Path) -> list[Tested]:
    return [Tested(nodeid="t", outcome="error", asked=whole(session, path))]


def _without_task_file(session: Session, path: Path) -> list[Tested]:
    path.write_text("name: broken")
    return [Tested(nodeid="t", outcome="error", asked=whole(session, path))]


@pytest.mark.parametrize("tests", [_nothing, _without_answers, _without_task_file])
@pytest.mark.parametrize("base", ["base", "nowhere", None])
def test_a_run_that_failed_is_recorded_too(
    world: "World",
    paths: tuple[Path, Path],
    base: str | None,
    tests: Callable[[Session, Path], list[Tested]],
) -> None:
    """Without answers, without a task, without a base: a valid record that claims nothing."""
    changed = {"base": None if base is None else str(world.folder / base)}
    session = world.session(world.adapter("r8"), **changed)
    gathered = Gathered(tests={one.nodeid: one for one in tests(session, paths[0])})
    record, samples = built = build_record(session, gathered, OCCASION)
    _check(built)
    assert (record.comparisons, record.failures, samples) == ((), (), ())
    assert record.run["numerics"] is None
    assert world.log("open") == []


def test_a_broken_store_leaves_a_record(world: "World", paths: tuple[Path, Path]) -> None:
    """The tests failed with the store's message; the record still says so."""
    session = world.session(world.adapter("r8"))
    with session.store.transaction() as connection:
        connection.execute("DROP TABLE notes")
    tests = {"t": Tested(nodeid="t", outcome="error", asked=whole(session, paths[0]))}
    record, _ = built = build_record(session, Gathered(tests=tests), OCCASION)
    _check(built)
    assert [one.outcome for one in record.tests] == ["error"]
    assert record.variants == ()


def test_a_threshold_is_on_its_own_row_once(world: "World", paths: tuple[Path, Path]) -> None:
    """Slices, other quantities and other tests are told apart; repeats of one test are not."""
    session = world.session(world.adapter("r8"))
    task = _tasks(session, paths[0])[0]
    session.answer([_need(task, session.settings.variants)])
    stated: list[Threshold] = []
    result = session.result(task, "r8", lambda one, _: stated.append(one))
    for _ in range(2):
        bool(result["accuracy"] >= 0.5)
    bool(result["accuracy"].slice("language=de") >= 0.5)
    bool(result.drop <= 3)
    tests = {
        name: Tested(
            nodeid=name, outcome="passed", thresholds=tuple(stated), asked=whole(session, task.path)
        )
        for name in ("one", "two")
    }
    record, _ = build_record(session, Gathered(tests=tests), OCCASION)
    rows: dict[str | None, ComparisonRow] = {
        row.slice: row for row in record.comparisons if row.metric == "accuracy"
    }
    assert sorted((one.test, one.text) for one in rows[None].thresholds) == [
        ("one", "accuracy >= 0.5"),
        ("one", "drop <= 3"),
        ("two", "accuracy >= 0.5"),
        ("two", "drop <= 3"),
    ]
    assert [one.test for one in rows["language=de"].thresholds] == ["one", "two"]
    assert rows["language=en"].thresholds == ()


def test_a_pass_rate_is_a_row(world: "World", paths: tuple[Path, Path]) -> None:
    """A test body's outcomes are compared like a metric; skipped cases are left out by name."""
    session = world.session(world.adapter("r8"))
    task = _tasks(session, paths[1])[0]
    session.answer([_need(task, session.settings.variants)])
    rate = Rate(
        metric="test_names_it",
        task="letters",
        candidate="r8",
        base={"1": 1.0, "2": 0.0, "3": 0.0, "4": None, "5": 0.0, "6": 1.0},
        scores={"1": 1.0, "2": 1.0, "3": 1.0, "4": 1.0, "5": 0.0, "6": 0.0},
    )
    skipped = replace(rate, metric="test_skips_all", base=dict.fromkeys(rate.base))
    tests = {
        one.metric: Tested(
            nodeid=one.metric, outcome="passed", asked=whole(session, task.path), rate=one
        )
        for one in (rate, skipped)
    }
    sent = {name: Tested.from_json(_sent(test)) for name, test in tests.items()}
    assert sent == tests
    record, _ = built = build_record(session, Gathered(tests=sent), OCCASION)
    _check(built)
    row = record.comparisons[-1]
    assert (row.metric, row.n, row.excluded) == ("test_names_it", 5, ("4",))
    assert (row.base, row.value) == (0.4, 0.6)
    assert (row.wins, row.losses, row.ties) == (2, 1, 2)


def test_a_confusion_matrix_counts_every_case(world: "World", paths: tuple[Path, Path]) -> None:
    """Per variant, for tasks whose metrics know classes."""
    record, _ = _run(world.session(world.adapter("r8", "10")), *paths)
    for row in record.tasks:
        assert row.confusion is not None
        counts = row.confusion["counts"]
        assert isinstance(counts, dict)
        assert set(counts) == {"base", "r8"}
        for matrix in counts.values():
            assert isinstance(matrix, list)
            assert sum(sum(line) for line in matrix) == row.n  # type: ignore[misc,arg-type]


def test_a_record_shows_what_was_asked_whatever_is_stored(
    world: "World", paths: tuple[Path, Path]
) -> None:
    """After a run of everything, a test of one case still reports that case alone."""
    session = world.session(world.adapter("r8"))
    task = _tasks(session, paths[0])[0]
    session.answer([_need(task, session.settings.variants)])
    first = task.cases[0].id
    asked = (Asked(task=str(task.path), variant="r8", cases=(first,)),)
    tests = {"t": Tested(nodeid="t", outcome="passed", asked=asked)}
    record, samples = build_record(session, Gathered(tests=tests), OCCASION)
    assert [(one.variant, one.case) for one in samples] == [("r8", first)]
    assert record.comparisons == ()
