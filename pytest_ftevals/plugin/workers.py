"""What xdist's controller and workers tell each other. PYTEST_DONT_REWRITE."""

from typing import Any

import pytest

OUTPUT = "ftevals"
"""The key of what a worker hands to the controller at its end."""
STORE = "ftevals_store"
"""The key of the store that the controller gives its workers, where the run keeps none."""
MESSAGES = "ftevals_messages"
"""The key of the folder in which workers tell what no report can carry yet."""
WATCHED = "ftevals_watched"
"""The key of whether somebody looks at the progress."""
PLANNED = "planned"
"""The kind of message that holds a worker's `Tally` before it answers."""


def worker_input(config: pytest.Config) -> dict[str, Any] | None:
    """Return what the controller told this process; None where it is no worker."""
    found: dict[str, Any] | None = getattr(config, "workerinput", None)
    return found


def worker_id(report: pytest.TestReport) -> str:
    """Return the worker that ran a test; empty where there are none."""
    return str(getattr(report, "worker_id", ""))
