"""What the choice metrics read: the options' log-probabilities, and which options are right."""

import math
from collections.abc import Sequence

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score


def unscorable(case: Case, response: Response) -> Score | None:
    """Return the score (None, with the reason) of options that hold no probabilities, else None."""
    if len(response.choices) != len(case.continuations) or response.choice is None:
        scored, of = len(response.choices), len(case.continuations)
        return Score(value=None, reason=f"the response scores {scored} of the case's {of} options")
    if not math.isfinite(max(choice.logprob for choice in response.choices)):
        return Score(value=None, reason="the likeliest option has no finite log-probability")
    return None


def probabilities(response: Response) -> list[float]:
    """Return each option's share of the probability of all options, from 0 to 1.

    A softmax over what accuracy takes the largest of: the sum of each option's token
    log-probabilities, for letters and for texts alike, not divided by the option's length.
    """
    return softmax([choice.logprob for choice in response.choices])


def softmax(logprobs: Sequence[float]) -> list[float]:
    """Return exp(l_i) over the sum of all exp(l_j), each in [0, 1].

    The largest must be finite. It is subtracted first, so that nothing overflows and the sum is at
    least 1, however small the probabilities are.
    """
    largest = max(logprobs)
    weights = [math.exp(one - largest) for one in logprobs]
    total = math.fsum(weights)
    return [weight / total for weight in weights]


def right_options(case: Case) -> tuple[int, ...]:
    """Return the indices of the right options, one or more."""
    expected = case.expected if isinstance(case.expected, list) else [case.expected]
    return tuple(int(str(index)) for index in expected)
