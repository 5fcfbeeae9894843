"""docs/standard-tasks.md and docs/data.md: what they list is what there is."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.tasks import TaskFile, read_task_file
from pytest_ftevals.tasks.data_folder import split_files
from pytest_ftevals.tasks.hub_source import read_hub_source
from pytest_ftevals.tasks.standard import standard_names, standard_task

if TYPE_CHECKING:
    from tests.standard.conftest import Tasks

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "standard-tasks.md").read_text(encoding="utf-8")
DATA = (DOCS / "data.md").read_text(encoding="utf-8")


def _task_file(name: str) -> TaskFile:
    path = standard_task(name)
    assert path is not None
    return read_task_file(path)


def _row(name: str) -> list[str]:
    (line,) = re.findall(rf"^\| `{name}` \| (?:choice|generate|perplexity) .*$", PAGE, re.MULTILINE)
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize("name", standard_names())
def test_the_table_of_tasks(name: str) -> None:
    """Kind, data, number of examples and metrics are those of the task file."""
    task_file = _task_file(name)
    _, kind, data, _, examples, metrics = _row(name)
    count = 0 if task_file.few_shot is None else task_file.few_shot.count
    assert (kind, data, examples) == (task_file.kind, f"`{task_file.data}`", str(count))
    assert metrics == ", ".join(f"`{metric}`" for metric in task_file.metrics)


@pytest.mark.parametrize("name", standard_names())
def test_the_table_of_files(tasks: "Tasks", name: str) -> None:
    """A folder with these files and no others is all that a task needs."""
    (line,) = re.findall(rf"^\| .*`{name}`.* \| (.*) \|$", DATA, re.MULTILINE)
    listed = re.findall(r"`([^`]+)`", line)
    task_file = _task_file(name)
    few_shot = task_file.few_shot
    named = [task_file.data] + ([few_shot.data] if few_shot is not None else [])
    sources = [read_hub_source(written, where="") for written in named]
    found = [split_files(source, tasks.data) for source in sources if source is not None]
    assert [[str(path.relative_to(tasks.data)) for path in paths] for paths in found] == [
        [path] for path in listed
    ]


def test_every_task_is_listed_once() -> None:
    """No other task is in the table."""
    listed = re.findall(r"^\| `(\w+)` \| (?:choice|generate|perplexity) ", PAGE, re.MULTILINE)
    assert sorted(listed) == [*standard_names()]
