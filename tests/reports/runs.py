"""Hypothesis strategies of whole runs: a record whose rows belong together, and its samples.

Every row speaks of the record's tasks, variants and cases; every text in it may be hostile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.failures import FailureLogRow, FailureRow, PatternRow, Recurring
from pytest_ftevals.core.record import ComparisonRow, Record, Sample, TaskRow, VariantRow
from tests.reports.strategies import (
    any_float,
    comparisons,
    hostile,
    known_labels,
    pattern_rows,
    rates,
    rows_of_tests,
    run_facts,
    samples,
    tasks,
    tradeoff_rows,
    tuples,
    variants,
    words,
)

names = words | hostile
numbers = rates | any_float
# Made once: Hypothesis checks a strategy anew wherever it is made anew.
_few_names = st.lists(names, min_size=1, max_size=3, unique=True)
_one_or_two = st.lists(names, min_size=1, max_size=2, unique=True)
_up_to_four = st.lists(names, min_size=1, max_size=4, unique=True)
_variant = variants(hostile)
_any_task = tasks(hostile)
_rows = comparisons(hostile, numbers)
_patterns = pattern_rows(hostile, numbers)
_traded = tradeoff_rows(hostile, numbers)
_tests = tuples(rows_of_tests(hostile), 4)
_facts = run_facts(hostile)
_kinds = st.sampled_from(["generate", "choice", "perplexity"])
_coin = st.booleans()
_twice = st.integers(0, 1)
_chance = st.randoms(use_true_random=False)

REPLY = ("reply", "choice", "turns", "error")


@dataclass(frozen=True, slots=True)
class Run:
    """A record and what its variants answered."""

    record: Record
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A case of a task, as a data row has it."""

    task: TaskRow
    case: str
    slices: Mapping[str, str]


@st.composite
def _task(draw: st.DrawFn, name: str, asked: Sequence[VariantRow]) -> TaskRow:
    labels = draw(_few_names)
    table: JSON = [[1] * (len(labels) + 1) for _ in labels]
    confusion: dict[str, JSON] = {
        "labels": list(labels),
        "counts": {one.name: table for one in asked},
    }
    return replace(
        draw(_any_task),
        name=name,
        kind=draw(_kinds),
        samples=draw(_twice) + 1,
        metrics=tuple(draw(_one_or_two)),
        confusion=confusion if draw(_coin) else None,
    )


@st.composite
def _cases(draw: st.DrawFn, task: TaskRow) -> list[Asked]:
    ids = draw(_up_to_four)
    groups = [draw(names) for _ in task.slices]
    return [Asked(task, case, dict(zip(task.slices, groups, strict=True))) for case in ids]


def _reply(drawn: Sample, what: str, label: str) -> Sample:
    """Return a reply, a choice, a conversation or an error with the texts of `drawn`."""
    failed = what == "error"
    labels = tuple(dict.fromkeys([label, *drawn.labels[:1]]))
    turns = ({"user": "a", "reply": drawn.response},) if what == "turns" else None
    choices: tuple[Mapping[str, JSON], ...] = (
        {"text": drawn.response, "logprob": -1.5, "tokens": 1, "greedy": True},
    )
    return replace(
        drawn,
        turns=turns,
        choices=choices if what == "choice" else None,
        choice=0 if what == "choice" else None,
        finish="error" if failed else "stop",
        passed=None if failed else drawn.passed,
        labels=labels if drawn.passed is False and not failed else (),
        error=drawn.response if failed else None,
    )


_replies = st.lists(
    st.builds(_reply, samples(hostile), st.sampled_from(REPLY), known_labels | hostile),
    min_size=1,
    max_size=4,
)


def _answers(one: Asked, variant: str, reply: Sample) -> list[Sample]:
    """Return every sample of a case from one variant."""
    score = None if reply.error is not None else float(reply.passed or 0.5)
    known = replace(
        reply,
        task=one.task.name,
        case=one.case,
        variant=variant,
        slices=one.slices,
        scores=dict.fromkeys(one.task.metrics, score),
    )
    return [replace(known, sample=index) for index in range(one.task.samples)]


@st.composite
def _comparison(draw: st.DrawFn, task: TaskRow, candidate: str) -> ComparisonRow:
    return replace(draw(_rows), task=task.name, metric=task.metrics[0], candidate=candidate)


def _with_failures(draw: st.DrawFn, record: Record, answers: Sequence[Sample]) -> Record:
    """Add rows that count the failures among `answers`, and what earlier runs knew of them."""
    failures: list[FailureRow] = []
    log: list[FailureLogRow] = []
    patterns: list[PatternRow] = []
    for row in record.comparisons:
        own = [one for one in answers if (one.task, one.variant) == (row.task, row.candidate)]
        failed = [one for one in own if one.passed is False]
        ids = tuple(dict.fromkeys(one.case for one in failed))
        passed = tuple(dict.fromkeys(one.case for one in own if one.passed))
        labels = [one.labels[0] for one in failed if one.labels]
        failures.append(
            FailureRow(
                task=row.task,
                candidate=row.candidate,
                n=len(own),
                failed=len(failed),
                labels={label: labels.count(label) for label in labels},
                regressions=len(failed) if draw(_coin) else None,
                worst=ids,
            )
        )
        drawn = draw(_patterns)
        patterns.append(
            replace(
                drawn,
                task=row.task,
                candidate=row.candidate,
                found=tuple(replace(one, cases=ids) for one in drawn.found),
            )
        )
        log.append(
            FailureLogRow(
                task=row.task,
                candidate=row.candidate,
                runs=2,
                again=tuple(Recurring(case=case, failed=1, runs=2) for case in ids[:1]),
                new=ids[1:],
                mended=passed[:2],
            )
        )
    several = len({row.candidate for row in record.comparisons}) > 1
    traded = [
        replace(draw(_traded), candidate=variant.name) for variant in record.variants[1:] if several
    ]
    return replace(
        record,
        failures=tuple(failures),
        patterns=tuple(patterns) if draw(_coin) else (),
        failure_log=tuple(log) if draw(_coin) else (),
        tradeoff=tuple(traded),
    )


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """Draw a base, one to three candidates, one or two tasks and up to four cases of each."""
    base, *candidates = [
        replace(draw(_variant), name=name, kind="adapter" if index else "base")
        for index, name in enumerate(["base", *draw(_few_names)])
    ]
    named = draw(_one_or_two)
    known = [draw(_task(name, [base, *candidates])) for name in named]
    asked = [case for task in known for case in draw(_cases(task))]
    chance, drawn = draw(_chance), draw(_replies)
    answers = [
        answer
        for one in asked
        for variant in (base, *candidates)
        for answer in _answers(one, variant.name, chance.choice(drawn))
    ]
    record = Record(
        run=draw(_facts),
        variants=(base, *candidates),
        tasks=tuple(known),
        comparisons=tuple(
            draw(_comparison(task, candidate.name)) for task in known for candidate in candidates
        ),
        tests=draw(_tests),
    )
    return Run(_with_failures(draw, record, answers), tuple(answers))
