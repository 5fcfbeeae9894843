"""The demo suite: is an adapter better at tickets, and did it keep what the base knew?

Every way of writing an evaluation is shown once. `good` passes all; `forgetful` answers tickets and
fails `test_general_knowledge_is_kept`:

    pytest evalsuites/demo
    pytest evalsuites/demo --ftevals-candidate evalsuites/demo/models/forgetful
"""

# Written as users write their tests: without annotations.
# ruff: noqa: ANN001, ANN201
# mypy: allow-untyped-defs

import pytest

from pytest_ftevals import load_task

general = load_task("general.task.yaml")
products = load_task("products.task.yaml")
tickets = load_task("tickets.task.yaml")
smoke = load_task("tickets_smoke.task.yaml")


@pytest.mark.parametrize("task", [general, products])
def test_general_knowledge_is_kept(compare, task):
    """Nothing that the base knew is lost: at most three points."""
    assert compare(task).drop <= 3


@pytest.mark.evaluates(tickets)
def test_routes_tickets(compare):
    """The adapter does the job that it was made for, in both languages."""
    result = compare(tickets)
    assert result["accuracy"] >= 0.80
    assert result["accuracy"].gain >= 30
    assert result["json_valid"] >= 0.95
    assert result["json_schema"] >= 0.95
    assert result["f1_macro"].slice("language=de") >= 0.80


@smoke.cases()
def test_reply_matches_schema(candidate, case):
    """Each of these tickets is a test of its own."""
    reply = candidate.generate(case)
    assert reply.json(schema="ticket.schema.json")["category"] == case.expected["category"]


@pytest.mark.pass_rate(at_least=0.90, drop=3)
@tickets.cases()
def test_names_the_product(model, case):
    """Any assert becomes a metric: single misses are allowed, a low rate or a drop is not."""
    assert case.row["product"] in model.generate(case).text
