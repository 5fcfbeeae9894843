"""Mistakes in where data come from: hub data sets, bundled tasks, Parquet files."""

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mistakes.conftest import Project


@pytest.fixture(autouse=True)
def without_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test here may ask the hub."""
    monkeypatch.setitem(sys.modules, "datasets", None)


def _data(project: "Project", written: str) -> None:
    project.replace("towns.task.yaml", "data: towns.jsonl", f'data: "{written}"')


@pytest.mark.parametrize(
    ("written", "what"),
    [("hub:org/towns", "names no split"), ("hub:towns#test", "names no hub data set")],
)
def test_no_hub_data_set(project: "Project", written: str, what: str) -> None:
    """The form is shown at the line of the task file."""
    _data(project, written)
    project.refused(code=2).says(
        f"towns.task.yaml:3: {written!r} {what}",
        "Write hub:ORG/NAME[:CONFIG][@REVISION]#SPLIT, like hub:cais/mmlu:all#test.",
    )


def test_data_that_are_nowhere(project: "Project") -> None:
    """Both ways to get them are named."""
    _data(project, "hub:org/towns:all#test")
    project.refused(code=2).says(
        "towns.task.yaml:3: the data set hub:org/towns:all#test is not at hand: `datasets`, which "
        "reads the hub, is not installed",
        "Either run with --ftevals-data=DIR, where DIR has org/towns/all/test.jsonl",
        "hf download org/towns --repo-type dataset --local-dir DIR/org/towns",
        "pip install 'pytest-ftevals[hub]'",
    )


def test_folder_without_the_data(project: "Project") -> None:
    """What the folder lacks is named."""
    _data(project, "hub:org/towns#test")
    project.refused(f"--ftevals-data={project.path}", code=2).says(
        f"--ftevals-data {project.path} has no org/towns/test.jsonl, and `datasets`"
    )


def test_broken_row_of_a_folder(project: "Project") -> None:
    """A row in the folder is named by file and line."""
    _data(project, "hub:org/towns#test")
    project.write("sets/org/towns/test.jsonl", '{"town": "Paris", "land": "x"}\n{"town"}\n')
    project.refused("--ftevals-data=sets", code=2).says("sets/org/towns/test.jsonl:2: is not JSON")


def test_no_parquet_file(project: "Project") -> None:
    """A broken table is named."""
    pytest.importorskip("pyarrow", reason="needs the extra [parquet]")
    _data(project, "towns.parquet")
    project.write("towns.parquet", "no table")
    project.refused(code=2).says("towns.parquet: is no Parquet file that can be read: ")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("mmul", ("there is no bundled task 'mmul'", "Did you mean 'mmlu'? Bundled are arc_chall")),
        ("towns", ("there is no bundled task 'towns'", "load_task('NAME.task.yaml')")),
        ("../mmlu", ("there is no bundled task '../mmlu'", "Bundled are")),
    ],
)
def test_no_bundled_task(project: "Project", name: str, parts: tuple[str, ...]) -> None:
    """The bundled tasks are listed."""
    project.test(f'other = load_task("{name}")')
    project.refused(code=2).says("test_towns.py:6: ", *parts)


def test_no_way_with_missing_data(project: "Project") -> None:
    """The two ways are named."""
    project.test('other = load_task("mmlu", missing_data="ignore")')
    project.refused(code=2).says(
        "test_towns.py:6: load_task(missing_data='ignore'): there is no such way",
        "It is one of: error, skip.",
    )
