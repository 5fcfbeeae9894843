"""What another person needs to run it again, as Markdown: all of it from the record."""

from collections.abc import Iterable, Mapping

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import Record, TaskRow, VariantRow
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.header import kind_of
from pytest_ftevals.reports.json_text import json_text
from pytest_ftevals.reports.markdown.text import FOLD_END, code, fenced, folded, in_summary

_LONG = 2000
"""Columns of a command or of options before they are cut."""
_UNSET: tuple[JSON, ...] = (None, "", {}, [])
_RUN = (
    ("command", "command"),
    ("started", "started"),
    ("versions", "versions"),
    ("hardware", "hardware"),
    ("numerics", "numerics"),
    ("options", "options"),
    ("plan", "answers"),
    ("self_check", "self-check"),
    ("confidence", "confidence"),
    ("decide", "decided by"),
    ("family", "thresholds that share the error of refuting"),
    ("against", "saved run"),
    ("replayed", "replay of"),
)


def reproducibility(record: Record) -> Iterable[str]:
    """Yield models, tasks and the run as Markdown, piece by piece."""
    yield "### Models\n\n"
    for variant in record.variants:
        yield from _variant(variant)
    yield "\n"
    for variant in record.variants:
        if variant.adapter is not None:
            config = json_text(variant.adapter, indent=2).splitlines()
            yield folded(f"adapter_config.json of {in_summary(variant.name)}", fenced(config))
            yield FOLD_END
    yield "### Tasks\n\n"
    for task in record.tasks:
        yield from _task(task)
    yield "\n### Run\n\n"
    for key, title in _RUN:
        if (value := record.run.get(key)) not in _UNSET:
            yield f"- {title}: {_value(value)}\n"
    if isinstance(took := record.run.get("duration_s"), int | float):
        yield f"- took: {numbers.duration(took)}\n"


def _variant(variant: VariantRow) -> Iterable[str]:
    what = "base model" if variant.kind == "base" else kind_of(variant)
    yield f"- {code(variant.name)}: {code(what)}, from {code(variant.source, _LONG)}\n"
    yield from _items(
        {
            "revision": variant.revision,
            "fingerprint (SHA-256 of all that can change an answer)": variant.fingerprint,
            "dtype": variant.dtype,
            "recipe that it is a seed of": variant.group,
        }
    )
    yield f"  - size: {numbers.size(variant.size)}\n"
    if variant.shares_base is not None:
        yield f"  - ran on the base's own weights: {'yes' if variant.shares_base else 'no'}\n"


def _task(task: TaskRow) -> Iterable[str]:
    samples = f", each asked {numbers.count(task.samples)} times" if task.samples > 1 else ""
    yield f"- {code(task.name)} ({code(task.kind)}): {numbers.counted(task.n, 'case')}{samples}\n"
    yield from _items(
        {
            "data and split": task.data,
            "SHA-256 of the data": task.data_hash,
            "task file": task.source,
            "hash of prompt, few-shot examples and expectation": task.template_hash,
            "decoding": None if task.decode is None else dict(task.decode),
            "slices": list(task.slices),
        }
    )
    yield f"  - metrics: {', '.join(_metric(task, name) for name in task.metrics) or 'none'}\n"


def _metric(task: TaskRow, name: str) -> str:
    signature = task.signatures.get(name)
    return code(name) + (f" (signature {code(signature, _LONG)})" if signature else "")


def _items(facts: Mapping[str, JSON]) -> Iterable[str]:
    for title, value in facts.items():
        if value not in _UNSET:
            yield f"  - {title}: {_value(value)}\n"


def _value(value: JSON) -> str:
    """Return a value as code; an object's keys one by one, without those that are unset."""
    if isinstance(value, dict):
        known = {key: one for key, one in sorted(value.items()) if one not in _UNSET}
        return " · ".join(code(f"{key}: {_plain(one)}", _LONG) for key, one in known.items())
    return code(_plain(value), _LONG)


def _plain(value: JSON) -> str:
    return value if isinstance(value, str) else json_text(value)
