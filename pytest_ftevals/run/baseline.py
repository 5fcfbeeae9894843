"""Baselines: one candidate's scores of a run, case by case, kept to compare later runs with."""

from collections.abc import Mapping
from dataclasses import dataclass

from pytest_ftevals.core.canonical import JSON, canonical
from pytest_ftevals.core.score import Score, averaged
from pytest_ftevals.core.task import Metric, Task
from pytest_ftevals.core.variant import Variant
from pytest_ftevals.run.score_keys import SCORE_VERSION
from pytest_ftevals.run.windows import reads_whole_texts
from pytest_ftevals.store.keys import KEY_VERSION, KeyContext, library_versions


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedModel:
    """A variant as the run that was saved knew it."""

    name: str
    source: str
    """As the user wrote it: a hub id or a folder."""
    fingerprint: str

    @classmethod
    def of(cls, variant: Variant) -> "SavedModel":
        """Return what is kept of a variant."""
        return cls(name=variant.name, source=variant.source, fingerprint=variant.fingerprint)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedMetric:
    """A task's scores on one metric."""

    libraries: Mapping[str, str]
    """Distribution -> version, of what scored the answers."""
    scores: tuple[Score, ...]
    """One a sample: all samples of the first case, then of the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedTask:
    """A task that was answered whole, with the candidate's scores."""

    facts: Mapping[str, JSON]
    """What the scores depend on besides the models, as `task_facts` gives it."""
    samples: int
    cases: tuple[str, ...]
    """Ids, in data order."""
    metrics: Mapping[str, SavedMetric]

    def scores(self, metric: str) -> dict[str, Score]:
        """Return case id -> score on a metric that was saved."""
        flat, each = self.metrics[metric].scores, self.samples
        return {
            case: averaged(flat[index * each : (index + 1) * each])
            for index, case in enumerate(self.cases)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A saved run."""

    plugin: str
    """Version of the plugin that saved it."""
    candidate: SavedModel
    base: SavedModel
    conditions: Mapping[str, JSON]
    """What answers depend on besides weights and requests, as `conditions_of` gives it."""
    tasks: Mapping[str, SavedTask]


def conditions_of(context: KeyContext) -> dict[str, JSON]:
    """Return what a run's answers depend on besides weights and requests, by its name in messages.

    What makes the store miss an answer makes a saved run another one, too.
    """
    return {
        "engine": context.engine,
        "tokenizer and chat template": context.tokenizer,
        **context.numerics.to_json(),
        **dict(context.versions),
        "way of answering": KEY_VERSION,
        "way of scoring": SCORE_VERSION,
    }


def task_facts(task: Task, window: int | None = None) -> dict[str, JSON]:
    """Return what a task's answers and scores depend on, by its name in messages.

    `window`: the tokens of the windows that whole texts are read in, None where nobody tells.
    """
    decode = task.decode.to_json() if task.kind == "generate" else {}
    return {
        "kind": task.kind,
        "data": task.data_hash,
        "prompt template": task.template_hash,
        **{f"decode.{name}": value for name, value in decode.items()},
        "decode.samples": task.samples,
        **({"window of whole texts": window} if reads_whole_texts(task) else {}),
    }


def score_libraries(metric: Metric) -> dict[str, str]:
    """Return what a metric scores answers with: installed versions, and its own options."""
    found = dict(library_versions(metric.score_libraries))
    if isinstance(metric.settings, dict):  # each by its name, so that a message tells which differs
        own = {name: _spelled(value) for name, value in metric.settings.items()}
        return {**own, **found}
    return found if metric.settings is None else {**found, "options": _spelled(metric.settings)}


def _spelled(value: JSON) -> str:
    return value if isinstance(value, str) else canonical(value)
