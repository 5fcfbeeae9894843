"""Patterns among failures: how often cases with a feature fail, counted; tested elsewhere."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from pytest_ftevals.labels.features import Feature

LEAST_CASES = 5
"""Of fewer cases with a feature no test says anything, and each test costs the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A feature that some of the cases looked at have and others lack."""

    name: str
    n: int
    """Cases that have it."""
    failed: int
    """How many of these failed."""


def tried_features(
    features: Iterable[Feature], looked_at: AbstractSet[str], failed: AbstractSet[str]
) -> tuple[Tried, ...]:
    """Return the features that 5 of the cases looked at have, or more, and others lack.

    Of those that the same cases have the first. `failed` are some of `looked_at`.
    """
    found: dict[frozenset[str], Tried] = {}
    for feature in features:
        having = feature.cases & looked_at
        if LEAST_CASES <= len(having) < len(looked_at) and having not in found:
            count = len(having & failed)
            found[having] = Tried(name=feature.name, n=len(having), failed=count)
    return tuple(found.values())


def first_failed(
    feature: Feature, order: Sequence[str], failed: AbstractSet[str], most: int
) -> tuple[str, ...]:
    """Return the first of the failed cases that have a feature, in the order given."""
    having = (case for case in order if case in failed and case in feature.cases)
    return tuple(case for _, case in zip(range(most), having, strict=False))
