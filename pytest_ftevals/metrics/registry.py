"""Every metric by its name."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from pytest_ftevals.core.comparison import ROBUSTNESS
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.metric_entry import MetricEntry
from pytest_ftevals.core.suggest import did_you_mean
from pytest_ftevals.core.task import Metric, Task
from pytest_ftevals.metrics.accuracy import ACCURACY
from pytest_ftevals.metrics.accuracy_norm import ACCURACY_NORM
from pytest_ftevals.metrics.bertscore import BERTSCORE
from pytest_ftevals.metrics.brier import BRIER
from pytest_ftevals.metrics.calibration_error import CALIBRATION_ERROR
from pytest_ftevals.metrics.choice_probability import CHOICE_PROBABILITY
from pytest_ftevals.metrics.classification import Classification, Ratio
from pytest_ftevals.metrics.configured import GENERIC, Configured, extract_of
from pytest_ftevals.metrics.contains import CONTAINS
from pytest_ftevals.metrics.custom import custom_metric
from pytest_ftevals.metrics.custom_found import DECLARED, at_path, is_path, registered
from pytest_ftevals.metrics.deployment import DEPLOYMENT
from pytest_ftevals.metrics.exact_match import EXACT_MATCH
from pytest_ftevals.metrics.fact_coverage import FACT_COVERAGE
from pytest_ftevals.metrics.field_accuracy import FIELD_ACCURACY
from pytest_ftevals.metrics.function_call import FUNCTION_CALL
from pytest_ftevals.metrics.ifeval import IFEVAL
from pytest_ftevals.metrics.json_fenced import JSON_FENCED
from pytest_ftevals.metrics.json_schema import JSON_SCHEMA
from pytest_ftevals.metrics.json_valid import JSON_VALID
from pytest_ftevals.metrics.language_modelling import LANGUAGE_MODELLING
from pytest_ftevals.metrics.length_ratio import LENGTH_RATIO
from pytest_ftevals.metrics.matthews import MATTHEWS
from pytest_ftevals.metrics.meteor import METEOR
from pytest_ftevals.metrics.numeric import NUMERIC
from pytest_ftevals.metrics.options import Options
from pytest_ftevals.metrics.pattern_found import REGEX
from pytest_ftevals.metrics.refusals import REFUSALS
from pytest_ftevals.metrics.rouge import rouge
from pytest_ftevals.metrics.table import Configurable
from pytest_ftevals.metrics.token_f1 import TOKEN_F1
from pytest_ftevals.metrics.translation import TRANSLATION

_METRICS: tuple[Metric | Configurable, ...] = (
    ACCURACY,
    Classification(ratio="recall", average="macro", called="balanced_accuracy"),
    Classification(ratio="precision", average="macro"),
    Classification(ratio="precision", average="weighted"),
    Classification(ratio="recall", average="macro"),
    Classification(ratio="recall", average="weighted"),
    Classification(ratio="f1", average="macro"),
    Classification(ratio="f1", average="weighted"),
    MATTHEWS,
    ACCURACY_NORM,
    CHOICE_PROBABILITY,
    BRIER,
    CALIBRATION_ERROR,
    EXACT_MATCH,
    TOKEN_F1,
    CONTAINS,
    REGEX,
    NUMERIC,
    JSON_VALID,
    JSON_FENCED,
    JSON_SCHEMA,
    FIELD_ACCURACY,
    FUNCTION_CALL,
    rouge("rouge1"),
    rouge("rouge2"),
    rouge("rougeL"),
    rouge("rougeLsum"),
    FACT_COVERAGE,
    LENGTH_RATIO,
    *TRANSLATION,
    METEOR,
    BERTSCORE,
    *LANGUAGE_MODELLING,
    *IFEVAL,
    *REFUSALS,
    *DEPLOYMENT,
)
_CONFIGURABLE: Mapping[str, Configurable] = MappingProxyType(
    {one.name: one for one in _METRICS if isinstance(one, Configurable)}
)
_BY_NAME: Mapping[str, Metric | Configurable] = MappingProxyType(
    {one.name: one for one in _METRICS}
)
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
        return _plain(name)
    ratio, colon, label = name.partition(":")
    if colon and ratio in _PER_CLASS and label.strip():
        return Classification(ratio=_PER_CLASS[ratio], average=None, label=label.strip())
    raise FtevalsError(f"unknown metric {name!r}", fix=_advice(name))


@cache
def _plain(name: str) -> Metric:
    """Return a metric of the table without options, made when it is first asked for."""
    found = _BY_NAME[name]
    return found.plain() if isinstance(found, Configurable) else found


def metric_of(task: Task, name: str) -> Metric:
    """Return a task's metric by its name: its own, else that of the registry.

    Raises FtevalsError for a name that is neither.
    """
    return task.custom_metrics.get(name) or metric(name)


def build(entry: MetricEntry, folder: Path) -> Metric | None:
    """Return the metric that an entry of a task file in `folder` makes; None for a plain name.

    Raises FtevalsError for an unknown metric, for options that it does not take, and for a name
    that means something else.
    """
    if not entry.options and entry.name == entry.metric and is_metric(entry.name):
        return None
    generic = {key: value for key, value in entry.options.items() if key in GENERIC}
    own = {key: value for key, value in entry.options.items() if key not in GENERIC}
    options = Options(entry.metric, own, folder)
    inner, stored = _configured(entry.metric, options)
    _check_name(entry, inner)
    return Configured(
        name=entry.name,
        inner=inner,
        extract=extract_of(Options(entry.metric, generic, folder)),
        options=entry.options,
        stored=stored,
    )


def _check_name(entry: MetricEntry, inner: Metric) -> None:
    """Raise FtevalsError where an entry's name is that of something else in tests and reports."""
    if entry.name in (entry.metric, inner.name):
        return
    if is_taken(entry.name) or entry.name in registered():
        what = "the change under noise" if entry.name == ROBUSTNESS else "another metric"
        raise FtevalsError(
            f"metric {entry.metric!r} cannot be called so: {entry.name!r} is the name of {what}",
            fix="Give `name:` a name of its own, such as `strict`.",
        )


def _configured(name: str, options: Options) -> tuple[Metric, bool]:
    """Return the metric of that name with its own options, and whether its scores can be stored."""
    if name in _CONFIGURABLE:
        options.known((*_CONFIGURABLE[name].keys, *GENERIC))
        return _CONFIGURABLE[name].make(options), True
    if is_metric(name):
        options.known(GENERIC)
        return metric(name), True
    if is_path(name) and name.partition(":")[0] not in _BY_NAME:
        found = at_path(name, options)
        taken = () if found.name != name else DECLARED
        own = {key: value for key, value in options.values.items() if key not in taken}
        return custom_metric(found, own), False
    if name in (brought := registered()):
        return custom_metric(brought[name], options.values), False
    return metric(name), True  # raises


def is_metric(name: str) -> bool:
    """Return whether the registry has a metric of that name, per-class forms included."""
    ratio, colon, label = name.partition(":")
    return name in _BY_NAME or bool(colon and ratio in _PER_CLASS and label.strip())


def is_taken(name: str) -> bool:
    """Return whether no other metric may have that name: `is_metric`, and ``robustness``."""
    return name == ROBUSTNESS or is_metric(name)


def _advice(name: str) -> str:
    families = [f"{ratio}:CLASS" for ratio in _PER_CLASS]
    family = name.partition(":")[0]
    if family in _PER_CLASS:
        close = f"Did you mean '{family}_macro', or '{family}:CLASS' for one class? "
    else:
        close = did_you_mean(name, _BY_NAME)
    own = "Your own: MODULE:FUNCTION, or its name in @metric, in conftest.py or above load_task."
    return f"{close}Metrics: {', '.join([*_BY_NAME, *families])}. {own}"
