"""Hooks that a project or another plugin may implement. PYTEST_DONT_REWRITE."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_ftevals.core.judge import Judge


@pytest.hookspec(firstresult=True)
def pytest_ftevals_judge(config: pytest.Config) -> "Judge | None":
    """Return what judges the explanations of right answers, for tasks with ``explanations: true``.

    Called in the process that writes the report, when the first such answer is met; the first
    implementation that returns something other than None is used. None: labels that need a judge
    are left off.
    """
