"""The confusion matrix of a classification task."""

from collections import Counter
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
    """Return the confusion matrix of answers' scores that carry classes.

    None where there are no classes, or more than `MOST_CLASSES`. Unscored answers are left out.
    Counted here, as scikit-learn's ``confusion_matrix`` would (the tests hold it against that): a
    stored run need not load the library for it.
    """
    known = [score for score in scores if score.value is not None and score.expected is not None]
    labels, expected, predicted = encoded(known)
    if not labels or len(labels) > MOST_CLASSES:
        return None
    counts = Counter(zip(expected, predicted, strict=True))
    columns = (*range(len(labels)), NO_CLASS)
    return Confusion(
        tuple(labels),
        tuple(tuple(counts[row, column] for column in columns) for row in range(len(labels))),
    )
