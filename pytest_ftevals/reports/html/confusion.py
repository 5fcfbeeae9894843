"""Confusion matrices: expected classes in rows, shaded by the share of their row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import Record, TaskRow
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.header import in_order

_SHADES = 9
_MANY = 12
"""Classes from which a task's matrices are folded."""
_TOO_MANY = 60
"""Classes beyond which mistakes are listed: nobody reads a matrix of 200 by 200."""
_MISTAKES = 50
"""Mistakes that are listed, of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A count: empty where it is 0."""

    count: str
    shade: int
    """Tenth of the row's answers that it is, 0 to 9."""
    right: bool
    """Whether it stands on the diagonal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """The answers of one variant."""

    variant: str
    rows: tuple[tuple[str, tuple[Cell, ...], str], ...]
    """Expected class, its cells, its number of answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A class answered in another's place."""

    expected: str
    answered: str | None
    """None for an answer of no class."""
    counts: tuple[str, ...]
    """For each variant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """The matrices of one task, the base's first."""

    task: str
    labels: tuple[str, ...]
    none: bool
    """Whether any answer is of no class; if not, the last column is left out."""
    matrices: tuple[Matrix, ...]
    """Empty where there are too many classes."""
    variants: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    """The most frequent ones, where there are too many classes; else empty."""
    left_out: str
    """How many others there are."""
    folded: bool


def confusions(record: Record) -> list[Confusion]:
    """Return the matrices of the tasks that have any."""
    names = [one.name for one in in_order(record)]
    return [found for task in record.tasks if (found := _confusion(task, names)) is not None]


def _confusion(task: TaskRow, variants: Sequence[str]) -> Confusion | None:
    """Return a task's matrices in the order of `variants`: JSON keeps none for objects."""
    if task.confusion is None:
        return None
    labels, counts = task.confusion.get("labels"), task.confusion.get("counts")
    if not isinstance(labels, list) or not isinstance(counts, dict):
        return None
    known = {name: rows for name, rows in counts.items() if _is_matrix(rows, len(labels))}
    if not known:
        return None
    names = tuple(map(str, labels))
    ordered = [*filter(known.__contains__, variants), *sorted(known.keys() - {*variants})]
    large = len(names) > _TOO_MANY
    mistakes = _mistakes([known[name] for name in ordered], names) if large else []
    none = any(row[-1] for rows in known.values() for row in rows)
    return Confusion(
        task=task.name,
        labels=names,
        none=none,
        matrices=()
        if large
        else tuple(_matrix(name, known[name], names, none=none) for name in ordered),
        variants=tuple(ordered),
        mistakes=tuple(mistakes[:_MISTAKES]),
        left_out=numbers.count(len(mistakes) - _MISTAKES) if len(mistakes) > _MISTAKES else "",
        folded=len(names) > _MANY,
    )


def _mistakes(counts: Sequence[Sequence[Sequence[int]]], labels: Sequence[str]) -> list[Mistake]:
    """Return what was answered in another's place, the most frequent of any variant first."""
    found: dict[tuple[int, int], list[int]] = {}
    for variant, rows in enumerate(counts):
        for expected, row in enumerate(rows):
            for answered, number in enumerate(row):
                if number and answered != expected:
                    pair = found.setdefault((expected, answered), [0] * len(counts))
                    pair[variant] = number
    ordered = sorted(found.items(), key=lambda item: (-max(item[1]), item[0]))
    return [
        Mistake(
            expected=labels[expected],
            answered=labels[answered] if answered < len(labels) else None,
            counts=tuple(numbers.count(number) if number else "" for number in pair),
        )
        for (expected, answered), pair in ordered
    ]


def _is_matrix(rows: JSON, classes: int) -> TypeGuard[list[list[int]]]:
    return (
        isinstance(rows, list)
        and len(rows) == classes
        and all(isinstance(row, list) and len(row) == classes + 1 for row in rows)
        and all(isinstance(one, int) and one >= 0 for row in rows for one in row)  # type: ignore[union-attr]
    )


def _matrix(
    variant: str, counts: Sequence[Sequence[int]], labels: Sequence[str], *, none: bool
) -> Matrix:
    rows = []
    for index, (label, row) in enumerate(zip(labels, counts, strict=True)):
        total = sum(row)
        shown = row if none else row[:-1]
        cells = tuple(
            Cell(
                count=numbers.count(number) if number else "",
                shade=min(_SHADES, 10 * number // total) if total else 0,
                right=index == column,
            )
            for column, number in enumerate(shown)
        )
        rows.append((label, cells, numbers.count(total)))
    return Matrix(variant=variant, rows=tuple(rows))
