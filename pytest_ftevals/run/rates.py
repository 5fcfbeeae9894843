"""Pass rates: a test body's outcome on every case as a 0/1 metric."""

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.comparison import Comparison
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.threshold import Decide
from pytest_ftevals.metrics.per_case import PerCase
from pytest_ftevals.run.compare import Scores, compare_scores
from pytest_ftevals.run.scores import TaskScores
from pytest_ftevals.run.session import Session
from pytest_ftevals.run.tested import Rate
from pytest_ftevals.verdicts.explain import explain
from pytest_ftevals.verdicts.measure import Deciding, Measure, Recorder


def compare_rate(scores: TaskScores, rate: Rate) -> Comparison:
    """Return base and candidate paired on a test body's outcomes.

    Raises FtevalsError where the body skipped every case.
    """
    return compare_scores(
        scores.task,
        PerCase(name=rate.metric, binary=True, needs=_nothing, rate=_never),
        rate.candidate,
        _as_scores(rate.base),
        _as_scores(rate.scores),
        where=None,
        levels=scores.levels,
        kept=scores.kept,
    )


def decide_rate(
    session: Session,
    rate: Rate,
    *,
    at_least: float | None,
    drop: float | None,
    mode: Decide,
    record: Recorder,
) -> list[str]:
    """Hold a pass rate against its bounds; return a line for each that does not hold.

    `at_least` is a rate from 0 to 1, `drop` is in percentage points below the base.
    """
    comparison = compare_rate(session.scores(session.library.named(rate.task)), rate)

    def no_slices(name: str) -> Comparison:
        raise FtevalsError(f"a pass rate has no slice {name!r}")

    deciding = Deciding(record=record, mode=mode)
    measure = Measure(lambda: comparison, "value", deciding=deciding, slices=no_slices, first=False)
    verdicts = []
    if at_least is not None:
        verdicts.append(measure >= at_least)
    if drop is not None:
        verdicts.append(measure.drop <= drop)
    return [explain(verdict)[0] for verdict in verdicts if not verdict]


def _as_scores(outcomes: dict[str, float | None]) -> Scores:
    return {
        case: Score(value=value, reason="" if value is not None else "the test skipped this case")
        for case, value in outcomes.items()
    }


def _nothing(_task: Task) -> None:
    """Need nothing of a task: the body of a test decides."""


def _never(_task: Task, _case: Case, _response: Response) -> Score:
    raise TypeError("a pass rate is scored by its test, not by the metric")
