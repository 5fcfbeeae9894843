"""Task files read and checked: every mistake that shows without the data, with FILE:LINE."""

import re
from collections.abc import Iterable
from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks import sections
from pytest_ftevals.tasks.check_keys import check_keys
from pytest_ftevals.tasks.check_templates import check_templates
from pytest_ftevals.tasks.fields import Fields
from pytest_ftevals.tasks.label_entries import label_entries
from pytest_ftevals.tasks.task_file import DEFAULT_TEXT, TaskFile
from pytest_ftevals.tasks.variations import variations
from pytest_ftevals.tasks.yaml_lines import read_yaml


def read_task_file(path: Path) -> TaskFile:
    """Read and check a task file; its data, few-shot rows and schema are not opened.

    Raises FtevalsError with FILE:LINE for the first mistake.
    """
    document = read_yaml(path)
    fields = Fields(document.values, document.places)
    kind = check_keys(fields)
    task_file = TaskFile(
        path=path,
        name=_name(fields),
        kind=kind,
        data=fields.text("data") or "",
        entries=sections.metric_entries(fields),
        about=fields.text("about", empty=True) or "",
        columns=sections.columns(fields),
        prompt=fields.text("prompt"),
        messages=sections.messages(fields),
        turns=sections.turns(fields),
        preamble=fields.text("preamble", empty=True),
        expected=sections.expected(fields),
        options=sections.options(fields),
        score=sections.scoring(fields),
        answer=fields.text("answer") or "",
        ending=fields.text("ending"),
        text=fields.text("text") or DEFAULT_TEXT,
        counted=fields.text("counted"),
        decode=sections.decode(fields),
        samples=sections.samples(fields),
        price=sections.price(fields),
        schema=fields.text("schema"),
        slices=fields.texts("slices") or (),
        cluster=sections.cluster(fields),
        few_shot=sections.few_shot(fields),
        variations=variations(fields),
        pass_at=fields.number("pass_at"),
        labels=label_entries(fields),
        grounded=fields.flag("grounded"),
        explanations=fields.flag("explanations"),
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


def _name(fields: Fields) -> str:
    name = fields.text("name") or ""
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
        fix = "Use letters, digits, `_`, `.` and `-` only."
        raise fields.error("name", f"{name!r} cannot be a task's name", fix)
    return name
