"""Signatures: what a published value of BLEU, chrF or TER must come with.

Post 2018, "A call for clarity in reporting BLEU scores", arXiv 1804.08771: values with different
signatures cannot be compared.
"""

from importlib.metadata import version

from pytest_ftevals.core.task import Metric, Task
from pytest_ftevals.metrics.configured import Configured
from pytest_ftevals.metrics.needs import references
from pytest_ftevals.metrics.registry import metric_of
from pytest_ftevals.metrics.translation import LIBRARY


def signatures(task: Task) -> dict[str, str]:
    """Return sacrebleu's signature of every metric of a task that has one, by the metric's name."""
    found = {name: signature(metric_of(task, name), task) for name in task.metrics}
    return {name: text for name, text in found.items() if text}


def signature(metric: Metric, task: Task) -> str:
    """Return the signature of a metric on a task, as sacrebleu spells it; empty without one."""
    inner = metric.inner if isinstance(metric, Configured) else metric
    if inner.value_libraries != (LIBRARY,) or not isinstance(inner.settings, dict):
        return ""
    numbers = {len(references(case)) for case in task.cases}
    count = numbers.pop() if len(numbers) == 1 else "var"
    pairs = {"nrefs": count, **inner.settings, "version": version(LIBRARY)}
    return "|".join(f"{key}:{value}" for key, value in pairs.items())
