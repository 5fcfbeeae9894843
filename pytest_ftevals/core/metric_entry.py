"""How a task file names a metric: by its name, or with options of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_ftevals.core.canonical import JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricEntry:
    """One item under ``metrics:``."""

    name: str
    """What tests and reports call it; unique within a task."""
    metric: str
    """The metric it is: a name of the registry, or ``module:function``."""
    options: Mapping[str, JSON] = field(default_factory=dict, hash=False)
    """The metric's own options; empty where there are none."""
