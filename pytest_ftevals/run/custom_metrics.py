"""Custom metrics, for the plugin: their names, and where workers have them from."""

import sys

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.metrics.custom_found import load_module
from pytest_ftevals.metrics.registry import is_taken
from pytest_ftevals.run.tested import Gathered

__all__ = ["is_taken", "load_metrics"]


def load_metrics(gathered: Gathered) -> tuple[str, ...]:
    """Load what defines custom metrics in any process of a run; return what cannot be, and why.

    A controller of workers reads tasks for the record, and has imported no test itself.
    """
    known = set(sys.path)
    sys.path[:0] = [folder for folder in gathered.import_path if folder not in known]
    unloaded = []
    for name, file in gathered.metric_modules:
        try:
            load_module(name, file)
        except FtevalsError as error:
            unloaded.append(" ".join(str(error).split()))
    return tuple(unloaded)
