"""docs/tasks.md: every example works, and every key is described."""

import re
from pathlib import Path

import pytest

from pytest_ftevals.core.request import Decode
from pytest_ftevals.core.task import Task
from pytest_ftevals.tasks import KEYS, load_task_file, read_task_file

DOCS = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r'^```(\w+)(?: title="([^"\n]+)")?\n(.*?)^```$', DOCS, re.MULTILINE | re.DOTALL)
FILES = {title: text for _, title, text in BLOCKS if title}
FRAGMENTS = [text for language, title, text in BLOCKS if language == "yaml" and not title]
TASKS = [name for name in FILES if name.endswith(".task.yaml")]


def load(folder: Path, name: str) -> Task:
    """Write all files of the page into a folder and load one task."""
    for title, text in FILES.items():
        (folder / title).write_text(text, encoding="utf-8")
    return load_task_file(read_task_file(folder / name))


@pytest.mark.parametrize("name", TASKS)
def test_examples_load(tmp_path: Path, name: str) -> None:
    """Every task file on the page loads with the data on the page."""
    task = load(tmp_path, name)
    assert task.cases
    assert f"{task.name}.task.yaml" == name


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_fragments_are_valid(tmp_path: Path, fragment: str) -> None:
    """Every single key that the page shows can stand in a task file."""
    key = fragment.partition(":")[0]
    choice = 'kind: choice\nanswer: "0"\n'
    generate = "kind: generate\nexpected: x\n"
    rest = "name: x\ndata: x.jsonl\nprompt: x\nmetrics: [m]\n"
    if key == "preamble":
        rest += "few_shot: {data: x.jsonl, count: 1, match: category}\n"
    scored = "kind: perplexity\n"
    heads = {"kind": choice, "score": choice, "text": scored, "counted": scored}
    text = heads.get(key, generate) + rest
    kept = [line for line in text.splitlines() if not line.startswith(f"{key}:")]
    path = tmp_path / "x.task.yaml"
    path.write_text("\n".join([*kept, fragment]), encoding="utf-8")
    assert read_task_file(path).line_of(key) == len(kept) + 1


def test_every_key_has_a_section_and_a_row() -> None:
    """The page describes exactly the keys that there are."""
    sections = re.findall(r"^### (\w+)$", DOCS, re.MULTILINE)
    assert sorted(sections) == sorted([*KEYS, "Templates"])
    assert sorted(re.findall(r"^\| \[`(\w+)`\]", DOCS, re.MULTILINE)) == sorted(KEYS)


def test_every_decoding_setting_has_a_row() -> None:
    """The table of decoding settings is complete."""
    assert re.findall(r"^\| `(\w+)` \|", DOCS, re.MULTILINE) == [*Decode().to_json(), "samples"]


def test_the_prompt_that_the_page_shows(tmp_path: Path) -> None:
    """The rendered prompt on the page is what comes out."""
    [case] = load(tmp_path, "clinical.task.yaml").cases
    assert case.prompt == FILES["clinical prompt"].rstrip("\n")
    assert case.continuations == (" A", " B")
