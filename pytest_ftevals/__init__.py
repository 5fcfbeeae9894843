"""Evaluations of fine-tuned language models as regression tests. PYTEST_DONT_REWRITE.

The public names are loaded on first use, so that a project without evaluations pays nothing.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_ftevals.core.errors import FtevalsError
    from pytest_ftevals.core.score import Score
    from pytest_ftevals.plugin.custom_metric import metric
    from pytest_ftevals.plugin.declare import load_task

__all__ = ["FtevalsError", "Score", "load_task", "metric"]

_HOMES = {
    "FtevalsError": "pytest_ftevals.core.errors",
    "Score": "pytest_ftevals.core.score",
    "load_task": "pytest_ftevals.plugin.declare",
    "metric": "pytest_ftevals.plugin.custom_metric",
}


def __getattr__(name: str) -> object:
    """Import a public name from its home (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
