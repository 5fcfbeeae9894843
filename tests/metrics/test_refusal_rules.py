"""The rules of refusal: each finds its examples and leaves its counter-examples alone."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from pytest_ftevals.metrics.refusal_rules import SHIPPED, Rules, shipped_rules

DATA: Mapping[str, Any] = json.loads(SHIPPED.read_text(encoding="utf-8"))


def replies(kind: str) -> list[Any]:
    """Return every rule with each of its replies of a kind."""
    return [
        pytest.param(rule["pattern"], reply, id=f"{number}: {reply}")
        for number, rule in enumerate(DATA["rules"], start=1)
        for reply in rule[kind]
    ]


@pytest.mark.parametrize(("pattern", "reply"), replies("examples"))
def test_a_rule_finds_its_examples(pattern: str, reply: str) -> None:
    """By itself, so that no rule lives on another's."""
    assert Rules(patterns=(pattern,), opening=DATA["opening"]).refusal(reply)


@pytest.mark.parametrize(("pattern", "reply"), replies("counterexamples"))
def test_counterexamples_are_no_refusals(pattern: str, reply: str) -> None:
    """No rule at all matches them."""
    assert pattern
    assert not shipped_rules().refusal(reply)


def test_every_rule_has_both() -> None:
    """A rule without a counter-example is one that nobody has tried to break."""
    for rule in DATA["rules"]:
        assert rule.keys() == {"pattern", "examples", "counterexamples"}
        assert rule["examples"]
        assert rule["counterexamples"]


def test_the_file_is_not_read_at_import() -> None:
    """Every run that knows of metrics would pay for it."""
    code = (
        "import sys\n"
        "def hook(event, args):\n"
        "    if event == 'open' and str(args[0]).endswith('refusal_rules.json'):\n"
        "        sys.exit('read')\n"
        "sys.addaudithook(hook)\n"
        "import pytest_ftevals.metrics.registry\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
