"""Matthews correlation: how far the answered classes go with the expected ones, by scikit-learn.

From -1 to 1, higher is better; 0 is what guessing, or always answering one class, gives. Matthews
1975 for two classes, Gorodkin 2004 (R_K) for more. All answers that are no class count as one
further class. Misleading beside other correlations: it is no share of right answers, and with
three or more classes its least value lies above -1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Only, RestsOn, Task
from pytest_ftevals.metrics.classes import rate_class
from pytest_ftevals.metrics.classification import NO_CLASS, class_totals, encoded
from pytest_ftevals.metrics.needs import one_class
from pytest_ftevals.metrics.per_case import unanswered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Matthews:
    """The correlation over classes; a case's score is 1 where the class is right, else 0."""

    name: str = "matthews"
    higher_is_better: bool = True
    points: bool = False
    binary: bool = True
    is_mean: bool = False
    only: Only = None
    rests_on: RestsOn = None
    score_libraries: tuple[str, ...] = ()
    value_libraries: tuple[str, ...] = ("scikit-learn",)
    settings: JSON = None

    def check(self, task: Task) -> None:
        """Raise FtevalsError where cases expect no class."""
        one_class(self.name, task)

    def score(self, task: Task, case: Case, response: Response) -> Score:
        """Return 1 or 0 with the expected and the answered class; None without an answer."""
        return unanswered(response) or rate_class(task, case, response)

    def value(self, scores: Sequence[Score]) -> float:
        """Return the correlation over all answers; 0 where one side has a single class."""
        from sklearn.metrics import matthews_corrcoef

        _, expected, predicted = encoded(scores)
        if len({*expected, *predicted}) == 1:  # the library warns of a single class
            return 0.0
        return float(matthews_corrcoef(expected, predicted))

    def resampled(
        self, scores: Sequence[Score], counts: "NDArray[np.int64]"
    ) -> "NDArray[np.float64]":
        """Return the correlation of each replicate, as `value` of the resampled list would be.

        From counts (Gorodkin 2004, as scikit-learn computes it): with s answers, c right ones, t_k
        expected and p_k answered of class k, (c s - sum t_k p_k) / sqrt((s^2 - sum t_k^2)
        (s^2 - sum p_k^2)). `counts` has shape (replicates, n). NaN for a replicate that draws one
        class of several: it says nothing of how they go together.
        """
        import numpy as np

        labels, expected, predicted = encoded(scores)
        classes = len(labels) + 1
        # A row a case, a column a sample; answers of no class are the last class.
        true, said = (
            np.array([classes - 1 if code == NO_CLASS else code for code in codes]).reshape(
                len(scores), -1
            )
            for codes in (expected, predicted)
        )
        right = class_totals(counts, np.where(true == said, true, NO_CLASS), classes=classes)
        expects = class_totals(counts, true, classes=classes)
        answers = class_totals(counts, said, classes=classes)
        # A class that a replicate does not draw is no class of that replicate.
        none = np.where(expects > 0, 0, answers).sum(axis=1)
        answers = np.where(expects > 0, answers, 0)
        answers[:, -1] = none
        drawn = expects.sum(axis=1)
        above = right.sum(axis=1) * drawn - (expects * answers).sum(axis=1)
        below = np.sqrt(
            (drawn**2 - (expects**2).sum(axis=1)) * (drawn**2 - (answers**2).sum(axis=1))
        )
        values: NDArray[np.float64] = np.divide(
            above, below, out=np.zeros_like(above), where=below > 0
        )
        several = (expects > 0).sum(axis=1) > 1
        return np.where(several | (len(labels) == 1), values, np.nan)


MATTHEWS = Matthews()
