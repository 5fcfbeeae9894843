"""What the tests asked, and what is known of the answers; computes nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response, failed
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.planning.plan import Need, make_plan, requests_of
from pytest_ftevals.run.early import walk_order
from pytest_ftevals.run.library import declare
from pytest_ftevals.run.replayed_answers import ReplayedAnswers
from pytest_ftevals.run.samples import Answered
from pytest_ftevals.run.session import Session
from pytest_ftevals.run.tested import Gathered, Tested

_BATCH_PROOF = frozenset({"float32", "float64"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCounts:
    """What a whole run asked, all its processes together."""

    variants: int
    requests: int
    """Repeats counted."""
    unique: int
    answered: int
    """How many of the unique requests have an answer."""


def needs_of_tests(session: Session, tests: Sequence[Tested]) -> list[Need]:
    """Return what the tests asked: a record shows that, whatever else is stored."""
    asked: dict[tuple[str, str], set[str] | None] = {}
    for one in (one for test in tests for one in test.asked):
        key = (one.task, one.variant)
        known = asked.setdefault(key, set())
        asked[key] = None if known is None or one.cases is None else known.union(one.cases)
    needs = []
    for (path, variant), ids in asked.items():
        try:
            task = session.library.task(declare(Path(path)))
        except FtevalsError:
            continue  # the tests that use it failed with this message
        cases = tuple(case for case in task.cases if ids is None or case.id in ids)
        needs.append(Need(task=task, cases=cases, variants=(variant,)))
    return needs


def answers_known(
    session: Session, needs: Sequence[Need], errors: Mapping[tuple[str, str], str]
) -> Answered:
    """Return what is known of one task's answers, in memory or stored; computes nothing."""
    try:
        answers = session.answers
        if isinstance(answers, ReplayedAnswers):
            answers.take(needs)
        elif session.device.resolved:
            answers.find(make_plan(needs))
        else:
            return {}
    except FtevalsError:
        return {}
    found: dict[tuple[str, str, int], Response] = {}
    for need in needs:
        for case, variant in product(need.cases, need.variants):
            for sample, request in enumerate(requests_of(need.task, case)):
                response = session.answers.get(variant, request)
                if response is None and errors:  # nobody stores an error: a worker told of it
                    error = errors.get((variant, request.digest()))
                    response = None if error is None else failed(error)
                if response is not None:
                    found[variant, case.id, sample] = response
    return found


def asked_by_case(tests: Sequence[Tested], tasks: Iterable[Task]) -> frozenset[str]:
    """Return the tasks that some test does more with than compare: those are answered whole."""
    found = {test.rate.task for test in tests if test.rate is not None}
    names = {str(task.path): task.name for task in tasks}
    for test in tests:
        with_base = {one.task for one in test.asked if one.variant == BASE}
        found |= {
            names[one.task]
            for one in test.asked
            if one.task in names and (one.cases is not None or one.task not in with_base)
        }
    return frozenset(found)


def count_needs(needs: Sequence[Need]) -> PlanCounts:
    """Return what `needs` come to."""
    plan = make_plan(needs)
    return PlanCounts(
        variants=len(plan.requests), requests=plan.asked, unique=plan.unique, answered=0
    )


def counts_of(session: Session, gathered: Gathered, needs: Sequence[Need]) -> PlanCounts:
    """Return what was asked; `needs` are those of the tests that ran.

    Every process counts what all tests declared and what its own tests asked besides. What the
    tests of several asked is read off what they did.
    """
    own = PlanCounts(
        variants=gathered.variants,
        requests=gathered.requests,
        unique=gathered.unique,
        answered=gathered.answered,
    )
    if len(gathered.tallies) < 2:  # noqa: PLR2004 - it counted everything
        return own
    by_case, besides = _needs_taken(session, gathered.in_order(), needs)
    answered = 0
    with suppress(FtevalsError):  # nothing can be asked at all
        # A test may compare without wanting a number: that asks nothing.
        besides = [one for one in besides if session.answers.answered(make_plan([one]))]
        answered = session.answers.answered(make_plan([*by_case, *besides]))
    whole = make_plan([*by_case, *besides])
    return PlanCounts(
        variants=max(own.variants, len(whole.requests)),
        # How many tests declared the same is known to no more than the largest process.
        requests=max(
            own.requests + max(0, whole.unique - own.unique),
            make_plan(by_case).unique + make_plan(besides).asked,
        ),
        unique=max(own.unique, whole.unique),
        answered=max(own.answered, answered),
    )


def _needs_taken(
    session: Session, tests: Sequence[Tested], needs: Sequence[Need]
) -> tuple[list[Need], list[Need]]:
    """Return what tests asked of the tasks that they ask case by case, and of those they compare.

    Of the latter as many cases as thresholds took, which a process asks for once.
    """
    tasks = {need.task.name: need.task for need in needs}
    cased = asked_by_case(tests, tasks.values())
    by_case: list[Need] = []
    once: dict[tuple[str, str], Need] = {}
    for test, need in _needs_named(tests, tasks.values()):
        if need.task.name in cased:
            by_case.append(need)
        elif need.task.name not in {stated.task for stated in test.thresholds}:
            once[need.task.name, need.variants[0]] = need
    walked: dict[tuple[str, str], int] = {}
    rest = tasks.keys() - cased
    for stated in (one for test in tests for one in test.thresholds if one.task in rest):
        task, seeds = tasks[stated.task], session.settings.seeds(stated.candidate)
        if stated.p is None:  # a sequential bound
            key = (task.name, stated.candidate)
            walked[key] = max(stated.n_used, walked.get(key, 0))
            continue
        for variant in (BASE, *seeds) if stated.reference == BASE else seeds:
            once[task.name, variant] = Need(task=task, cases=task.cases, variants=(variant,))
    besides = [*once.values()]
    for (name, candidate), n in walked.items():
        first = walk_order(tasks[name])[:n]
        besides.append(Need(task=tasks[name], cases=first, variants=(BASE, candidate)))
    return by_case, besides


def _needs_named(tests: Sequence[Tested], tasks: Iterable[Task]) -> Iterator[tuple[Tested, Need]]:
    """Yield what each test said that it asks, a variant of a task at a time."""
    known = {str(task.path): (task, {case.id: case for case in task.cases}) for task in tasks}
    for test in tests:
        for one in (one for one in test.asked if one.task in known):
            task, cases = known[one.task]
            chosen = task.cases
            if one.cases is not None:
                chosen = tuple(cases[name] for name in one.cases if name in cases)
            yield test, Need(task=task, cases=chosen, variants=(one.variant,))


def composition_notes(
    answered: Iterable[tuple[Task, Answered]], variants: Sequence[str], dtype: str
) -> list[str]:
    """Say where base and a candidate were not computed in the same batches.

    In float32 that changes nothing above rounding, and nothing is said. Below, a value depends on
    what shares its batch, and answers from an earlier run may have had other company.
    """
    if dtype in _BATCH_PROOF:
        return []
    notes = []
    for (task, known), variant in product(answered, variants):
        pairs = [
            (known.get((BASE, case.id, sample)), known.get((variant, case.id, sample)))
            for case, sample in product(task.cases, range(task.samples))
        ]
        both = [(base, own) for base, own in pairs if base is not None and own is not None]
        differ = sum(base.batch != own.batch for base, own in both)
        what = "cases" if task.samples == 1 else "samples"
        if differ:
            notes.append(
                f"{variant} on {task.name}: {differ:,} of {len(both):,} {what} were computed in "
                f"other batches than the base's, which can change values in {dtype}"
            )
    return notes
