"""What xdist's controller and workers tell each other. PYTEST_DONT_REWRITE."""

from typing import Any

import pytest

OUTPUT = "ftevals"
"""The key of what a worker hands to the controller at its end."""
STORE = "ftevals_store"
"""The key of what the controller tells its workers."""


def worker_input(config: pytest.Config) -> dict[str, Any] | None:
    """Return what the controller told this process; None where it is no worker."""
    found: dict[str, Any] | None = getattr(config, "workerinput", None)
    return found
