"""docs/lm-eval.md: its arguments, and the shapes that it says are compared."""

import inspect
import re
from pathlib import Path

from pytest_ftevals import load_task

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "lm-eval.md").read_text(encoding="utf-8")
TASKS = (Path(__file__).parent / "conftest.py").read_text(encoding="utf-8")


def test_every_argument_is_described() -> None:
    """The table has all that `load_task` takes for a task of lm-eval, and nothing else."""
    table = PAGE.partition("| argument of `load_task` |")[2].partition("\n\n")[0]
    described = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    taken = {*inspect.signature(load_task).parameters} - {"source", "relative_to"}
    assert described == taken


def test_every_shape_that_is_named_is_tested() -> None:
    """Each metric of the page's table is one of the local tasks'."""
    table = PAGE.partition("| output type | shapes |")[2].partition("\n\n")[0]
    names = set(re.findall(r"`([\w+]+)`", table))
    assert len(names) > 20
    assert {name for name in names if f'"{name}"' not in TASKS} == set()


def test_its_test_is_where_it_says() -> None:
    """A page that names a file names one that is there."""
    files = re.findall(r"`(tests/[\w/.]+)`", PAGE)
    assert files
    assert all((ROOT / name).is_file() for name in files)
