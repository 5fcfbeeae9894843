"""HellaSwag: the base and a candidate on all questions."""

# Written as users write their tests: without annotations.
# ruff: noqa: ANN001, ANN201, S101
# mypy: allow-untyped-defs

import pytest

from pytest_ftevals import load_task

hellaswag = load_task("hellaswag.task.yaml")


@pytest.mark.parametrize("task", [hellaswag])
def test_is_compared(compare, task):
    """Both variants answer every question."""
    assert compare(task)["accuracy"] >= 0
