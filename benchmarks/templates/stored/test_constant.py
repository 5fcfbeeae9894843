"""The same tests with a constant instead of a model, in plain pytest."""

# Written as users write their tests: without annotations.
# ruff: noqa: ANN001, ANN201, S101
# mypy: allow-untyped-defs

import json
from pathlib import Path

import pytest

REPLY = " 7"
with Path(__file__).with_name("sums.jsonl").open(encoding="utf-8") as file:
    CASES = [json.loads(line) for line in file]


@pytest.mark.parametrize("case", CASES, ids=[str(number + 1) for number in range(len(CASES))])
def test_replies(case):
    """The reply is a text."""
    assert case
    assert isinstance(REPLY, str)
