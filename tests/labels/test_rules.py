"""Failure labels: the rules, held against a set of labelled answers."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.label import Label
from pytest_ftevals.core.response import Choice, Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.labels.rules import RULES, WRONG_ANSWER, label_failure

HERE = Path(__file__).parent
ANSWERS = json.loads((HERE / "answers.json").read_text(encoding="utf-8"))


def labels_of(answer: Mapping[str, Any]) -> list[Label]:
    """Return the labels that the rules give a labelled answer."""
    case = Case(
        id="1",
        task="t",
        prompt="?",
        expected=answer["expected"],
        continuations=(" A", " B") if answer.get("kind") == "choice" else (),
    )
    task = Task(
        name="t",
        kind=answer.get("kind", "generate"),
        path=Path("t.task.yaml"),
        cases=(case,),
        metrics=tuple(answer.get("metrics", ("accuracy",))),
        schema=answer.get("schema"),
    )
    response = Response(
        text=answer["reply"],
        choices=tuple(
            Choice(text=text, logprob=value, tokens=1)
            for text, value in zip(case.continuations, (-1, -2), strict=False)
        ),
        finish=answer.get("finish", "stop"),
        error=answer.get("error"),
    )
    return list(label_failure(task, case, response, answer.get("base_passed")))


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer["description"])
def test_labelled_answer(answer: Mapping[str, Any]) -> None:
    """The rules label the answer as a person did, the primary label first."""
    assert labels_of(answer) == answer["labels"]


def test_every_label_of_a_rule_occurs() -> None:
    """The labelled set exercises every rule, each as the primary label too."""
    primary = {answer["labels"][0] for answer in ANSWERS if answer["labels"]}
    assert primary == {rule.label for rule in (*RULES, WRONG_ANSWER)}


def test_a_perplexity_case_can_only_be_a_regression() -> None:
    """A text has no right or wrong reply, but it can be predicted worse than the base did."""
    answer = {"kind": "perplexity", "expected": None, "reply": "", "base_passed": True}
    assert labels_of(answer) == [Label.REGRESSION]
    assert labels_of({**answer, "base_passed": False}) == []


def test_rules_say_what_they_mean() -> None:
    """Each rule has a meaning, and its predicate one label."""
    assert len({rule.label for rule in RULES}) == len(RULES)
    assert all(rule.meaning for rule in (*RULES, WRONG_ANSWER))


def test_the_documentation_shows_the_rules() -> None:
    """``docs/deciding.md`` has the table as it is: order, meaning and threshold."""
    page = (HERE.parents[1] / "docs" / "deciding.md").read_text(encoding="utf-8")
    rows = [
        f"| {rule.label} | {rule.meaning} | {rule.threshold} |" for rule in (*RULES, WRONG_ANSWER)
    ]
    assert "\n".join(rows) in page
