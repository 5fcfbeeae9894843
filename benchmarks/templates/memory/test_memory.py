"""Replies and log-likelihoods of the base and all candidates."""

# Written as users write their tests: without annotations.
# ruff: noqa: ANN001, ANN201, S101
# mypy: allow-untyped-defs

from pytest_ftevals import load_task

trec = load_task("trec.task.yaml")
hellaswag = load_task("hellaswag.task.yaml")


@trec.cases()
def test_replies(model, case):
    """The variant has replied."""
    assert model.generate(case).finish in {"stop", "length"}


@hellaswag.cases()
def test_chooses(model, case):
    """The variant has chosen an ending."""
    assert model.generate(case).text
