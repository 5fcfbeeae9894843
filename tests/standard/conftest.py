"""The bundled tasks over a few hand-made rows, laid out as `docs/data.md` says."""

from pathlib import Path

import pytest

from pytest_ftevals.core.task import Task
from pytest_ftevals.tasks import DataAccess, load_task_file, read_task_file
from pytest_ftevals.tasks.standard import standard_task

HERE = Path(__file__).parent
DATA = HERE / "data"
"""A folder for ``--ftevals-data``."""


class Tasks:
    """Loads bundled tasks over the hand-made rows."""

    data = DATA
    golden = HERE / "golden"

    def load(self, name: str, data: Path = DATA) -> Task:
        """Return a bundled task with its cases."""
        path = standard_task(name)
        assert path is not None
        return load_task_file(read_task_file(path), DataAccess(folder=data, offline=True))


@pytest.fixture(scope="session")
def tasks() -> Tasks:
    """The bundled tasks."""
    return Tasks()
