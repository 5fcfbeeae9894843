"""The Brier score of a choice: how far its probabilities are from the right answer.

From 0 (sure and right) to 2 (sure and wrong), lower is better; of k equally likely options it is
1 - 1/k. Brier 1950, "Verification of forecasts expressed in terms of probability", Monthly Weather
Review 78, 1-3: the sum over all options, as lm-evaluation-harness's ``brier_score``, not the half
of it that is usual for two classes. Misleading as a measure of knowledge alone: it mixes being
right with being well calibrated, and has no meaning across different numbers of options.
"""

import math

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.likelihoods import probabilities, right_options, unscorable
from pytest_ftevals.metrics.needs import one_class, scored_options
from pytest_ftevals.metrics.per_case import PerCase


def rate(task: Task, case: Case, response: Response) -> Score:  # noqa: ARG001 - PerCase's shape
    """Return the sum over options of (p - y)^2, from 0 to 2; y is 1 for the right option."""
    if (unscored := unscorable(case, response)) is not None:
        return unscored
    (right,) = right_options(case)
    shares = probabilities(response)
    value = math.fsum((share - (at == right)) ** 2 for at, share in enumerate(shares))
    reason = "" if response.choice == right else f"the right option has {shares[right]:.3g}"
    return Score(value=value, reason=reason)


def needs(task: Task) -> None:
    """Raise FtevalsError unless every case has options to score and one of them is right."""
    scored_options("brier", task)
    one_class("brier", task)


BRIER = PerCase(
    name="brier",
    binary=False,
    needs=needs,
    rate=rate,
    higher_is_better=False,
    points=False,
)
