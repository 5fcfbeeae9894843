"""Labels of answers in one process: each is looked at once, and what cannot tell is given up."""

from pathlib import Path

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.label_rule import LabelRule, RuleFaultError
from pytest_ftevals.core.record import Sample
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.run.label_memory import LabelMemory
from pytest_ftevals.run.labelling import Labelling

REGRESSION = "regression from base"


class Rule:
    """A rule that applies everywhere, or fails on some cases."""

    def __init__(self, *fails: int, slow: bool = False) -> None:
        self.asked: list[str] = []
        self._fails = set(map(str, fails))
        self.fault: BaseException = RuleFaultError("cannot tell", slow=slow)

    def __call__(self, case: Case, _: Response) -> bool:
        """Say yes, or raise."""
        self.asked.append(case.id)
        if case.id in self._fails:
            raise self.fault
        return True


def label(
    labelling: Labelling, rule: Rule, *cases: int, base_passed: bool | None = None
) -> list[tuple[str, ...]]:
    """Return the labels of wrong answers of r8 to some cases."""
    own = tuple(Case(id=str(n), task="t", prompt=f"Say {n}", expected=str(n)) for n in cases)
    task = Task(
        name="t",
        kind="generate",
        path=Path("t.task.yaml"),
        cases=own,
        metrics=("exact_match",),
        label_rules=(LabelRule(label="mine", applies=rule),),
    )
    response = Response(text="wrong")
    return [
        labelling.of(task, case, _sample(case), response, base_passed=base_passed) for case in own
    ]


def _sample(case: Case) -> Sample:
    return Sample(
        task="t",
        case=case.id,
        variant="r8",
        sample=0,
        slices={},
        prompt=str(case.prompt),
        expected=case.expected,
        response="wrong",
        turns=None,
        choices=None,
        choice=None,
        finish="stop",
        scores={"exact_match": 0.0},
        passed=False,
        labels=(),
        error=None,
    )


def test_a_rule_is_asked_once_about_an_answer() -> None:
    """By all that label in one process, also where the base's answer comes later."""
    rule, memory = Rule(2), LabelMemory()
    shown, recorded = Labelling(memory=memory), Labelling(memory=memory)
    assert label(shown, rule, 1, 2) == [("mine",), ("wrong answer",)]
    found = label(recorded, rule, 1, 2, 3, base_passed=True)
    assert found == [("mine", REGRESSION), ("wrong answer", REGRESSION), ("mine", REGRESSION)]
    assert label(shown, rule, 1, base_passed=False) == [("mine",)]
    assert rule.asked == ["1", "2", "3"]
    (note,) = recorded.notes()
    assert note.endswith("failed once, so that it says nothing of these answers: cannot tell, "
                         "on case 2 of r8")  # fmt: skip


def test_what_failed_tests_ask_first_changes_no_record() -> None:
    """The record counts faults in its own order: it is the same with workers and without."""
    rule, memory = Rule(7, 8, 9), LabelMemory()
    label(Labelling(memory=memory), rule, 7, 8, 9, 1)
    assert rule.asked == ["7", "8", "9"], "asked no more"
    after, alone = Labelling(memory=memory), Labelling()
    assert label(after, rule, *range(1, 12)) == label(alone, Rule(7, 8, 9), *range(1, 12))
    assert after.notes() == alone.notes()
    assert rule.asked == ["7", "8", "9", "1", "2", "3", "4", "5", "6"]


def test_a_slow_rule_is_given_up_after_three_answers_in_all() -> None:
    """By everybody, and what it said before stands."""
    rule, memory = Rule(2, 4, 6, slow=True), LabelMemory()
    label(Labelling(memory=memory), rule, 1, 2, 3, 4, 5, 6, 7)
    assert rule.asked == ["1", "2", "3", "4", "5", "6"]
    recorded = Labelling(memory=memory)
    assert label(recorded, rule, 1, 7, 8) == [("mine",), ("wrong answer",), ("wrong answer",)]
    assert rule.asked == ["1", "2", "3", "4", "5", "6"]
    (note,) = recorded.notes()
    assert "failed 3 times, and was asked no more" in note


def test_ctrl_c_in_a_rule() -> None:
    """Ends a test at once, as users expect, and at the end of the run the asking alone."""
    rule = Rule(1)
    rule.fault = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        label(Labelling(), rule, 1)
    recorded = Labelling(at_end=True)
    assert label(recorded, rule, 1, 2) == [("wrong answer",)] * 2
    assert recorded.interrupted == "case 1 of r8"
