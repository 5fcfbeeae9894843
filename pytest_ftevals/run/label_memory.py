"""What label rules said of answers: in one process none is asked twice about the same answer."""

from collections.abc import Callable

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.label_rule import LabelRule, RuleFaultError
from pytest_ftevals.core.record import Sample
from pytest_ftevals.core.response import Response

PATIENCE = 3
"""Faults in a row after which a rule or a judge is asked no more: each may take seconds. Of a rule
that is too slow, faults in all."""

_Answer = tuple[str, str, str, int]
"""(task, variant, case id, sample)."""


class LabelMemory:
    """Labels of answers and what the rules of task files said of them."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._said: dict[tuple[_Answer, int], bool | RuleFaultError] = {}
        self._slow: dict[tuple[str, int], list[str]] = {}
        self._labels: dict[tuple[_Answer, tuple[str, ...], bool | None], tuple[str, ...]] = {}

    def applies(
        self, index: int, rule: LabelRule, sample: Sample, case: Case, response: Response
    ) -> bool | None:
        """Return whether a task's rule number `index` applies; None where it is given up as slow.

        Raises RuleFaultError where it cannot tell.
        """
        asked = _answer(sample), index
        said = self._said.get(asked)
        if said is None:
            if len(self.slow(sample.task, index)) >= PATIENCE:
                return None
            said = self._said[asked] = _said(rule, case, response)
            if isinstance(said, RuleFaultError) and said.slow:
                self._slow.setdefault((sample.task, index), []).append(str(said))
        if isinstance(said, RuleFaultError):
            raise RuleFaultError(str(said), slow=said.slow)  # a new one: it collects frames
        return said

    def slow(self, task: str, index: int) -> list[str]:
        """Return the faults of a rule that took too long."""
        return self._slow.get((task, index), [])

    def labels(
        self,
        sample: Sample,
        own: tuple[str, ...],
        before: bool | None,
        label: Callable[[], tuple[str, ...]],
    ) -> tuple[str, ...]:
        """Return an answer's labels, where its task's own rules gave `own`; made by `label` once.

        `before`: whether the base passed, which may become known later.
        """
        key = _answer(sample), own, before
        found = self._labels.get(key)
        if found is None:
            found = self._labels[key] = label()
        return found


def _said(rule: LabelRule, case: Case, response: Response) -> bool | RuleFaultError:
    try:
        return rule.applies(case, response)
    except RuleFaultError as fault:
        return RuleFaultError(str(fault), slow=fault.slow)


def _answer(sample: Sample) -> _Answer:
    return sample.task, sample.variant, sample.case, sample.sample
