"""The full decision for 14,042 cases and 10 thresholds, with early stop and without; no model."""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.options import Options
from benchmarks.table import Row
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Choice, Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.run.early import Walk
from pytest_ftevals.run.scores import TaskScores, levels_of
from pytest_ftevals.verdicts.result import EarlyStop, Result

CASES = 14_042
"""Of MMLU."""
SUBJECTS = 57
CONFIDENCE, FAMILY = 0.95, 10
GOAL_SECONDS = 2.0
_CANDIDATE = "candidate"


def rows(options: Options) -> Iterator[Row]:
    """Yield a row for the whole task, and one for walks that stop early."""
    count = options.rows(CASES)
    for name, early in (("all cases", False), ("early stop", True)):
        walls = []
        for _ in range(options.runs):
            scores = _scored(count)
            began = time.perf_counter()
            stated = _decide(scores, early=early)
            walls.append(time.perf_counter() - began)
        seconds = statistics.median(walls)
        yield Row(
            work=f"{stated} thresholds on {count:,} cases decided, {name}",
            against="",
            measured=f"{seconds:.2f} s",
            goal=f"at most {GOAL_SECONDS:g} s",
            met=seconds <= GOAL_SECONDS,
        )


def _scored(count: int) -> TaskScores:
    """Return a choice task whose answers are all there; every tenth is right on one side only."""
    cases = tuple(
        Case(
            id=str(number),
            task="mmlu",
            prompt="?",
            expected=number % 4,
            options=("a", "b", "c", "d"),
            continuations=(" A", " B", " C", " D"),
            slices={"subject": str(number % SUBJECTS)},
        )
        for number in range(count)
    )
    task = Task(
        name="mmlu",
        kind="choice",
        path=Path("mmlu.task.yaml"),
        cases=cases,
        metrics=("accuracy", "choice_probability"),
        slices=("subject",),
    )

    def respond(variant: str, case: Case, _sample: int) -> Response:
        number = int(case.id)
        changed = number % 20 == (0 if variant == BASE else 10)
        right = (number // 3) % 3 != 0 and not changed
        chosen = number % 4 if right else (number + 1) % 4
        return Response(
            choices=tuple(
                Choice(text=text, logprob=-0.5 if index == chosen else -2.0, tokens=1)
                for index, text in enumerate(case.continuations)
            )
        )

    return TaskScores(task, respond, levels=levels_of(CONFIDENCE, FAMILY))


def _decide(scores: TaskScores, *, early: bool) -> int:
    """State 10 thresholds; return how many were recorded."""
    stated: list[object] = []
    walk = Walk(scores, _CANDIDATE, lambda _: None, confidence=CONFIDENCE, family=FAMILY)
    stop: EarlyStop | None = walk.decide if early else None
    result = Result(
        scores.task,
        _CANDIDATE,
        compare=lambda name, where: scores.compare(_CANDIDATE, name, where),
        slices=scores.slices,
        record=lambda threshold, _: stated.append(threshold),
        early=stop,
    )
    for metric in scores.task.metrics:
        measure = result[metric]
        # Comparing states a threshold; the first is within noise, and walks to the end.
        for bound in (0, 3):
            measure.drop.__le__(bound)
        for share in (0.3, 0.9):
            measure.__ge__(share)
        measure.gain.__gt__(-2)
    return len(stated)
