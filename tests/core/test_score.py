"""Scores: a case's mean over its samples, and what the store keeps of one."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.score import Score, averaged

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)
SCORES = st.builds(
    Score,
    value=st.none() | NUMBERS,
    reason=st.text(),
    expected=st.none() | st.text(),
    predicted=st.none() | st.text(),
    parts=st.none() | st.lists(NUMBERS),
)


@given(score=SCORES)
def test_one_sample_is_the_score(score: Score) -> None:
    """Nothing is averaged where every case is asked once."""
    assert averaged([score]) is score


@given(values=st.lists(NUMBERS, min_size=2, max_size=9))
def test_several_samples_are_averaged(values: list[float]) -> None:
    """The order changes nothing, and the samples stay at hand."""
    samples = [Score(value=value) for value in values]
    found = averaged(samples)
    assert found.value == math.fsum(values) / len(values) == averaged(samples[::-1]).value
    assert found.samples == tuple(samples)
    assert (found.reason, found.expected, found.predicted) == ("", None, None)


def test_one_unscored_sample_leaves_the_case_unscored() -> None:
    """Never counted as 0, and the reason says which sample it was."""
    samples = [Score(value=1.0), Score(value=None, reason="timeout"), Score(value=None)]
    assert averaged(samples) == Score(value=None, reason="sample 1: timeout")


@given(score=SCORES)
def test_stored_and_read_back(score: Score) -> None:
    """What is written comes back equal."""
    assert Score.from_json(score.to_json()) == score


@pytest.mark.parametrize(
    "data",
    [None, [], [1.0], [1.0, "", None, None], ["x", "", None, None, None],
     [1.0, None, None, None, None], [1.0, "", 3, None, None], [1.0, "", None, ["a"], None],
     [1.0, "", None, None, 3], {"value": 1.0}, "abcdef", 7],
)  # fmt: skip
def test_what_is_no_score_is_refused(data: Any) -> None:
    """With one of the errors that its reader expects."""
    with pytest.raises((TypeError, ValueError)):
        Score.from_json(data)
