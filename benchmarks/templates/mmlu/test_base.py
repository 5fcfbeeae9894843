"""MMLU: the base alone, so that its answers are stored."""

# Written as users write their tests: without annotations.
# ruff: noqa: ANN001, ANN201, S101
# mypy: allow-untyped-defs

from pytest_ftevals import load_task

mmlu = load_task("mmlu.task.yaml")


@mmlu.cases()
def test_answers(base, case):
    """The base answers every question."""
    assert base.generate(case).text
