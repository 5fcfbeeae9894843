"""What the registry holds of a metric that takes options."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pytest_ftevals.core.task import Metric
from pytest_ftevals.metrics.options import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class Configurable:
    """How a metric is made from its options in a task file."""

    name: str
    keys: tuple[str, ...]
    """The options it takes besides `extract` and `take`."""
    make: Callable[[Options], Metric]
    """Makes it; raises FtevalsError for values that it cannot use."""

    def plain(self) -> Metric:
        """Return the metric without options, as a bare name in a task file means it."""
        return self.make(Options(self.name, {}, Path()))
