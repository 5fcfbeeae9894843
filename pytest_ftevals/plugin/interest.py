"""Which tests ask models something, seen from names alone. PYTEST_DONT_REWRITE."""

from collections.abc import Iterable

import pytest

PRIVATE = frozenset({"_ftevals_base", "_ftevals_candidate", "_ftevals_model", "_ftevals_compare"})
"""What the public fixtures hang on: a user's own fixture of a public name drops out by itself."""
CASES, EVALUATES, PASS_RATE = "ftevals_cases", "evaluates", "pass_rate"

MARKERS = (
    (
        f"{EVALUATES}(*tasks): the test evaluates these tasks, though no parameter names them; "
        "they are answered in one plan with all others."
    ),
    (
        f"{PASS_RATE}(*, at_least=None, drop=None, misses=()): one test per candidate runs the "
        "body for every case and for the base too; the share of cases that pass must be `at_least` "
        "(0 to 1) and at most `drop` percentage points below the base's. Exceptions named in "
        "`misses` count as misses like failed assertions."
    ),
    f"{CASES}(task): made by TASK.cases(); one test per case.",
)


def asks_models(node: pytest.Item, fixtures: Iterable[str]) -> bool:
    """Return whether a test asks models something."""
    return not PRIVATE.isdisjoint(fixtures) or any(
        node.get_closest_marker(name) is not None for name in (CASES, EVALUATES, PASS_RATE)
    )


def parameter_id(value: object) -> str | None:
    """Return the test id of a task, without importing what tasks are made of."""
    if type(value).__module__ == "pytest_ftevals.plugin.declare":
        return str(getattr(value, "name", None) or value)
    return None
