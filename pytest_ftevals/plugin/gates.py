"""How many thresholds the selected tests state: they share the error of refuting.

The number must be known before the first threshold is decided, since an assert ends its test at
once. So it is read off the tests' source: every comparison in an assert, once a test item.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterable

import pytest

from pytest_ftevals.plugin.interest import PASS_RATE

_COMPARES = "_ftevals_compare"


def count_gates(items: Iterable[pytest.Item]) -> int:
    """Return how many thresholds these tests state, at least 1.

    A loop in a test's body counts once, and so does a test whose source cannot be read.
    """
    known: dict[object, int] = {}
    total = 0
    for item in items:
        if (mark := item.get_closest_marker(PASS_RATE)) is not None:
            total += len({"at_least", "drop"} & set(mark.kwargs))
        elif _COMPARES in getattr(item, "fixturenames", ()):
            function = getattr(item, "obj", None)
            function = getattr(function, "__func__", function)
            if function not in known:
                known[function] = max(1, _comparisons(function))
            total += known[function]
    return max(1, total)


def _comparisons(function: object) -> int:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))  # type: ignore[arg-type]  # checked below: TypeError
    except (OSError, TypeError, SyntaxError):
        return 1
    asserts = (node for node in ast.walk(tree) if isinstance(node, ast.Assert))
    return sum(
        len(node.ops)
        for one in asserts
        for node in ast.walk(one.test)
        if isinstance(node, ast.Compare)
    )
