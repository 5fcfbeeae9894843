"""Labels of all answers of a run; remembers which rules and judgements could not tell."""

import traceback
from collections.abc import Callable

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.form import Form
from pytest_ftevals.core.judge import Judge
from pytest_ftevals.core.label import Label
from pytest_ftevals.core.label_rule import LabelRule, RuleFaultError
from pytest_ftevals.core.record import Sample
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.labels.rules import label_failure
from pytest_ftevals.metrics.forms import form_of
from pytest_ftevals.metrics.wording import quoted, short

PATIENCE = 3
"""Faults in a row after which a rule or a judge is asked no more: each may take seconds."""


class _Faults:
    """What went wrong with one rule or judge."""

    def __init__(self) -> None:
        self.first = ""
        self.count = 0
        self.in_a_row = 0

    @property
    def exhausted(self) -> bool:
        """Whether it is asked no more."""
        return self.in_a_row >= PATIENCE

    def add(self, fault: str, where: str) -> None:
        """Count one."""
        self.first = self.first or f"{fault}, on {where}"
        self.count += 1
        self.in_a_row += 1

    def line(self, owner: str, left: str) -> str:
        """Return the note: what it is, what it costs, and the first fault."""
        rest = ", and was asked no more" if self.exhausted else ""
        times = "once" if self.count == 1 else f"{self.count:,} times"
        return f"{owner} failed {times}{rest}, so that {left}: {self.first}"


class Labelling:
    """Labels the answers of a run, one after the other."""

    def __init__(self, find_judge: Callable[[], object] | None = None) -> None:
        """Hold nothing yet; `find_judge` is asked for a judge when one is needed; None: never."""
        self._find_judge = find_judge
        self._judge: Judge | None = None
        self._sought = False
        self._missing = ""
        self._forms: dict[str, Form] = {}
        self._faults: dict[tuple[str, int], tuple[LabelRule, _Faults]] = {}
        self._unjudged: dict[str, _Faults] = {}
        self._wanted: dict[str, None] = {}

    def of(
        self,
        task: Task,
        case: Case,
        sample: Sample,
        response: Response,
        *,
        base_passed: bool | None,
    ) -> tuple[str, ...]:
        """Return why an answer failed, the primary label first, or what a judge finds if it passed.

        `base_passed`: whether the base's sample of the same number did; None where not known.
        """
        asked = f"{task.named(case.id, sample.sample)} of {sample.variant}"
        if sample.passed is None:
            return ()
        if sample.passed:
            return self._passed(task, case, response, asked)
        before = None if sample.variant == BASE else base_passed
        form = self._forms.get(task.name)
        if form is None:
            form = self._forms[task.name] = form_of(task)
        own = () if response.error is not None else self._own(task, case, response, asked)
        return label_failure(task, case, response, form, before, own)

    def _passed(self, task: Task, case: Case, response: Response, asked: str) -> tuple[str, ...]:
        if not task.explanations or self._find_judge is None:
            return ()
        self._wanted[task.name] = None
        judge = self._found()
        faults = self._unjudged.setdefault(task.name, _Faults())
        if judge is None or faults.exhausted:
            return ()
        try:
            good = _judgement(judge, task, case, response)
        except RuleFaultError as fault:
            faults.add(str(fault), asked)
            return ()
        faults.in_a_row = 0
        return (str(Label.BAD_EXPLANATION),) if good is False else ()

    def notes(self) -> list[str]:
        """Return a line for everything that could not tell, in the order in which it was met."""
        lines = []
        for (task, _), (rule, faults) in self._faults.items():
            if faults.count:
                left = "it says nothing of these answers"
                lines.append(faults.line(f"the rule for the label {rule.label!r} of {task}", left))
        if self._missing and self._wanted:
            tasks = ", ".join(self._wanted)
            left = f"the label {str(Label.BAD_EXPLANATION)!r} is left off"
            lines.append(f"{tasks}: {left}: {self._missing}")
        for task, faults in self._unjudged.items():
            if faults.count:
                left = "these explanations are not judged"
                lines.append(faults.line(f"the judge of explanations on {task}", left))
        return lines

    def _own(self, task: Task, case: Case, response: Response, asked: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for index, rule in enumerate(task.label_rules):
            _, faults = self._faults.setdefault((task.name, index), (rule, _Faults()))
            if faults.exhausted:
                continue
            try:
                applies = rule.applies(case, response)
            except RuleFaultError as fault:
                faults.add(str(fault), asked)
                continue
            faults.in_a_row = 0
            if applies:
                found[rule.label] = None
        return tuple(found)

    def _found(self) -> Judge | None:
        """Return the project's judge, sought once; None where there is none, or none to be used."""
        if self._sought or self._find_judge is None:
            return self._judge
        self._sought = True
        try:
            found = self._find_judge()
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a user's code raises
            self._missing = f"pytest_ftevals_judge {_raised(error)}"
            return None
        if isinstance(found, Judge):
            self._judge = found
        elif found is None:
            self._missing = "there is no judge (see the hook pytest_ftevals_judge)"
        else:
            self._missing = f"pytest_ftevals_judge returned no judge: {quoted(found)}"
        return self._judge


def _judgement(judge: Judge, task: Task, case: Case, response: Response) -> bool | None:
    """Return what a judge says; raises RuleFaultError where it fails."""
    try:
        found: object = judge.explains_well(task, case, response)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a user's code raises
        raise RuleFaultError(_raised(error)) from None
    if found is None or isinstance(found, bool):
        return found
    raise RuleFaultError(f"it returned {quoted(found)}, and not true, false or None")


def _raised(error: BaseException) -> str:
    said = " ".join(traceback.format_exception_only(error)[-1].split())
    return f"raised {short(said)}"
