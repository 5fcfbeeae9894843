"""The metadata of a model card, through huggingface_hub's own classes.

Fields: https://github.com/huggingface/hub-docs/blob/main/modelcard.md. ``datasets`` is left out:
there it names what a model was trained on, and a run knows only what it was evaluated on.
"""

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from pytest_ftevals.core.record import ComparisonRow, TaskRow, VariantRow
from pytest_ftevals.reports.english import named
from pytest_ftevals.reports.model_card.candidate import Candidate

if TYPE_CHECKING:
    from huggingface_hub import EvalResult, ModelCardData

SOURCE = "pytest-ftevals"
SOURCE_URL = "https://pypi.org/project/pytest-ftevals/"
"""The hub's metadata take no source without an address."""
_TASK_TYPES = {"choice": ("multiple-choice", "Multiple Choice")}
_WRITES = ("text-generation", "Text Generation")
_LIBRARIES = {"adapter": "peft", "full": "transformers"}
_RELATIONS = {"adapter": "adapter", "full": "finetune"}
_HUB = re.compile(
    r"hub:(?P<repository>[^:@#]+)(:(?P<config>[^@#]+))?(@(?P<revision>[^#]+))?#(?P<split>.+)",
    re.DOTALL,
)


def card_with_metadata(candidate: Candidate, body: str) -> str:
    """Return a card: its metadata as YAML, then its body.

    The library reads what it wrote: a card that it could not read back would raise ValueError.
    """
    from huggingface_hub import ModelCard

    return str(ModelCard(f"---\n{card_data(candidate).to_yaml()}\n---\n\n{body}"))


def card_data(candidate: Candidate) -> "ModelCardData":
    """Return what the hub reads of a card."""
    from huggingface_hub import ModelCardData

    first = candidate.variants[0]
    results = eval_results(candidate)
    metrics = list(dict.fromkeys(result.metric_type for result in results))
    peft_type = (first.adapter or {}).get("peft_type")
    kind = [named(peft_type.lower())] if isinstance(peft_type, str) and peft_type else []
    return ModelCardData(
        base_model=_hub_id(candidate.base),
        base_model_relation=_RELATIONS.get(first.kind) if _hub_id(candidate.base) else None,
        library_name=_LIBRARIES.get(first.kind),
        pipeline_tag=_WRITES[0],
        tags=[*kind, SOURCE],
        metrics=metrics or None,
        model_name=named(candidate.name),
        eval_results=results or None,
    )


def eval_results(candidate: Candidate) -> "list[EvalResult]":
    """Return a result for each task and metric, its value exactly the record's.

    Values are in the metric's own unit, 0 to 1 for rates; one that could not be computed is left
    out.
    """
    tasks = {task.name: task for task in candidate.record.tasks}
    return [_result(row, tasks.get(row.task)) for row in candidate.rows if math.isfinite(row.value)]


class _Data(NamedTuple):
    """A data set as the hub names it; of a file its name, as the task file writes it."""

    type: str
    config: str | None = None
    revision: str | None = None
    split: str | None = None


def _result(row: ComparisonRow, task: TaskRow | None) -> "EvalResult":
    from huggingface_hub import EvalResult

    data = _data_of(task.data if task is not None and task.data.strip() else row.task)
    kind, title = _TASK_TYPES.get(task.kind if task is not None else "", _WRITES)
    return EvalResult(
        task_type=kind,
        task_name=title,
        dataset_type=data.type,
        # The hub joins results of one data set and keeps one name: the task is told by the metric.
        dataset_name=f"{data.type} ({data.config})" if data.config else data.type,
        dataset_config=data.config,
        dataset_split=data.split,
        dataset_revision=data.revision,
        metric_type=named(row.metric),
        metric_name=f"{named(row.task)} {named(row.metric)}",
        metric_value=row.value,
        source_name=SOURCE,
        source_url=SOURCE_URL,
    )


def _data_of(written: str) -> _Data:
    found = _HUB.fullmatch(written)
    if found is None:
        return _Data(named(written))
    config, revision, split = (
        None if part is None else named(part) for part in found.group("config", "revision", "split")
    )
    return _Data(named(found["repository"]), config, revision, split)


def _hub_id(base: VariantRow | None) -> str | None:
    """Return the base's name on the hub; None for a folder, which the hub refuses."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    if base is None or base.revision is None:
        return None
    try:
        validate_repo_id(base.source)
    except HFValidationError:
        return None
    return base.source
