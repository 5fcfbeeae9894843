"""Task files read and checked: every mistake that shows without the data, with FILE:LINE."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.task import Kind
from pytest_ftevals.tasks import sections
from pytest_ftevals.tasks.check_templates import check_templates
from pytest_ftevals.tasks.fields import Fields
from pytest_ftevals.tasks.task_file import TaskFile
from pytest_ftevals.tasks.yaml_lines import read_yaml

SHARED_KEYS = (
    "name", "about", "kind", "data", "messages", "prompt", "preamble", "few_shot", "metrics",
    "slices", "cluster", "pass_at",
)  # fmt: skip
KIND_KEYS = {
    "generate": ("expected", "decode", "schema"),
    "choice": ("options", "answer", "score"),
}
KEYS = (*SHARED_KEYS, *KIND_KEYS["generate"], *KIND_KEYS["choice"])


def read_task_file(path: Path) -> TaskFile:
    """Read and check a task file; its data, few-shot rows and schema are not opened.

    Raises FtevalsError with FILE:LINE for the first mistake.
    """
    document = read_yaml(path)
    fields = Fields(document.values, document.places)
    kind = _kind(fields)
    _check_keys(fields, kind)
    task_file = TaskFile(
        path=path,
        name=_name(fields),
        kind=kind,
        data=fields.text("data") or "",
        metrics=fields.texts("metrics") or (),
        about=fields.text("about", empty=True) or "",
        prompt=fields.text("prompt"),
        messages=sections.messages(fields),
        preamble=fields.text("preamble", empty=True),
        expected=sections.expected(fields),
        options=sections.options(fields),
        score=sections.scoring(fields),
        answer=fields.text("answer") or "",
        decode=sections.decode(fields),
        samples=sections.samples(fields),
        schema=fields.text("schema"),
        slices=fields.texts("slices") or (),
        cluster=sections.cluster(fields),
        few_shot=sections.few_shot(fields),
        pass_at=fields.number("pass_at"),
        places=document.places,
    )
    check_templates(task_file)
    return task_file


def check_names(task_files: Iterable[TaskFile]) -> None:
    """Refuse two different task files of one name; the same file twice is fine."""
    first: dict[str, TaskFile] = {}
    for task_file in task_files:
        other = first.setdefault(task_file.name, task_file)
        if other.path.resolve() != task_file.path.resolve():
            raise FtevalsError(
                f"the task name {task_file.name!r} is taken by {other.where('name')}",
                where=task_file.where("name"),
                fix="Give each task a name of its own: results are reported and stored by name.",
            )


def _kind(fields: Fields) -> Kind:
    fields.known(KEYS)
    fields.required("kind", "a task file", fix=f"It is one of: {', '.join(get_args(Kind))}.")
    if fields.values["kind"] == "perplexity":
        fix = f"This version has: {', '.join(get_args(Kind))}."
        raise fields.error("kind", "this version has no perplexity tasks", fix)
    return "choice" if fields.choice("kind", get_args(Kind)) == "choice" else "generate"


def _check_keys(fields: Fields, kind: Kind) -> None:
    """Refuse keys of the other kind, keys that exclude each other, and missing ones."""
    for other, keys in KIND_KEYS.items():
        for key in keys:
            if other != kind and key in fields.values:
                what = f"`{key}` belongs to {other} tasks, and this is a {kind} task"
                fix = f"A {kind} task may have: {', '.join((*SHARED_KEYS, *KIND_KEYS[kind]))}."
                raise fields.error(key, what, fix)
    for key in ("name", "data", "metrics"):
        fields.required(key, "a task file")
    if "prompt" in fields.values and "messages" in fields.values:
        fix = "Keep `messages` for a chat, or `prompt` for plain text."
        raise fields.error("messages", "`messages` and `prompt` exclude each other", fix)
    if "messages" not in fields.values:
        fix = "For a chat write `messages` instead."
        fields.required("prompt", f"a {kind} task", at="kind", fix=fix)
    elif "preamble" in fields.values:
        fix = "In a chat write it as a message with `role: system`."
        raise fields.error("preamble", "`preamble` goes with `prompt` only", fix)
    if kind == "choice":
        fields.required("answer", "a choice task", at="kind")
    elif "few_shot" in fields.values:
        fix = "An example shows what is expected after its prompt."
        fields.required("expected", "`few_shot`", at="few_shot", fix=fix)


def _name(fields: Fields) -> str:
    name = fields.text("name") or ""
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
        fix = "Use letters, digits, `_`, `.` and `-` only."
        raise fields.error("name", f"{name!r} cannot be a task's name", fix)
    return name
