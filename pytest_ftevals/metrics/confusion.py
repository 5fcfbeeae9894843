"""The confusion matrix of a classification task."""

from collections.abc import Sequence
from typing import NamedTuple

from pytest_ftevals.core.score import Score
from pytest_ftevals.metrics.classification import NO_CLASS, encoded

MOST_CLASSES = 200
"""A task with more distinct expectations is free text: its matrix would show nothing."""


class Confusion(NamedTuple):
    """Counts of (expected, answered) pairs."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    """A row an expected class, a column an answered one; the last column: answers of no class."""


def confusion(scores: Sequence[Score]) -> Confusion | None:
    """Return the confusion matrix of scores that carry classes, through scikit-learn.

    None where there are no classes, or more than `MOST_CLASSES`. Unscored cases are left out.
    """
    known = [score for score in scores if score.value is not None and score.expected is not None]
    labels, expected, predicted = encoded(known)
    if not labels or len(labels) > MOST_CLASSES:
        return None
    from sklearn.metrics import confusion_matrix

    matrix = confusion_matrix(expected, predicted, labels=[*range(len(labels)), NO_CLASS])
    return Confusion(tuple(labels), tuple(tuple(map(int, row)) for row in matrix[:-1]))
