"""MMLU: the base and a candidate on all questions."""

# Written as users write their tests: without annotations.
# ruff: noqa: ANN001, ANN201, S101
# mypy: allow-untyped-defs

import pytest

from pytest_ftevals import load_task

mmlu = load_task("mmlu.task.yaml")


@pytest.mark.parametrize("task", [mmlu])
def test_is_compared(compare, task):
    """Both variants answer every question."""
    assert compare(task)["accuracy"] >= 0
