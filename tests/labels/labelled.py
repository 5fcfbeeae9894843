"""Labelled answers as cases and responses, and the labels that rules give them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_ftevals.core.case import Case, Message
from pytest_ftevals.core.metric_entry import MetricEntry
from pytest_ftevals.core.response import Choice, Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.labels.rules import label_failure
from pytest_ftevals.metrics.forms import form_of
from pytest_ftevals.metrics.registry import build

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """An answer that its author has labelled."""

    task: Task
    case: Case
    response: Response
    base_passed: bool | None
    labels: tuple[str, ...]
    passed: bool = False
    judge: bool | None = None


def made(spec: Mapping[str, Any], answer: Mapping[str, Any], prompt: Any = "?") -> Labelled:
    """Return a labelled answer; `spec` says what its task is like."""
    case = Case(
        id="1",
        task="t",
        prompt=prompt,
        expected=answer["expected"],
        options=("yes", "no") if spec.get("kind") == "choice" else (),
        continuations=(" A", " B") if spec.get("kind") == "choice" else (),
        row=answer.get("row", {}),
    )
    metric = spec.get("metric", "accuracy")
    entry = MetricEntry(
        name=spec.get("name", metric), metric=metric, options=spec.get("options", {})
    )
    own = build(entry, HERE)
    task = Task(
        name="t",
        kind=spec.get("kind", "generate"),
        path=Path("t.task.yaml"),
        cases=(case,),
        metrics=(entry.name,),
        custom_metrics={} if own is None else {entry.name: own},
        schema=spec.get("schema"),
        grounded=spec.get("grounded", False),
        explanations=spec.get("explanations", False),
        pass_at=spec.get("pass_at"),
    )
    response = Response(
        text=answer["reply"],
        choices=tuple(
            Choice(text=text, logprob=value, tokens=1)
            for text, value in zip(case.continuations, (-2, -1), strict=False)
        ),
        finish=answer.get("finish", "stop"),
        error=answer.get("error"),
    )
    return Labelled(
        task=task,
        case=case,
        response=response,
        base_passed=answer.get("base_passed"),
        labels=tuple(answer["labels"]),
        passed=answer.get("passed", False),
        judge=answer.get("judge"),
    )


def agreement_set(name: str) -> list[Labelled]:
    """Return a set that agreement is measured on, by its file's name."""
    tasks = json.loads((HERE / "agreement_tasks.json").read_text(encoding="utf-8"))
    text = (HERE / f"{name}.jsonl").read_text(encoding="utf-8")
    found = []
    for line in text.splitlines():
        answer = json.loads(line)
        spec = tasks[answer["task"]]
        prompt: Any = spec.get("prompt", "").replace("{input}", answer["input"])
        if "messages" in spec:
            said = [(one["role"], one["content"]) for one in spec["messages"]]
            prompt = tuple(
                Message(role=role, content=text.replace("{input}", answer["input"]))
                for role, text in said
            )
        found.append(made(spec, answer, prompt))
    return found


def labels_of(answer: Labelled) -> list[str]:
    """Return the labels that the rules give a failed answer."""
    form = form_of(answer.task)
    return list(label_failure(answer.task, answer.case, answer.response, form, answer.base_passed))
