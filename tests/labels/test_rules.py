"""Failure labels: the rules, held against a set of labelled answers."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.label import Label
from pytest_ftevals.core.metric_entry import MetricEntry
from pytest_ftevals.core.response import Choice, Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.labels.rules import RULES, WRONG_ANSWER, label_failure
from pytest_ftevals.metrics.forms import COMPARING, READING_JSON, form_of
from pytest_ftevals.metrics.json_valid import JSON_VALID
from pytest_ftevals.metrics.registry import build, metric, metric_names

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
    entry = MetricEntry(
        name=answer.get("name", answer.get("metric", "accuracy")),
        metric=answer.get("metric", "accuracy"),
        options=answer.get("options", {}),
    )
    own = build(entry, HERE)
    task = Task(
        name="t",
        kind=answer.get("kind", "generate"),
        path=Path("t.task.yaml"),
        cases=(case,),
        metrics=(entry.name,),
        custom_metrics={} if own is None else {entry.name: own},
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
    return list(label_failure(task, case, response, form_of(task), answer.get("base_passed")))


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
