"""Two tasks whose failures have labels, flaws, varied cases, patterns and several samples."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.failures import FailureRow, PatternRow
from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.core.task import Task
from pytest_ftevals.run.patterns import pattern_rows
from pytest_ftevals.run.samples import failures_of
from tests.reports.conftest import Build

CASES = 40
_BUILD = Build()
_METRIC = "exact_match"
_BROKEN = "regression from base"
_LATER = {
    0: ("wrong format", "wrong answer", _BROKEN),
    4: ("wrong answer", "too verbose", _BROKEN),
}
"""Labels of what fails after the fine-tune, by the case's number modulo 8."""


def failing() -> tuple[Record, list[Sample]]:
    """Return the record, as a run makes it, and its samples.

    Of 40 cases the German ones fail, every fourth, and a few others; ``once`` asks a case once and
    on a variation of it, ``thrice`` three times.
    """
    tasks = {name: _task(name, samples) for name, samples in (("once", 1), ("thrice", 3))}
    samples = [one for task in tasks.values() for one in _samples(task)]
    failures: list[FailureRow] = []
    patterns: list[PatternRow] = []
    for task in tasks.values():
        own = [one for one in samples if one.task == task.name]
        failures += filter(None, [failures_of(task, own, "r4")])
        patterns += pattern_rows(task, own, ["r4"])
    record = Record(
        variants=(_BUILD.variant("base", "model", "base"), _BUILD.variant("r4", "out/r4")),
        tasks=tuple(
            replace(_BUILD.task(name, CASES, _METRIC), samples=task.samples)
            for name, task in tasks.items()
        ),
        failures=tuple(failures),
        patterns=tuple(patterns),
    )
    return record, samples


def _task(name: str, samples: int) -> Task:
    cases = tuple(
        Case(id=f"c{number}", task=name, prompt="", expected=None, slices=_slices(number))
        for number in range(CASES)
    )
    made: dict[str, Any] = {"name": name, "kind": "generate", "path": Path(name)}
    return Task(cases=cases, metrics=(_METRIC,), samples=samples, **made)


def _slices(number: int) -> Mapping[str, str]:
    # A column of this name is the user's own: none of these cases is a varied one.
    return {"language": "en" if number % 4 else "de", "variation": "none"}


def _samples(task: Task) -> Iterator[Sample]:
    for number in range(CASES):
        for asked in range(task.samples):
            # Sample 1 fails German cases that sample 0 passes with a flaw, and the other way round.
            german, early = number % 4 == 0, number < CASES // 2
            wrong = (german and (asked == 0 or early)) or (number in {1, 2} and asked == 0)
            yield _sample(task, number, "base", asked, ())
            labels = _LATER[number % 8] if german else ("wrong answer", _BROKEN)
            flaws = ("too verbose",) if number % 5 == 0 else ()
            yield _sample(task, number, "r4", asked, labels if wrong else flaws, passed=not wrong)
        if task.samples == 1:
            for variant in ("base", "r4"):
                plain = _sample(task, number, variant, 0, ("wrong answer",), passed=False)
                slices = {**plain.slices, "variation": "typos"}
                yield replace(plain, case=f"{plain.case}~typos", slices=slices)


def _sample(
    task: Task,
    number: int,
    variant: str,
    asked: int,
    labels: tuple[str, ...],
    *,
    passed: bool = True,
) -> Sample:
    made = _BUILD.sample(f"c{number}", variant, "x", *labels)
    return replace(
        made,
        task=task.name,
        sample=asked,
        slices=_slices(number),
        scores={_METRIC: float(passed)},
        passed=passed,
    )
