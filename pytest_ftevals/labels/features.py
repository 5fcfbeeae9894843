"""Features of a task's cases: what may be over-represented among those that fail."""

import json
import operator
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.task import Task
from pytest_ftevals.labels.questions import questions_of
from pytest_ftevals.labels.text_features import TEXT_FEATURES, Text, language

MOST_VALUES = 20
"""What is expected makes features where it has so many different values or fewer."""
_PARTS = 4
"""The longest and the shortest quarter of the questions have a feature each."""
_LANGUAGE = frozenset({"language", "lang", "locale", "sprache"})


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that some cases of a task have."""

    name: str
    cases: frozenset[str]
    """Ids of those that have it."""


def features_of(task: Task) -> tuple[Feature, ...]:
    """Return the features of a task's own cases: of its slices, expectations, shapes and questions.

    In the order in which they are to be named, for several may be the same cases'. Varied cases
    have none.
    """
    cases = task.cases
    texts = list(map(Text.of, questions_of(cases)))
    told = _LANGUAGE & {name.lower() for name in task.slices}
    return (
        *_grouped((name, case.id) for case in cases for name in _slices(case)),
        *_grouped(_expected(task)),
        *_grouped((name, case.id) for case in cases for name in _shape(case)),
        *_lengths(cases, texts),
        *_worded(cases, texts),
        *(() if told else _grouped(_written(cases, texts))),
    )


def _grouped(named: Iterable[tuple[str, str]]) -> Iterator[Feature]:
    """Yield the features that cases are said to have: (name, case id)."""
    found: dict[str, list[str]] = {}
    for name, case in named:
        found.setdefault(name, []).append(case)
    return (Feature(name, frozenset(ids)) for name, ids in found.items())


def _slices(case: Case) -> Iterator[str]:
    return (f"{column}={value}" for column, value in case.slices.items())


def _expected(task: Task) -> Iterator[tuple[str, str]]:
    """Yield the expected class, or each field of an expected object, where they are few."""
    if task.kind not in ("generate", "choice"):
        return
    fields: dict[str, list[tuple[str, str]]] = {}
    for case in task.cases:
        for name, value in _classes(case):
            fields.setdefault(name, []).append((value, case.id))
    for name, values in fields.items():
        different = len({value for value, _ in values})
        # As many values as cases are answers, not classes.
        if different <= MOST_VALUES and 2 * different <= len(values):
            yield from ((f"{name}={value}", case) for value, case in values)


def _classes(case: Case) -> Iterator[tuple[str, str]]:
    right = case.expected
    if isinstance(right, dict):
        yield from ((f"expected {name}", _text(value)) for name, value in right.items())
    elif case.options and isinstance(right, int) and 0 <= right < len(case.options):
        yield "expected", case.options[right]
        yield "right option", str(right + 1)
    elif right is not None and not isinstance(right, list):
        yield "expected", _text(right)


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _shape(case: Case) -> Iterator[str]:
    if case.options:
        yield f"options={len(case.options)}"
    if case.turns:
        yield f"turns={len(case.turns) + 1}"


def _lengths(cases: Sequence[Case], texts: Sequence[Text]) -> Iterator[Feature]:
    """Yield the longest and the shortest quarter by words: fewer where many are as long."""
    lengths = [len(text.words) for text in texts]
    counts = sorted(Counter(lengths).items())
    for sign, ordered in ((">=", counts[::-1]), ("<=", counts)):
        limit = _limit(ordered, len(cases) // _PARTS)
        if limit is not None:
            beyond = operator.ge if sign == ">=" else operator.le
            known = zip(cases, lengths, strict=True)
            ids = frozenset(case.id for case, length in known if beyond(length, limit))
            yield Feature(f"words {sign} {limit}", ids)


def _limit(counts: Iterable[tuple[int, int]], most: int) -> int | None:
    """Return the last length up to which no more than `most` cases are; None: even the first."""
    limit, taken = None, 0
    for length, count in counts:
        taken += count
        if taken > most:
            break
        limit = length
    return limit


def _worded(cases: Sequence[Case], texts: Sequence[Text]) -> Iterator[Feature]:
    known = list(zip(cases, texts, strict=True))
    for feature in TEXT_FEATURES:
        ids = frozenset(case.id for case, text in known if feature.has(text))
        yield Feature(feature.name, ids)


def _written(cases: Sequence[Case], texts: Sequence[Text]) -> Iterator[tuple[str, str]]:
    for case, text in zip(cases, texts, strict=True):
        if (found := language(text)) is not None:
            yield f"in {found}", case.id
