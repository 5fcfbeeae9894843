"""TREC: one test for each question and variant."""

# Written as users write their tests: without annotations.
# ruff: noqa: ANN001, ANN201, S101
# mypy: allow-untyped-defs

from pytest_ftevals import load_task

trec = load_task("trec.task.yaml")


@trec.cases()
def test_replies(model, case):
    """The variant has replied; what it said is compared with the other side's replies."""
    assert model.generate(case).finish in {"stop", "length"}
