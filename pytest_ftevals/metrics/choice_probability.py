"""Choice probability: how likely the right option is among the options.

From 0 to 1, higher is better. Schaeffer et al. 2024, arXiv 2406.04391, call it the probability mass
on the correct choice among the available ones; over several right options it is the MC2 of
TruthfulQA (Lin et al. 2021, arXiv 2109.07958). Misleading for what users see: a model that grows
surer of the very same choices moves it.
"""

import math
from functools import partial

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.likelihoods import probabilities, right_options, unscorable
from pytest_ftevals.metrics.needs import scored_options
from pytest_ftevals.metrics.per_case import PerCase
from pytest_ftevals.metrics.wording import quoted


def rate(task: Task, case: Case, response: Response) -> Score:  # noqa: ARG001 - PerCase's shape
    """Return the share of the probability of all options that the right ones have, from 0 to 1."""
    if (unscored := unscorable(case, response)) is not None:
        return unscored
    shares, right = probabilities(response), right_options(case)
    chosen = response.choice or 0
    value = min(1.0, math.fsum(shares[index] for index in right))
    if chosen in right:
        return Score(value=value)
    named = quoted(case.continuations[right[0]].strip())
    more = f" and {len(right) - 1} more" if len(right) > 1 else ""
    reason = (
        f"{named}{more} {'are' if more else 'is'} right with probability {value:.3g}, "
        f"{quoted(case.continuations[chosen].strip())} has {shares[chosen]:.3g}"
    )
    return Score(value=value, reason=reason)


CHOICE_PROBABILITY = PerCase(
    name="choice_probability",
    binary=False,
    needs=partial(scored_options, "choice_probability"),
    rate=rate,
)
