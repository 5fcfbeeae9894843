"""The slot for a judge: what judges explanations, where a project brings one."""

from typing import Protocol, runtime_checkable

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Task


@runtime_checkable
class Judge(Protocol):
    """An LLM judge, as far as labels need one; the hook ``pytest_ftevals_judge`` returns it."""

    def explains_well(self, task: Task, case: Case, response: Response) -> bool | None:
        """Return whether an answer that passed is explained well; None: no judgement.

        Asked in the process that writes the report, once a candidate's answer, in the order of the
        samples; in a replay never. An exception costs this answer's judgement and is named in the
        report.
        """
