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
from pytest_ftevals.run.facts import shown_path
from pytest_ftevals.run.library import declare
from pytest_ftevals.run.replayed_answers import ReplayedAnswers
from pytest_ftevals.run.samples import Answered
from pytest_ftevals.run.session import Session
from pytest_ftevals.run.tested import Gathered, Tested

_BATCH_PROOF = frozenset({"float32", "float64"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedCounts:
    """What a whole run asked, all its processes together."""

    variants: int
    requests: int
    """Repeats counted."""
    unique: int
    answered: int
    """How many of the unique requests have an answer."""


def needs_of_tests(session: Session, tests: Sequence[Tested]) -> list[Need]:
    """Return what the tests asked: a record shows that, whatever else is stored.

    Without tasks that cannot be read again, which `lost_tasks` names.
    """
    asked: dict[tuple[str, str], set[str] | None] = {}
    varied = {(one.task, one.variant) for test in tests for one in test.asked if one.varied}
    for one in (one for test in tests for one in test.asked):
        key = (one.task, one.variant)
        known = asked.setdefault(key, set())
        asked[key] = None if known is None or one.cases is None else known.union(one.cases)
    needs = []
    for (path, variant), ids in asked.items():
        task = _loaded(session, path)
        if task is None:
            continue
        cases = tuple(case for case in task.cases if ids is None or case.id in ids)
        needs.append(Need(task=task, cases=cases, variants=(variant,)))
        if (path, variant) in varied:
            needs.append(Need(task=task, cases=task.varied, variants=(variant,)))
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


def count_needs(needs: Sequence[Need]) -> AskedCounts:
    """Return what `needs` come to."""
    plan = make_plan(needs)
    return AskedCounts(
        variants=len(plan.requests), requests=plan.asked, unique=plan.unique, answered=0
    )


def counts_of(session: Session, gathered: Gathered) -> AskedCounts:
    """Return what was asked: what all tests declared, and what the tests of any process besides."""
    plan = make_plan(list(_besides(session, gathered)))
    answered = gathered.answered
    with suppress(FtevalsError):  # nothing can be asked at all
        answered += session.answers.answered(plan)
    return AskedCounts(
        variants=max(gathered.variants, len(plan.requests)),
        requests=gathered.requests + plan.asked,
        # A process that died may have computed what it did not count.
        unique=max(gathered.computed, gathered.unique + plan.unique),
        answered=answered,
    )


def _besides(session: Session, gathered: Gathered) -> Iterator[Need]:
    for walk in gathered.walked:
        if (task := _loaded(session, walk.task)) is not None:
            first = walk_order(task)[: walk.n]
            yield Need(task=task, cases=first, variants=(BASE, walk.candidate))
    for path, variant in gathered.besides:
        if (task := _loaded(session, path)) is not None:
            yield Need(task=task, cases=task.cases, variants=(variant,))


def lost_tasks(session: Session, tests: Sequence[Tested]) -> list[str]:
    """Return which tasks tests asked that cannot be read again, a line each with the reason.

    Then why metrics could not be loaded here: a controller of workers has imported no test.
    """
    lost = []
    for path in dict.fromkeys(one.task for test in tests for one in test.asked):
        try:
            _task(session, path)
        except FtevalsError as error:
            why = " ".join(str(error).split())
            lost.append(f"{shown_path(Path(path), session.settings.root)}: {why}")
    return [*lost, *session.unloaded] if lost else []


def _loaded(session: Session, path: str) -> Task | None:
    """Return the task of a file; None where it fails, see `lost_tasks`."""
    try:
        return _task(session, path)
    except FtevalsError:
        return None


def _task(session: Session, path: str) -> Task:
    return session.library.task(declare(Path(path)))


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
