"""What ``compare(task).against`` gives a test: the candidate compared with the saved run."""

from collections.abc import Callable

from pytest_ftevals.core.threshold import Decide
from pytest_ftevals.run.scores import TaskScores
from pytest_ftevals.verdicts.measure import Recorder
from pytest_ftevals.verdicts.result import Result


def result_against(
    scores: TaskScores, candidate: str, record: Recorder, mode: Decide
) -> Callable[[], Result] | None:
    """Return what makes the result of a candidate against the saved run; None where none is named.

    It raises FtevalsError where the task cannot be compared. Its thresholds take all cases of the
    task: there is no early stop, since a baseline is of whole tasks.
    """
    saved = scores.against
    if saved is None:
        return None

    def make() -> Result:
        saved.check(scores.task)
        return Result(
            scores.task,
            candidate,
            compare=lambda name, where: scores.compare(
                candidate, name, where, reference=saved.name
            ),
            slices=scores.slices,
            record=record,
            mode=mode,
            against=make,
        )

    return make
