"""Choice probability: the laws of a probability over a case's options."""

import math
from collections.abc import Callable, Sequence

import hypothesis.strategies as st
import pytest
from hypothesis import given

from pytest_ftevals.core.response import Choice, Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.likelihoods import softmax
from pytest_ftevals.metrics.registry import metric

LOGPROBS = st.lists(st.floats(-1e6, 0), min_size=2, max_size=26)


def _score(logprobs: Sequence[float], right: int, make_task: Callable[..., Task]) -> Score:
    task = make_task(right, kind="choice", options=[f"o{i}" for i in range(len(logprobs))])
    choices = tuple(Choice(text="x", logprob=value, tokens=1) for value in logprobs)
    return metric("choice_probability").score(task, task.cases[0], Response(choices=choices))


@given(logprobs=LOGPROBS)
def test_it_sums_to_one(logprobs: list[float]) -> None:
    """Over which option is right, the probabilities sum to 1, and each lies in [0, 1]."""
    shares = [softmax(logprobs)[index] for index in range(len(logprobs))]
    assert math.fsum(shares) == pytest.approx(1, abs=1e-12)
    assert all(0 <= share <= 1 for share in shares)


@given(size=st.integers(2, 26), level=st.floats(-1e300, 0))
def test_equal_options_share_alike(size: int, level: float) -> None:
    """Of k equally likely options each has 1/k, however unlikely all are."""
    assert softmax([level] * size)[size - 1] == 1 / size


@given(logprobs=LOGPROBS, data=st.data(), more=st.floats(0, 1e6))
def test_it_is_monotone(logprobs: list[float], data: st.DataObject, more: float) -> None:
    """A likelier right option never lowers it, a likelier wrong one never raises it."""
    right, other = data.draw(st.permutations(range(len(logprobs))))[:2]
    before = softmax(logprobs)[right]
    raised = [min(0.0, one + more) if i == right else one for i, one in enumerate(logprobs)]
    rivalled = [min(0.0, one + more) if i == other else one for i, one in enumerate(logprobs)]
    assert softmax(raised)[right] >= before * (1 - 1e-12) - 1e-300
    assert softmax(rivalled)[right] <= before * (1 + 1e-12) + 1e-300


@given(logprobs=LOGPROBS, shift=st.floats(-1e6, 0))
def test_only_ratios_count(logprobs: list[float], shift: float) -> None:
    """Making all options less likely by one factor changes nothing but rounding."""
    moved = softmax([one + shift for one in logprobs])[0]
    assert moved == pytest.approx(softmax(logprobs)[0], rel=1e-8, abs=1e-300)


@given(logprobs=LOGPROBS, data=st.data())
def test_it_agrees_with_accuracy(logprobs: list[float], data: st.DataObject) -> None:
    """Over one half the choice is right; with a right choice it is at least one over k."""
    right = data.draw(st.integers(0, len(logprobs) - 1))
    choices = tuple(Choice(text="x", logprob=value, tokens=1) for value in logprobs)
    share = softmax(logprobs)[right]
    chosen = Response(choices=choices).choice
    assert share <= 0.5 or chosen == right
    assert chosen != right or share >= (1 - 1e-12) / len(logprobs)


def test_lengths_do_not_count(make_task: Callable[..., Task]) -> None:
    """Like accuracy it takes sums of log-probabilities, not means over an option's tokens."""
    task = make_task(0, kind="choice", options=("a", "b"))
    long, short = Choice(text=" a", logprob=-2.0, tokens=8), Choice(text=" b", logprob=-1, tokens=1)
    response = Response(choices=(long, short))
    share = metric("choice_probability").score(task, task.cases[0], response).value
    assert share == pytest.approx(1 / (1 + math.e), abs=1e-15)
    assert metric("accuracy").score(task, task.cases[0], response).value == 0


def test_its_value_is_the_mean(make_task: Callable[..., Task]) -> None:
    """A task's value is the mean of its cases' probabilities, between 0 and 1."""
    scores = [_score([0, 0], 0, make_task), _score([0, 0, 0, 0], 3, make_task)]
    assert metric("choice_probability").value(scores) == 0.375


def test_what_it_says_of_itself() -> None:
    """Real scores, their mean, points, higher is better, and no library to load."""
    found = metric("choice_probability")
    assert (found.binary, found.is_mean) == (False, True)
    assert (found.points, found.higher_is_better) == (True, True)
    assert (found.score_libraries, found.value_libraries) == ((), ())


def test_reasons_stay_short(make_task: Callable[..., Task]) -> None:
    """Options of a thousand words are cut, and control characters escaped."""
    task = make_task(0, kind="choice", options=("a\x1b[31m" * 1000, "b" * 1000))
    choices = (Choice(text="x", logprob=-3.0, tokens=1), Choice(text="x", logprob=-1.0, tokens=1))
    score = metric("choice_probability").score(task, task.cases[0], Response(choices=choices))
    assert 0 < len(score.reason) <= 300
    assert score.reason.isprintable()
