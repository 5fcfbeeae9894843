"""Every metric by its name."""

from collections.abc import Mapping
from types import MappingProxyType

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.suggest import did_you_mean
from pytest_ftevals.metrics.accuracy import ACCURACY
from pytest_ftevals.metrics.choice_probability import CHOICE_PROBABILITY
from pytest_ftevals.metrics.classification import Classification, Ratio
from pytest_ftevals.metrics.exact_match import EXACT_MATCH
from pytest_ftevals.metrics.field_accuracy import FIELD_ACCURACY
from pytest_ftevals.metrics.json_schema import JSON_SCHEMA
from pytest_ftevals.metrics.json_valid import JSON_VALID
from pytest_ftevals.metrics.protocol import Metric
from pytest_ftevals.metrics.rouge import rouge

_METRICS: tuple[Metric, ...] = (
    ACCURACY,
    Classification(ratio="precision", average="macro"),
    Classification(ratio="precision", average="weighted"),
    Classification(ratio="recall", average="macro"),
    Classification(ratio="recall", average="weighted"),
    Classification(ratio="f1", average="macro"),
    Classification(ratio="f1", average="weighted"),
    CHOICE_PROBABILITY,
    EXACT_MATCH,
    JSON_VALID,
    JSON_SCHEMA,
    FIELD_ACCURACY,
    rouge("rouge1"),
    rouge("rouge2"),
    rouge("rougeL"),
)
_BY_NAME: Mapping[str, Metric] = MappingProxyType({metric.name: metric for metric in _METRICS})
_PER_CLASS: Mapping[str, Ratio] = MappingProxyType(
    {"precision": "precision", "recall": "recall", "f1": "f1"}
)


def metric_names() -> tuple[str, ...]:
    """Return the names of all metrics, without the per-class forms such as ``f1:LABEL``."""
    return tuple(_BY_NAME)


def metric(name: str) -> Metric:
    """Return the metric of that name, ``f1:LABEL`` (precision, recall) for one class's value.

    Raises FtevalsError for any other name, with the valid ones and the closest.
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    ratio, colon, label = name.partition(":")
    if colon and ratio in _PER_CLASS and label.strip():
        return Classification(ratio=_PER_CLASS[ratio], average=None, label=label.strip())
    raise FtevalsError(f"unknown metric {name!r}", fix=_advice(name))


def _advice(name: str) -> str:
    families = [f"{ratio}:CLASS" for ratio in _PER_CLASS]
    family = name.partition(":")[0]
    if family in _PER_CLASS:
        close = f"Did you mean '{family}_macro', or '{family}:CLASS' for one class? "
    else:
        close = did_you_mean(name, _BY_NAME)
    return f"{close}Metrics: {', '.join([*_BY_NAME, *families])}."
