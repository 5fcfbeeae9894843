"""Metrics of scored options against the definitions and libraries that give them."""

from collections.abc import Callable, Sequence
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Choice, Response
from pytest_ftevals.core.score import Score, averaged
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.accuracy_norm import characters
from pytest_ftevals.metrics.calibration_error import bin_of
from pytest_ftevals.metrics.likelihoods import softmax
from pytest_ftevals.metrics.registry import metric

OPTIONS = ("a", "bb bb", "ccc ccc ccc", "ü")
LOGPROBS = st.lists(st.floats(-60, -1e-3), min_size=4, max_size=4)
CASES = st.lists(st.tuples(LOGPROBS, st.integers(0, 3)), min_size=2, max_size=40)
STEADY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)


def _score(
    name: str, make_task: Callable[..., Task], logprobs: Sequence[float], right: Any
) -> Score:
    task = make_task(right, kind="choice", options=OPTIONS)
    choices = tuple(Choice(text="x", logprob=value, tokens=1) for value in logprobs)
    return metric(name).score(task, task.cases[0], Response(choices=choices))


@STEADY
@given(logprobs=LOGPROBS, right=st.integers(0, 3))
def test_accuracy_norm_is_lm_evals(
    logprobs: list[float], right: int, make_task: Callable[..., Task]
) -> None:
    """lm-evaluation-harness 0.4.13: argmax of log-probabilities over lengths in characters."""
    import numpy as np

    lengths = np.array([float(len(option)) for option in OPTIONS])
    wanted = float(np.argmax(np.array(logprobs) / lengths) == right)
    assert _score("accuracy_norm", make_task, logprobs, right).value == wanted


def _case(options: tuple[str, ...], continuations: tuple[str, ...]) -> Case:
    return Case(
        id="1", task="t", prompt="?", expected=0, options=options, continuations=continuations
    )


@pytest.mark.parametrize(
    ("options", "continuations", "lengths"),
    [
        (("Paris", "Rio"), (" Paris", " Rio"), [5, 3]),
        (("Paris", "Rio"), ("Paris", "Rio"), [5, 3]),
        ((" Paris", "Rio "), ("  Paris", " Rio "), [6, 4]),
        (("Paris", "Rio"), (" A", " B"), [1, 1]),
        (("Ann", "Bo"), (" was late.", " was late."), [9, 9]),
        (("日本", "é"), (" 日本", " é"), [2, 1]),
    ],
    ids=["texts", "in a chat", "own spaces", "letters", "an ending", "letters beyond ASCII"],
)
def test_lengths_are_of_what_is_scored(
    options: tuple[str, ...], continuations: tuple[str, ...], lengths: list[int]
) -> None:
    """Characters, without the space that joins prompt and option."""
    case = _case(options, continuations)
    assert [characters(case, index) for index in range(2)] == lengths


@STEADY
@given(cases=CASES)
def test_brier_is_scikit_learns_and_lm_evals(
    cases: list[tuple[list[float], int]], make_task: Callable[..., Task]
) -> None:
    """The sum over options, of a softmax over sums of log-probabilities."""
    import numpy as np
    from lm_eval.api.metrics import brier_score
    from scipy.special import softmax as softmaxed
    from sklearn.metrics import brier_score_loss

    shares = np.array([softmaxed(logprobs) for logprobs, _ in cases])
    right = [one for _, one in cases]
    value = metric("brier").value([_score("brier", make_task, *case) for case in cases])
    reference = brier_score_loss(right, shares, labels=[0, 1, 2, 3], scale_by_half=False)
    assert value == pytest.approx(reference, abs=1e-12)
    assert value == pytest.approx(brier_score(list(zip(right, shares, strict=True))), abs=1e-12)
    assert 0 <= value <= 2


def test_brier_needs_one_right_option(make_task: Callable[..., Task]) -> None:
    """Several right options have no one-hot answer to be held against."""
    task = make_task([0, 2], kind="choice")
    with pytest.raises(FtevalsError, match="needs one right answer a case, and case '1'"):
        metric("brier").check(task)


def _reference_error(shares: Sequence[float], hits: Sequence[float]) -> float:
    """Guo et al. 2017, equations 2 and 3, over ten bins (m-1)/10 < p <= m/10."""
    import numpy as np

    p, y = np.array(shares), np.array(hits, dtype=float)
    total = 0.0
    for number in range(1, 11):
        inside = (p > (number - 1) / 10) & (p <= number / 10)
        if inside.any():
            total += inside.sum() / len(p) * abs(y[inside].mean() - p[inside].mean())
    return total


@STEADY
@given(cases=CASES, data=st.data())
def test_calibration_error_is_guos(
    cases: list[tuple[list[float], int]], data: st.DataObject, make_task: Callable[..., Task]
) -> None:
    """Value and replicates equal the definition over the cases, and over those drawn."""
    import numpy as np

    found = metric("calibration_error")
    scores = [_score("calibration_error", make_task, *case) for case in cases]
    shares = [max(softmax(logprobs)) for logprobs, _ in cases]
    hits = [float(logprobs.index(max(logprobs)) == right) for logprobs, right in cases]
    assert found.value(scores) == pytest.approx(_reference_error(shares, hits), abs=1e-12)
    assert found.value(scores[:1]) == pytest.approx(scores[0].value or 0.0, abs=1e-12)
    drawn = data.draw(st.lists(st.integers(0, len(cases) - 1), min_size=len(cases), max_size=99))
    replicates = found.resampled(scores, np.bincount(drawn, minlength=len(cases))[np.newaxis])
    wanted = _reference_error([shares[one] for one in drawn], [hits[one] for one in drawn])
    assert replicates is not None
    assert replicates[0] == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize(
    ("share", "place"),
    [(0.01, 0), (0.1, 0), (0.11, 1), (0.3, 2), (0.5, 4), (0.7, 6), (0.71, 7), (1.0, 9)],
)
def test_bins_hold_their_upper_ends(share: float, place: int) -> None:
    """A probability of exactly 0.7 belongs to the seventh bin, though 0.7 * 10 is more than 7."""
    assert bin_of(share) == place


def test_calibration_error_of_a_perfect_forecast(make_task: Callable[..., Task]) -> None:
    """Right in one of two cases at probability 0.5, and always at 1: no error at all."""
    import math

    half = [0.0, 0.0, -math.inf, -math.inf]
    sure = [0.0, -math.inf, -math.inf, -math.inf]
    cases = [(half, 0), (half, 1), (sure, 0)]
    scores = [_score("calibration_error", make_task, *case) for case in cases]
    assert [score.value for score in scores] == [0.5, 0.5, 0]
    assert metric("calibration_error").value(scores) == 0


def test_samples_count_as_answers(make_task: Callable[..., Task]) -> None:
    """A case that was asked twice adds both answers to the bins."""
    once = [_score("calibration_error", make_task, [0, -1, -2, -3], right) for right in (0, 1)]
    found = metric("calibration_error")
    assert found.value([averaged(once)]) == pytest.approx(found.value(once), abs=1e-15)


@STEADY
@given(logprobs=LOGPROBS, split=st.integers(1, 3))
def test_several_right_options_are_truthfulqas_mc2(
    logprobs: list[float], split: int, make_task: Callable[..., Task]
) -> None:
    """lm-evaluation-harness 0.4.13: the true options' share of the summed probabilities."""
    import numpy as np

    true, false = np.exp(np.array(logprobs[:split])), np.exp(np.array(logprobs[split:]))
    share = _score("choice_probability", make_task, logprobs, list(range(split))).value
    assert share == pytest.approx(sum(true / (sum(true) + sum(false))), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "higher", "points", "binary", "is_mean"),
    [
        ("accuracy_norm", True, True, True, True),
        ("choice_probability", True, True, False, True),
        ("brier", False, False, False, True),
        ("calibration_error", False, True, False, False),
    ],
)
def test_what_they_say_of_themselves(
    name: str, *, higher: bool, points: bool, binary: bool, is_mean: bool
) -> None:
    """Direction, unit and kind of value; no library is loaded for a score."""
    found = metric(name)
    assert (found.higher_is_better, found.points) == (higher, points)
    assert (found.binary, found.is_mean) == (binary, is_mean)
    assert (found.score_libraries, found.value_libraries) == ((), ())
