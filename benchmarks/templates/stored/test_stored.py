"""A test for each case, the reply taken from the store."""

# Written as users write their tests: without annotations.
# ruff: noqa: ANN001, ANN201, S101
# mypy: allow-untyped-defs

from pytest_ftevals import load_task

sums = load_task("sums.task.yaml")


@sums.cases()
def test_replies(base, case):
    """The reply is a text."""
    assert isinstance(base.generate(case).text, str)
