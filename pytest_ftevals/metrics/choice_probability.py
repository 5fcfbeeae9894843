"""Choice probability: how likely the right option is among the options."""

import math
from functools import partial

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.needs import scored_options
from pytest_ftevals.metrics.per_case import PerCase
from pytest_ftevals.metrics.wording import quoted


def rate(task: Task, case: Case, response: Response) -> Score:  # noqa: ARG001 - PerCase's shape
    """Return the right option's share of the probability of all options, from 0 to 1.

    A softmax over what accuracy takes the largest of: the sum of each option's token
    log-probabilities, for letters and for texts alike, not divided by the option's length.
    Schaeffer et al. 2024, arXiv 2406.04391, call it the probability mass on the correct choice
    among the available ones.
    """
    if len(response.choices) != len(case.continuations) or response.choice is None:
        scored, of = len(response.choices), len(case.continuations)
        return Score(value=None, reason=f"the response scores {scored} of the case's {of} options")
    logprobs = [choice.logprob for choice in response.choices]
    if not math.isfinite(max(logprobs)):
        return Score(value=None, reason="the likeliest option has no finite log-probability")
    right, chosen = int(str(case.expected)), response.choice
    value = softmax_at(logprobs, right)
    if chosen == right:
        return Score(value=value)
    reason = (
        f"{quoted(case.continuations[right].strip())} is right with probability {value:.3g}, "
        f"{quoted(case.continuations[chosen].strip())} has {softmax_at(logprobs, chosen):.3g}"
    )
    return Score(value=value, reason=reason)


def softmax_at(logprobs: list[float], index: int) -> float:
    """Return exp(l_i) over the sum of all exp(l_j), in [0, 1].

    The largest must be finite. It is subtracted first, so that nothing overflows and the sum is at
    least 1, however small the probabilities are.
    """
    largest = max(logprobs)
    weights = [math.exp(one - largest) for one in logprobs]
    return weights[index] / math.fsum(weights)


CHOICE_PROBABILITY = PerCase(
    name="choice_probability",
    binary=False,
    needs=partial(scored_options, "choice_probability"),
    rate=rate,
)
