"""A folder with a task file and its data, written and loaded in one line."""

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.task import Task
from pytest_ftevals.tasks import TaskFile, load_task_file, read_task_file

GENERATE = {
    "name": "name: demo",
    "kind": "kind: generate",
    "data": "data: rows.jsonl",
    "prompt": 'prompt: "{{ question }}"',
    "expected": 'expected: "{{ answer }}"',
    "metrics": "metrics: [accuracy]",
}
CHOICE = {
    "name": "name: demo",
    "kind": "kind: choice",
    "data": "data: rows.jsonl",
    "prompt": 'prompt: "{{ question }}"',
    "answer": 'answer: "{{ answer }}"',
    "metrics": "metrics: [accuracy]",
}


class Folder:
    """A folder of task files and data."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, text: str) -> Path:
        """Write a text file as it is, line ends included."""
        path = self.path / name
        path.write_bytes(text.encode())
        return path

    def rows(self, *rows: Any, name: str = "rows.jsonl") -> Path:
        """Write a JSONL file."""
        return self.write(name, "".join(json.dumps(row) + "\n" for row in rows))

    def yaml(self, text: str) -> TaskFile:
        """Write and read a whole task file."""
        return read_task_file(self.write("demo.task.yaml", text))

    def generate(self, *extra: str, **changed: str) -> TaskFile:
        """Read a generate task of six lines (name to metrics), some changed, more added."""
        return self.yaml("\n".join([*({**GENERATE, **changed}).values(), *extra]))

    def choice(self, *extra: str, **changed: str) -> TaskFile:
        """Read a choice task of six lines (name to metrics), some changed, more added."""
        return self.yaml("\n".join([*({**CHOICE, **changed}).values(), *extra]))

    def load(self, task_file: TaskFile) -> Task:
        """Load a task file's cases."""
        return load_task_file(task_file)

    def read_error(self, text: str) -> str:
        """Return why a whole task file is refused, the folder's path left out."""
        with pytest.raises(FtevalsError) as caught:
            self.yaml(text)
        return self._short(caught.value)

    def load_error(self, task_file: TaskFile) -> str:
        """Return why a task file's data is refused, the folder's path left out."""
        with pytest.raises(FtevalsError) as caught:
            load_task_file(task_file)
        return self._short(caught.value)

    def _short(self, error: FtevalsError) -> str:
        return str(error).replace(f"{self.path}/", "")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty folder for one test."""
    return Folder(tmp_path)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A folder that the examples of a property test write over."""
    return Folder(tmp_path_factory.mktemp("shared"))
