"""One of lm-eval's tasks, groups or tags as a task of ours, without its metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

from pytest_ftevals.core.canonical import JSON, digest
from pytest_ftevals.core.case import Case, prompt_json
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.request import Decode
from pytest_ftevals.core.task import Task
from pytest_ftevals.tasks.data_source import DataAccess
from pytest_ftevals.tasks.lm_eval.building import Built, build
from pytest_ftevals.tasks.lm_eval.cases import KINDS, Asked, asked_of
from pytest_ftevals.tasks.lm_eval.code import code_digest
from pytest_ftevals.tasks.lm_eval.decode import decode_of
from pytest_ftevals.tasks.lm_eval.source import LmEvalSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A task whose metrics are lm-eval's, and what those are made from."""

    task: Task
    """Without metrics."""
    asked: tuple[Asked, ...]
    """Its cases with lm-eval's requests, in their order."""
    group: Any
    """lm-eval's group object; None for a task or a tag."""
    settings: Mapping[str, JSON]
    """What scores depend on besides rows and replies: lm-eval's version, the user's own files."""


def load_lm_eval(source: LmEvalSource, access: DataAccess) -> Loaded:
    """Let lm-eval load its data and make its requests; return them as a task.

    Raises MissingDataError where a data set is not at hand, FtevalsError for an unknown name and
    for what cannot be asked here.
    """
    built = build(source, access)
    asked = _told_apart(source, tuple(asked_of(source, built.tasks, _parents(built))))
    cases = tuple(one.case for one in asked)
    kinds = dict.fromkeys(KINDS[one.request_type] for one in asked)
    task = Task(
        name=source.name,
        kind=next(iter(kinds)) if len(kinds) == 1 else "choice",
        path=source.path,
        cases=cases,
        metrics=(),
        about=f"{source.task} of lm-eval {version('lm_eval')}",
        decode=next(iter(_decodes(source, asked).values()), Decode()),
        greedy="choice" in kinds and any(map(_reads_greedy, built.tasks.values())),
        slices=tuple(dict.fromkeys(name for case in cases for name in case.slices)),
        data_source=source.name,
        data_hash=digest([dict(case.row) for case in cases]),
        template_hash=digest(list(map(_rendered, cases))),
    )
    settings: dict[str, JSON] = {
        "lm_eval": version("lm_eval"),
        "code of the task": code_digest(source),
        "own_unit": list(source.own_unit),
    }
    return Loaded(task=task, asked=asked, group=built.group, settings=settings)


def _told_apart(source: LmEvalSource, asked: tuple[Asked, ...]) -> tuple[Asked, ...]:
    """Return the cases with what they ask, where they do not all ask for the same.

    A group may hold tasks of several kinds, or that generate in several ways.
    """
    kinds = {one.request_type for one in asked}
    decodes = _decodes(source, asked)
    if len(kinds) == 1 and len({*decodes.values()}) <= 1:
        return asked
    told = []
    for one in asked:
        case = replace(
            one.case,
            kind=KINDS[one.request_type] if len(kinds) > 1 else None,
            decode=decodes.get(one.case.id),
        )
        told.append(replace(one, case=case))
    return tuple(told)


def _rendered(case: Case) -> JSON:
    """Return what shapes a case's request, for the digest."""
    return [
        case.kind,
        prompt_json(case.prompt),
        list(case.givens),
        list(case.continuations),
        None if case.decode is None else case.decode.to_json(),
    ]


def _parents(built: Built) -> dict[str, str]:
    """Return the inner group of each task of a group; empty where there are none."""
    if built.group is None:
        return {}
    found: dict[str, str] = {}
    for inner in built.group.get_all_groups(recursive=False):
        for task in inner.get_all_tasks():
            found[task.task_name] = inner.name
    return found if found.keys() == built.tasks.keys() else {}


def _decodes(source: LmEvalSource, asked: Sequence[Asked]) -> dict[str, Decode]:
    """Return how replies are made, by case."""
    found: dict[str, Decode] = {}
    known: dict[str, Decode] = {}
    for one in asked:
        if one.request_type == "generate_until":
            settings: dict[str, Any] = one.instances[0].args[1]
            spelled = repr(settings)
            if spelled not in known:
                known[spelled] = decode_of(settings, f"{source.where()}, {one.subtask}")
            found[one.case.id] = known[spelled]
            _check_repeats(source, one, known[spelled])
    return found


def _check_repeats(source: LmEvalSource, one: Asked, decode: Decode) -> None:
    """Refuse drawn replies of which lm-eval makes one score together.

    Greedy replies to one prompt are all the same, and where every filter takes the first reply
    the others do not count.
    """
    repeats = one.instances[0].repeats or 1
    if repeats == 1 or not decode.temperature or _takes_first(one.task):
        return
    raise FtevalsError(
        f"{one.subtask} draws {repeats} replies a document and scores them together; a score here "
        "is made from one reply",
        where=source.where(),
        fix="Set `repeats: 1` in a task of your own that includes it (include_path=).",
    )


def _takes_first(task: Any) -> bool:
    config = task.get_config("filter_list")
    if not config:
        return True  # lm-eval's default filter
    return all(one["filter"][0]["function"] == "take_first" for one in config)


def _reads_greedy(task: Any) -> bool:
    """Return whether a task's scores may depend on what greedy decoding gives."""
    if task.get_config("output_type") != "multiple_choice":
        return True
    if task.get_config("process_results") is not None:
        return True
    return "exact_match" in task.aggregation()
