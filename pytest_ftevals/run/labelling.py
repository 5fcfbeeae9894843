"""Labels of all answers of a run; remembers which rules and judgements could not tell."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

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
from pytest_ftevals.metrics.custom import raised_what
from pytest_ftevals.metrics.forms import form_of
from pytest_ftevals.metrics.wording import quoted
from pytest_ftevals.run.label_memory import PATIENCE, LabelMemory
from pytest_ftevals.run.users_word import handed_out, users_word


class LabelOf(Protocol):
    """What labels an answer, as `Labelling.of` does."""

    def __call__(
        self,
        task: Task,
        case: Case,
        sample: Sample,
        response: Response,
        *,
        base_passed: bool | None,
    ) -> tuple[str, ...]:
        """Return its labels."""


class _Faults:
    """What went wrong with one rule or judge."""

    def __init__(self) -> None:
        self.first = ""
        self.count = 0
        self.in_a_row = 0
        self.given_up = False

    @property
    def exhausted(self) -> bool:
        """Whether it is asked no more."""
        return self.given_up or self.in_a_row >= PATIENCE

    def add(self, fault: str, where: str) -> None:
        """Count one."""
        self.first = self.first or f"{fault}, on {where}"
        self.count += 1
        self.in_a_row += 1

    def give_up(self, slow: list[str]) -> None:
        """Note that it was too slow too often, maybe on answers that were labelled before."""
        self.given_up = True
        self.first = self.first or slow[0]
        self.count = max(self.count, len(slow))

    def line(self, owner: str, left: str) -> str:
        """Return the note: what it is, what it costs, and the first fault."""
        rest = ", and was asked no more" if self.exhausted else ""
        times = "once" if self.count == 1 else f"{self.count:,} times"
        return f"{owner} failed {times}{rest}, so that {left}: {self.first}"


class Labelling:
    """Labels the answers of a run, one after the other."""

    def __init__(
        self,
        find_judge: Callable[[], object] | None = None,
        *,
        memory: LabelMemory | None = None,
        judged: Callable[[Sample], bool] | None = None,
        at_end: bool = False,
    ) -> None:
        """Hold nothing yet.

        `find_judge` is asked for a judge when one is needed; None: never. `judged`: whether an
        earlier run's judge found an explanation bad; then none is asked. `memory`: what is known of
        answers already. `at_end`: Ctrl-C ends the asking of rules and judges, and nothing else.
        """
        self.memory = LabelMemory() if memory is None else memory
        self.interrupted = ""
        """Where Ctrl-C ended the asking; empty where it did not."""
        self._find_judge = find_judge
        self._judged = judged
        self._at_end = at_end
        self._judge: Callable[..., object] | None = None
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
        if sample.passed is None:
            return ()
        found: tuple[str, ...] = ()
        ask = self._passed if sample.passed else self._own
        if response.error is None and not self.interrupted:
            asked = f"{task.named(case.id, sample.sample)} of {sample.variant}"
            try:
                found = ask(task, case, sample, response, asked)
            except KeyboardInterrupt:
                if not self._at_end:
                    raise
                self.interrupted = asked
        if sample.passed:
            return found
        before = None if sample.variant == BASE else base_passed
        label = partial(label_failure, task, case, response, self._form(task), before, found)
        return self.memory.labels(sample, found, before, label)

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
        if self.interrupted:
            asked = "the judge and the rules of task files were asked no more"
            lines.append(f"interrupted while this report was made: {asked}, on {self.interrupted}")
        return lines

    def _form(self, task: Task) -> Form:
        form = self._forms.get(task.name)
        if form is None:
            form = self._forms[task.name] = form_of(task)
        return form

    def _own(
        self, task: Task, case: Case, sample: Sample, response: Response, asked: str
    ) -> tuple[str, ...]:
        """Return what the task's own rules say of a failed answer."""
        found: dict[str, None] = {}
        for index, rule in enumerate(task.label_rules):
            _, faults = self._faults.setdefault((task.name, index), (rule, _Faults()))
            if faults.in_a_row >= PATIENCE:
                continue
            try:
                applies = self.memory.applies(index, rule, sample, case, response)
            except RuleFaultError as fault:
                faults.add(str(fault), asked)
                continue
            if applies is None:
                faults.give_up(self.memory.slow(task.name, index))
                continue
            faults.in_a_row = 0
            if applies:
                found[rule.label] = None
        return tuple(found)

    def _passed(
        self, task: Task, case: Case, sample: Sample, response: Response, asked: str
    ) -> tuple[str, ...]:
        """Return what a judge finds in a candidate's answer that passed."""
        if not task.explanations or sample.variant == BASE:
            return ()
        bad = (str(Label.BAD_EXPLANATION),)
        if self._judged is not None:
            return bad if self._judged(sample) else ()
        if self._find_judge is None:
            return ()
        self._wanted[task.name] = None
        judge = self._found(self._find_judge)
        faults = self._unjudged.setdefault(task.name, _Faults())
        if judge is None or faults.exhausted:
            return ()
        try:
            good = users_word(judge, task, handed_out(case), response)
        except RuleFaultError as fault:
            faults.add(str(fault), asked)
            return ()
        faults.in_a_row = 0
        return bad if good is False else ()

    def _found(self, find: Callable[[], object]) -> Callable[..., object] | None:
        """Return what judges, sought once; None where there is nothing, or nothing to be used."""
        if self._sought:
            return self._judge
        self._sought = True
        try:
            found = find()
            if isinstance(found, Judge):
                self._judge = found.explains_well
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a user's code raises
            self._missing = f"pytest_ftevals_judge {raised_what(error)}"
            return None
        if found is None:
            self._missing = "there is no judge (see the hook pytest_ftevals_judge)"
        elif self._judge is None:
            self._missing = f"pytest_ftevals_judge returned no judge: {quoted(found)}"
        return self._judge


def regression_alone(
    task: Task,  # noqa: ARG001 - LabelOf's shape
    case: Case,  # noqa: ARG001
    sample: Sample,
    response: Response,  # noqa: ARG001
    *,
    base_passed: bool | None,
) -> tuple[str, ...]:
    """Return no label but that of regressions, by which the worst cases are found."""
    lost = sample.variant != BASE and sample.passed is False and base_passed
    return (Label.REGRESSION.value,) if lost else ()
