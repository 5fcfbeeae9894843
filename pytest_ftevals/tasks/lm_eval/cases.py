"""lm-eval's requests as cases: one a document, however many requests lm-eval makes of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case, Message, Prompt
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.plain import readable
from pytest_ftevals.core.task import Kind
from pytest_ftevals.tasks.lm_eval.building import CHAT
from pytest_ftevals.tasks.lm_eval.source import LmEvalSource

KINDS: Mapping[str, Kind] = {
    "loglikelihood": "choice",
    "loglikelihood_rolling": "perplexity",
    "generate_until": "generate",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A case, and what lm-eval asks for it."""

    case: Case
    subtask: str
    """The name of the lm-eval task that it belongs to."""
    task: Any
    """That task's object."""
    instances: tuple[Any, ...]
    """Its requests, in the order in which lm-eval scores them."""

    @property
    def request_type(self) -> str:
        """How lm-eval calls this kind of request."""
        return str(self.instances[0].request_type)


def asked_of(
    source: LmEvalSource, tasks: Mapping[str, Any], parents: Mapping[str, str]
) -> Iterator[Asked]:
    """Yield a case for each document of each task, in lm-eval's order.

    `parents`: task -> the group within the group that it belongs to. Raises FtevalsError for a
    document of which lm-eval asks two kinds of things.
    """
    grouped = [*tasks] != [source.task]
    for subtask, task in tasks.items():
        for number, instances in _by_document(task):
            slices = {"task": subtask} if grouped else {}
            if subtask in parents:
                slices["group"] = parents[subtask]
            case = _case(
                source,
                task,
                instances,
                name=f"{subtask}/{number}" if grouped else str(number),
                slices=slices,
                place=f"{subtask} document {number}",
            )
            yield Asked(case=case, subtask=subtask, task=task, instances=instances)


def _by_document(task: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    found: dict[int, list[Any]] = {}
    for instance in task.instances:
        found.setdefault(instance.doc_id, []).append(instance)
    for number, instances in found.items():
        yield number, tuple(sorted(instances, key=lambda one: int(one.idx)))


def _case(
    source: LmEvalSource,
    task: Any,
    instances: Sequence[Any],
    *,
    name: str,
    slices: Mapping[str, str],
    place: str,
) -> Case:
    kinds = sorted({one.request_type for one in instances})
    if len(kinds) > 1 or (len(instances) > 1 and kinds != ["loglikelihood"]):
        raise FtevalsError(
            f"lm-eval asks {len(instances)} things of one document ({', '.join(kinds)}), and a "
            "case here is one request",
            where=f"{source.where()}, {place}",
        )
    doc = instances[0].doc
    contexts = [one.args[0] for one in instances]
    prompt: Prompt = ""
    continuations: tuple[str, ...] = ()
    givens: tuple[str, ...] = ()
    if kinds == ["loglikelihood_rolling"]:
        continuations = (str(contexts[0]),)
    else:
        prompt, givens = _prompt(contexts, f"{source.where()}, {place}")
        if kinds == ["loglikelihood"]:
            continuations = tuple(str(one.args[1]) for one in instances)
    options = _options(task, doc, continuations)
    row = readable(doc)
    return Case(
        id=name,
        task=source.name,
        prompt=prompt,
        expected=_expected(task, doc, kinds[0], options),
        options=options,
        continuations=continuations,
        givens=givens,
        row=row if isinstance(row, dict) else {"document": row},
        slices=slices,
        source=place,
    )


def _prompt(contexts: Sequence[str], where: str) -> tuple[Prompt, tuple[str, ...]]:
    """Return what all continuations follow, and what stands between it and each of them."""
    if contexts[0].startswith(CHAT):
        chats = [
            tuple(Message(**one) for one in json.loads(text.removeprefix(CHAT)))
            for text in contexts
            if text.startswith(CHAT)
        ]
        if len(chats) != len(contexts) or len(set(chats)) > 1:
            raise FtevalsError(
                "its options are scored after different prompts, which is not done in a chat",
                where=where,
                fix="Leave apply_chat_template out.",
            )
        return chats[0], ()
    shared = _beginning(contexts)
    if all(one == shared for one in contexts):
        return shared, ()
    return shared, tuple(one.removeprefix(shared) for one in contexts)


def _beginning(texts: Sequence[str]) -> str:
    """Return what all texts begin with."""
    first, last = min(texts), max(texts)  # texts between two in order share what those share
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(left for left, _ in same)


def _options(task: Any, doc: Any, continuations: Sequence[str]) -> tuple[str, ...]:
    """Return the options' texts; mutual information scores each a second time, without prompt."""
    choices = _tried(task, "doc_to_choice", doc)
    if not isinstance(choices, list | tuple) or not choices:
        return tuple(continuations)
    texts = tuple(map(str, choices))
    if len(continuations) == 2 * len(texts):
        return (*texts, *(f"{text} (without the prompt)" for text in texts))
    return texts if len(continuations) == len(texts) else tuple(continuations)


def _expected(task: Any, doc: Any, kind: str, options: Sequence[str]) -> JSON:
    """Return what is right, for samples and reports; None where lm-eval's task does not tell.

    Scores do not depend on it: they come from lm-eval itself.
    """
    if kind == "loglikelihood_rolling":
        return None
    several = getattr(task, "multiple_input", 0)
    found = _tried(task, "doc_to_text" if several else "doc_to_target", doc)
    if kind == "generate_until":
        choices = _tried(task, "doc_to_choice", doc)
        if isinstance(choices, list) and isinstance(found, int) and 0 <= found < len(choices):
            return str(choices[found])
        return readable(found) if isinstance(found, str | list) else str(found)
    if isinstance(found, list):
        return [one for one in found if isinstance(one, int) and 0 <= one < len(options)] or None
    if isinstance(found, str):
        return options.index(found) if found in options else None
    return found if isinstance(found, int) and 0 <= found < len(options) else None


def _tried(task: Any, name: str, doc: Any) -> Any:
    """Return what one of a task's functions makes of a document; None where it has none for it."""
    config = getattr(task, "config", None)
    if name == "doc_to_choice" and getattr(config, name, None) is None:
        return None
    try:
        return getattr(task, name)(doc)
    except Exception:  # noqa: BLE001 - a task's own code, and what is read of it is only shown
        return None
