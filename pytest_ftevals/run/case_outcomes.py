"""Whether a variant passed each case of a task, several samples of a case taken together."""

from collections.abc import Iterable

from pytest_ftevals.core.record import Sample
from pytest_ftevals.core.task import Task


def case_outcomes(task: Task, samples: Iterable[Sample], variant: str) -> dict[str, bool]:
    """Return case id -> whether it passed, of the task's own cases that tell, in their order.

    Of several samples most must pass; where as many do as do not, the first decides.
    """
    found: dict[str, list[bool]] = {case.id: [] for case in task.cases}
    for one in samples:
        if one.variant == variant and one.passed is not None and one.case in found:
            found[one.case].append(one.passed)
    return {case: _most(passed) for case, passed in found.items() if passed}


def _most(passed: list[bool]) -> bool:
    twice = 2 * sum(passed)
    return passed[0] if twice == len(passed) else twice > len(passed)
