"""Precision, recall and F1: macro, weighted and per class, balanced accuracy; by scikit-learn.

From 0 to 1, higher is better. Misleading with rare classes: in a macro average a class of five
cases weighs as much as one of five thousand, and its noise goes into the value.

The classes are those that the scores expect; an answer of no class is a miss of the expected class
and a false alarm of none. Where a ratio has no cases it is 0 (scikit-learn's ``zero_division=0``).
Of cases with several samples every sample is an answer, and a resample draws a case with all of
them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Only, RestsOn, Task
from pytest_ftevals.metrics.classes import expected_class, rate_class
from pytest_ftevals.metrics.needs import one_class
from pytest_ftevals.metrics.per_case import unanswered
from pytest_ftevals.metrics.wording import quoted, short

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Ratio = Literal["precision", "recall", "f1"]
Average = Literal["macro", "weighted"]

NO_CLASS = -1
"""The code of an answer that is no class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """One ratio over classes; a case's score is 1 where the class is right, else 0."""

    ratio: Ratio
    average: Average | None
    """How classes are averaged; None for the ratio of one class."""
    label: str | None = None
    """The one class, where `average` is None."""
    called: str | None = None
    """A name of its own: balanced accuracy is the macro average of recall."""
    higher_is_better: bool = True
    points: bool = True
    binary: bool = True
    is_mean: bool = False
    only: Only = None
    score_libraries: tuple[str, ...] = ()
    value_libraries: tuple[str, ...] = ("scikit-learn",)
    settings: JSON = None

    @property
    def name(self) -> str:
        """``f1_macro``, or ``f1:billing`` for one class."""
        if self.called is not None:
            return self.called
        return (
            f"{self.ratio}:{self.label}" if self.average is None else f"{self.ratio}_{self.average}"
        )

    @property
    def rests_on(self) -> RestsOn:
        """The cases of its one class, or of each class where all classes weigh the same."""
        return None if self.average == "weighted" else self._groups

    def check(self, task: Task) -> None:
        """Raise FtevalsError where cases expect no class, or none expects the class named."""
        one_class(self.name, task)
        classes = sorted({expected_class(task, case) for case in task.cases})
        if self.label is not None and self.label not in classes:
            raise FtevalsError(
                f"metric {self.name!r} names a class that no case expects",
                where=str(task.path),
                fix=short(f"The classes are {', '.join(map(quoted, classes))}.", 600),
            )

    def score(self, task: Task, case: Case, response: Response) -> Score:
        """Return 1 or 0 with the expected and the answered class; None without an answer."""
        return unanswered(response) or rate_class(task, case, response)

    def value(self, scores: Sequence[Score]) -> float:
        """Return the ratio over all answers."""
        from sklearn.metrics import precision_recall_fscore_support

        labels, expected, predicted = encoded(scores, self.label)
        wanted = [labels.index(self.label)] if self.label is not None else range(len(labels))
        ratios = precision_recall_fscore_support(
            expected,
            predicted,
            labels=list(wanted),
            average=self.average or "macro",  # of one class: the class itself
            zero_division=0,
        )
        return float(ratios[("precision", "recall", "f1").index(self.ratio)])

    def resampled(
        self, scores: Sequence[Score], counts: "NDArray[np.int64]"
    ) -> "NDArray[np.float64]":
        """Return the ratio of each replicate, as `value` of the resampled list would be.

        `counts` has shape (replicates, n). A class that a replicate does not draw is no class of
        that replicate; where it is the one class, the replicate says nothing: NaN.
        """
        import numpy as np

        labels, expected, predicted = encoded(scores, self.label)
        totals = partial(class_totals, counts, classes=len(labels))
        # A row a case, a column a sample.
        true, answered = (
            np.array(codes).reshape(len(scores), -1) for codes in (expected, predicted)
        )
        hits = totals(np.where(true == answered, true, NO_CLASS))
        support, claimed = totals(true), totals(answered)
        over = {"precision": claimed, "recall": support, "f1": (support + claimed) / 2}[self.ratio]
        ratios = np.divide(hits, over, out=np.zeros_like(hits), where=over > 0)
        if self.label is not None:
            (own,) = self._groups(scores)
            drawn = counts[:, own].any(axis=1) | (not own)
            return np.where(drawn, ratios[:, labels.index(self.label)], np.nan)
        weights = support if self.average == "weighted" else (support > 0).astype(np.float64)
        averages: NDArray[np.float64] = (ratios * weights).sum(axis=1) / weights.sum(axis=1)
        return averages

    def _groups(self, scores: Sequence[Score]) -> list[list[int]]:
        """Return the positions of each class's cases: of precision, of those answered with it.

        A class that nothing is answered with has the cases that expect it.
        """
        labels, expected, predicted = encoded(scores, self.label)
        each = len(expected) // len(scores)
        claimed = self.ratio == "precision"
        groups = []
        for code, label in enumerate(labels):
            if self.label in (None, label):
                codes = predicted if claimed and code in predicted else expected
                own = {place // each for place, one in enumerate(codes) if one == code}
                groups.append(sorted(own))
        return groups


def encoded(
    scores: Sequence[Score], label: str | None = None
) -> tuple[list[str], list[int], list[int]]:
    """Return the sorted classes and, an answer each, the codes of expected and answered class.

    A code is an index into the classes, `NO_CLASS` for an answer of no class; `label` is a class
    even where no score expects it.
    """
    answers = [answer for score in scores for answer in score.samples or (score,)]
    labels = sorted({str(answer.expected) for answer in answers} | ({label} if label else set()))
    codes = {name: code for code, name in enumerate(labels)}
    expected = [codes[str(answer.expected)] for answer in answers]
    predicted = [
        NO_CLASS if answer.predicted is None else codes.get(answer.predicted, NO_CLASS)
        for answer in answers
    ]
    return labels, expected, predicted


def class_totals(
    counts: "NDArray[np.int64]", codes: "NDArray[np.int64]", *, classes: int
) -> "NDArray[np.float64]":
    """Return how often each replicate drew each class, shape (replicates, classes).

    `codes` has shape (n, samples).
    """
    import numpy as np

    totals = np.zeros((len(counts), classes))
    for sample in codes.T:
        cases = np.flatnonzero(sample != NO_CLASS)
        if cases.size:
            grouped = cases[np.argsort(sample[cases], kind="stable")]
            present, starts = np.unique(sample[grouped], return_index=True)
            totals[:, present] += np.add.reduceat(counts[:, grouped], starts, axis=1)
    return totals
