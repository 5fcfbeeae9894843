"""The expected calibration error: whether a choice is as often right as it is sure.

From 0 to 1, lower is better. Cases are put into ten bins of equal width by the probability of the
chosen option among the options; the error is the mean over cases of the distance between a bin's
accuracy and its mean probability. Guo et al. 2017, "On calibration of modern neural networks",
arXiv 1706.04599, section 2. Misleading on few cases, where chance alone moves bins away from their
probability: the expected error of a perfectly calibrated model on 100 cases is some hundredths,
not 0. A model that always gives the base rate is perfectly calibrated and useless.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from functools import partial

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.likelihoods import probabilities, right_options, unscorable
from pytest_ftevals.metrics.needs import scored_options
from pytest_ftevals.metrics.pooled import Pooled

BINS = 10
_ENDS = tuple(number / BINS for number in range(1, BINS))


def rate(task: Task, case: Case, response: Response) -> Score:  # noqa: ARG001 - Pooled's shape
    """Return the distance of the chosen option's probability from 1 if it is right, else from 0.

    `parts` has, a bin each, right answers minus probabilities, and after them the number of cases.
    """
    if (unscored := unscorable(case, response)) is not None:
        return unscored
    chosen = response.choice or 0
    share = probabilities(response)[chosen]
    hit = chosen in right_options(case)
    parts = [0.0] * BINS
    parts[bin_of(share)] = hit - share
    reason = "" if hit else f"chose a wrong option with probability {share:.3g}"
    return Score(value=abs(hit - share), reason=reason, parts=[*parts, 1.0])


def bin_of(share: float) -> int:
    """Return the bin of a probability, from 0: the first holds (0, 0.1], the last (0.9, 1]."""
    return bisect_left(_ENDS, share)


def pool(sums: Sequence[float]) -> float:
    """Return the error from each bin's surplus of right answers, and the number of cases."""
    *surplus, cases = sums
    return math.fsum(map(abs, surplus)) / cases


CALIBRATION_ERROR = Pooled(
    name="calibration_error",
    needs=partial(scored_options, "calibration_error"),
    rate=rate,
    pool=pool,
    higher_is_better=False,
)
