"""What the tests asked, and what is known of the answers; computes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response, failed
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.planning.plan import Need, make_plan, requests_of
from pytest_ftevals.run.library import declare
from pytest_ftevals.run.replayed_answers import ReplayedAnswers
from pytest_ftevals.run.samples import Answered
from pytest_ftevals.run.session import Session
from pytest_ftevals.run.tested import Tested

_BATCH_PROOF = frozenset({"float32", "float64"})


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
