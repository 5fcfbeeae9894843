"""The installed lm-eval's own task objects, with their requests made as its evaluator makes them.

Reference: `simple_evaluate` and `evaluate` of lm-eval 0.4.13.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.suggest import did_you_mean
from pytest_ftevals.tasks.data_source import DataAccess
from pytest_ftevals.tasks.lm_eval.failures import NotFoundError, refusal
from pytest_ftevals.tasks.lm_eval.source import LmEvalSource
from pytest_ftevals.tasks.lm_eval.surroundings import FEW_SHOT_SEED, as_lm_eval_runs

CHAT = "\0chat\0"
"""What a prompt begins with that is messages for a chat template, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What lm-eval makes of a name."""

    tasks: Mapping[str, Any]
    """Name -> its task object, requests made, in its order."""
    group: Any = None
    """Its group object, where the name is a group's."""


def build(source: LmEvalSource, access: DataAccess) -> Built:
    """Return the tasks that a name stands for, with all their requests.

    Raises MissingDataError where a data set is not at hand, FtevalsError for an unknown name and
    for whatever else lm-eval cannot build.
    """
    offline = access.offline or access.collecting
    try:
        with as_lm_eval_runs(offline=offline):
            loaded = _manager(source).load([source.task])
            tasks = loaded["tasks"]
            _prepare(source, tasks)
            _check_metrics(tasks)
            for task in tasks.values():
                task.build_all_requests(
                    limit=None,
                    rank=0,
                    world_size=1,
                    apply_chat_template=source.chat,
                    fewshot_as_multiturn=True,
                    chat_template=partial(_messages, source.where()) if source.chat else None,
                )
    except FtevalsError:
        raise
    except Exception as error:
        raise refusal(error, source, access) from error
    return Built(tasks=tasks, group=loaded.get("groups", {}).get(source.task))


@lru_cache(maxsize=8)
def _index(include_path: tuple[str, ...], *, defaults: bool) -> Any:
    """Return lm-eval's index of task files; that of its own 14,000 tasks takes seconds."""
    from lm_eval.tasks import TaskManager

    return TaskManager(include_path=list(include_path) or None, include_defaults=defaults)


def _manager(source: LmEvalSource) -> Any:
    """Return the index to take the task from: of the user's own files where those are enough."""
    if source.include_path:
        own = _index(source.include_path, defaults=False)
        if _holds(own.task_index, source.task):
            return own
        if source.task not in own.task_index:
            _raise_skipped(source)
    found = _index(source.include_path, defaults=True)
    if source.task not in found.task_index:
        raise FtevalsError(
            f"lm-eval {version('lm_eval')} has no task, group or tag {source.task!r}",
            where=source.where(),
            fix=did_you_mean(source.task, found.all_tasks)
            + "Name folders with tasks of your own with include_path=.",
        )
    return found


def _raise_skipped(source: LmEvalSource) -> None:
    """Raise what kept lm-eval from reading a task file of the user's, which it skips silently."""
    try:
        from lm_eval.tasks._yaml_loader import load_yaml
    except ImportError:  # another release reads them elsewhere
        return
    named = re.compile(rf"^(task|group):\s*['\"]?{re.escape(source.task)}['\"]?\s*$", re.MULTILINE)
    for folder in source.include_path:
        for path in sorted(Path(folder).rglob("*.yaml")):
            if path.is_file() and named.search(path.read_text(errors="replace")):
                load_yaml(path, resolve_func=False, recursive=True)


def _holds(index: Mapping[str, Any], name: str) -> bool:
    """Return whether an index knows a name and, of a group, all that belongs to it."""
    if name not in index:
        return False
    members = (index[name].cfg or {}).get("task")
    if not isinstance(members, list):
        return True
    named = [one if isinstance(one, str) else one.get("task", one.get("group")) for one in members]
    return all(isinstance(one, str) and _holds(index, one) for one in named)


def _prepare(source: LmEvalSource, tasks: Mapping[str, Any]) -> None:
    """Set few-shot numbers and seeds as the evaluator does; refuse what never runs here."""
    for name, task in tasks.items():
        for flag, what in (
            ("UNSAFE_CODE", "runs code that models write"),
            ("MULTIMODAL", "shows images or plays sound"),
        ):
            if getattr(task, flag, False):
                raise FtevalsError(
                    f"task {name!r} {what}, which is not done here", where=source.where()
                )
    fixed = [name for name, task in tasks.items() if task.get_config("num_fewshot") == 0]
    if source.num_fewshot and len(fixed) == len(tasks):
        raise FtevalsError(
            f"num_fewshot={source.num_fewshot} has no effect: {fixed[0]!r} sets it to 0 itself, "
            "and lm-eval then ignores another number",
            where=source.where(),
            fix="Leave num_fewshot out.",
        )
    for name, task in tasks.items():
        if source.num_fewshot is not None and name not in fixed:
            task.set_config(key="num_fewshot", value=source.num_fewshot)
        elif task.get_config("num_fewshot") is None:
            task.set_config(key="num_fewshot", value=0)
        task.set_fewshot_seed(seed=FEW_SHOT_SEED)


def _check_metrics(tasks: Mapping[str, Any]) -> None:
    """Refuse metrics that lm-eval looked for and did not find; it goes on without them."""
    for name, task in tasks.items():
        if task.get_config("process_results") is not None:
            continue
        for metric, function in getattr(task, "_metric_fn_list", {}).items():
            if function is None:
                raise NotFoundError(
                    f"the metric {metric!r} of {name!r} is none of lm-eval's own, and `evaluate` "
                    "could not get it"
                )


def _messages(
    where: str, messages: list[dict[str, str]], *, add_generation_prompt: bool = True
) -> str:
    """Stand in for a chat template: hand the messages on as they are."""
    if not add_generation_prompt:
        raise FtevalsError(
            "it begins the assistant's reply itself (gen_prefix), which is not done in a chat",
            where=where,
            fix="Leave apply_chat_template out.",
        )
    return CHAT + json.dumps(messages)
