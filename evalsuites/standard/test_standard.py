"""What a fine-tune must not break: general benchmarks drop by at most three points.

    pytest evalsuites/standard --ftevals-base ORG/MODEL --ftevals-candidate ADAPTER

Tests whose data are not at hand are skipped, and say how to get them.
"""

# Written as users write their tests: without annotations.
# ruff: noqa: ANN001, ANN201
# mypy: allow-untyped-defs

import pytest

from pytest_ftevals import load_task

mmlu = load_task("mmlu", missing_data="skip")
hellaswag = load_task("hellaswag", missing_data="skip")
arc_easy = load_task("arc_easy", missing_data="skip")
arc_challenge = load_task("arc_challenge", missing_data="skip")
truthfulqa_mc1 = load_task("truthfulqa_mc1", missing_data="skip")
truthfulqa_mc2 = load_task("truthfulqa_mc2", missing_data="skip")


@pytest.mark.parametrize("task", [mmlu, hellaswag, arc_easy, arc_challenge])
def test_ability_is_kept(compare, task):
    """Knowledge of 57 subjects, everyday sense, school science."""
    assert compare(task).drop <= 3


@pytest.mark.parametrize("task", [truthfulqa_mc1, truthfulqa_mc2])
def test_truthfulness_is_kept(compare, task):
    """True answers stay as likely against common misconceptions."""
    assert compare(task).drop <= 3
