"""What the plugin keeps on pytest's config. PYTEST_DONT_REWRITE."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_ftevals.plugin.evals import Evals

EVALS = pytest.StashKey["Evals"]()
"""The session's evaluations, made when the first test that asks models is seen."""


def evals_of(config: pytest.Config) -> "Evals":
    """Return the session's evaluations, made on first use."""
    found = config.stash.get(EVALS, None)
    if found is None:
        from pytest_ftevals.plugin.evals import Evals

        found = config.stash[EVALS] = Evals(config)
    return found
