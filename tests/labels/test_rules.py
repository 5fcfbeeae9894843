"""Failure labels: the rules, held against single answers, each made to be decided."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.label import Label
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.labels.rules import label_failure, rules
from pytest_ftevals.metrics.forms import COMPARING, READING_JSON, form_of
from pytest_ftevals.metrics.json_valid import JSON_VALID
from pytest_ftevals.metrics.registry import metric, metric_names
from tests.labels.labelled import labels_of, made

HERE = Path(__file__).parent
ANSWERS = json.loads((HERE / "answers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer["description"])
def test_labelled_answer(answer: Mapping[str, Any]) -> None:
    """The rules label the answer as its author did, the primary label first."""
    assert labels_of(made(answer, answer, answer.get("prompt", "?"))) == answer["labels"]


def test_every_label_of_a_rule_occurs() -> None:
    """The labelled set exercises every rule, each as the primary label too."""
    primary = {answer["labels"][0] for answer in ANSWERS if answer["labels"]}
    assert primary == {rule.label for rule in rules()}


def test_a_perplexity_case_can_only_be_a_regression() -> None:
    """A text has no right or wrong reply, but it can be predicted worse than the base did."""
    answer: dict[str, Any] = {"kind": "perplexity", "expected": None, "reply": "", "labels": []}
    worse = {**answer, "base_passed": True}
    assert labels_of(made(worse, worse)) == [Label.REGRESSION]
    same = {**answer, "base_passed": False}
    assert labels_of(made(same, same)) == []


LOOKING = {"contains", "regex", "numeric", "fact_coverage", "function_call", "choice_probability"}
LOOKING |= {"accuracy_norm", "brier", "calibration_error", "refusal_correct", "over_refusal"}
LOOKING |= {"under_refusal", *(name for name in metric_names() if name.startswith("ifeval_"))}
NO_REPLIES = {"loss", "bits_per_byte", "tokens_per_second", "time_to_first_token", "cost_per_1000"}


def test_the_form_of_every_metric_is_known() -> None:
    """A new one must be thought about; those that read no replies at all don't matter."""
    others = {
        name
        for name in metric_names()
        if name not in NO_REPLIES and not name.startswith(("latency_", "peak_"))
        if not name.endswith("_perplexity")
    }
    assert others == {one for one in COMPARING if one not in CLASS_RATIOS} | READING_JSON | LOOKING
    for ratio in CLASS_RATIOS:
        assert metric(f"{ratio}:a").name == f"{ratio}:a"


CLASS_RATIOS = {"precision", "recall", "f1"}


def test_nothing_is_known_of_a_metric_that_a_task_brings() -> None:
    """Not even where it has a name of the registry, as those of lm-evaluation-harness have."""
    case = Case(id="1", task="t", prompt="?", expected="x")
    task = Task(
        name="t",
        kind="generate",
        path=Path("t.task.yaml"),
        cases=(case,),
        metrics=("json_valid",),
        custom_metrics={"json_valid": JSON_VALID},
    )
    response = Response(text="word " * 99)
    assert label_failure(task, case, response, form_of(task), None) == (Label.WRONG_ANSWER,)


def test_a_tasks_own_labels_go_first() -> None:
    """Before every rule of ours, which add theirs; what names one of ours does not stand twice."""
    answer = made({}, {"expected": "Paris", "reply": "", "labels": [], "base_passed": True})
    form = form_of(answer.task)

    def labelled(*own: str) -> list[str]:
        given = (answer.task, answer.case, answer.response, form, answer.base_passed)
        return list(label_failure(*given, own))

    assert labelled("no city") == ["no city", "too short", "regression from base"]
    assert labelled("too short") == ["too short", "regression from base"]
    assert labelled("wrong answer") == ["wrong answer", "too short", "regression from base"]


def test_all_labels_but_two_have_a_rule() -> None:
    """A regression is known from the base, and an explanation is judged."""
    without = {Label.REGRESSION, Label.BAD_EXPLANATION}
    assert [rule.label for rule in rules()][-1] is Label.WRONG_ANSWER
    assert {rule.label for rule in rules()} == set(Label) - without
    assert len(rules()) == len(Label) - 2


def test_the_documentation_shows_the_rules() -> None:
    """``docs/labels.md`` has the table as it is: order, meaning, threshold and what misleads."""
    page = (HERE.parents[1] / "docs" / "labels.md").read_text(encoding="utf-8")
    rows = [
        f"| {rule.label} | {rule.meaning} | {rule.threshold} | {rule.misleading} |"
        for rule in rules()
    ]
    assert "\n".join(rows) in page
