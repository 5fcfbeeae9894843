"""Records in which one number differs: every number that a record can hold, one at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import Record

Change = tuple[str, Record]
"""Where a number stands, as ``comparisons.thresholds.n_used``, and the record with another."""


def mutations(record: Record) -> Iterator[Change]:
    """Yield a record for each number in the first row of each kind that has one there."""
    for name in ("variants", "tasks", "comparisons", "failures", "patterns", "failure_log"):
        for where, rows in _in_first(getattr(record, name)):
            changed: Any = {name: rows}
            yield f"{name}{where}", replace(record, **changed)
    # The first row of a trade-off has nothing smaller to gain on.
    for where, rows in _in_first(record.tradeoff[::-1]):
        yield f"tradeoff{where}", replace(record, tradeoff=rows[::-1])
    for where, run in _in_json(record.run):
        yield f"run{where}", replace(record, run=run)


def _in_first(rows: tuple[Any, ...]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for where, first in _changed(rows[0]) if rows else ():
        yield where, (first, *rows[1:])


def _changed(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield (where, value with another number there) for every number in a value."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield "", other(value)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            for where, changed in _changed(getattr(value, field.name)):
                yield f".{field.name}{where}", replace(value, **{field.name: changed})
    elif isinstance(value, Mapping):
        yield from _in_mapping(value)
    elif isinstance(value, tuple) and value and isinstance(value[0], float):
        yield ".low", (other(value[0]), *value[1:])
        yield ".high", (*value[:-1], other(value[-1]))
    elif isinstance(value, tuple):
        yield from _in_first(value)


def _in_mapping(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield one change: what is counted by label stands under any label."""
    for key, one in value.items():
        for _, changed in _changed(one):
            yield "[]", {**value, key: changed}
            return


def _in_json(value: Mapping[str, JSON]) -> Iterator[tuple[str, Mapping[str, JSON]]]:
    for key, one in value.items():
        if isinstance(one, dict):
            for where, changed in _in_json(one):
                yield f".{key}{where}", {**value, key: changed}  # type: ignore[dict-item]
        elif isinstance(one, int | float) and not isinstance(one, bool):
            yield f".{key}", {**value, key: other(one)}


def other(number: float) -> float:
    """Return another number, of the same type, that no format rounds to the same text."""
    return number * 3 + 1000 if isinstance(number, int) else number * 0.7 + 0.0413
