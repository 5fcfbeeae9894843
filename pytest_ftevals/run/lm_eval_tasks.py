"""lm-eval's tasks with their metrics: its requests from `tasks`, its scoring from `metrics`."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.lm_eval import lm_eval_metrics
from pytest_ftevals.tasks import DataAccess
from pytest_ftevals.tasks.lm_eval import LmEvalSource, as_lm_eval_runs, load_lm_eval


def lm_eval_task(source: LmEvalSource, access: DataAccess) -> Task:
    """Return one of lm-eval's tasks, groups or tags with its metrics.

    Raises MissingDataError where a data set is not at hand; FtevalsError for an unknown name, a
    task without metrics and whatever cannot be asked here.
    """
    loaded = load_lm_eval(source, access)
    with as_lm_eval_runs(offline=access.offline or access.collecting):
        own = lm_eval_metrics(
            loaded.asked,
            loaded.group,
            own_unit=source.own_unit,
            settings=loaded.settings,
            where=source.where(),
            around=partial(as_lm_eval_runs, offline=access.offline),
        )
    if not own:
        raise FtevalsError("lm-eval has no metric for it", where=source.where())
    return replace(loaded.task, metrics=tuple(own), custom_metrics=own)


def check_lm_eval_name(known: Mapping[Any, Any], source: LmEvalSource) -> None:
    """Refuse a second task of lm-eval that would have the same name in reports."""
    for other in known.values():
        if isinstance(other, LmEvalSource) and other.name == source.name and other != source:
            raise FtevalsError(
                f"the task {source.name!r} is in use with another include_path or own_unit",
                where=source.where(),
                fix="Load it once, and import it where it is needed.",
            )
