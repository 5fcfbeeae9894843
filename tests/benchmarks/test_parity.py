"""The benchmark's comparison of two sides' answers."""

from dataclasses import replace

import pytest

from benchmarks.parity import Scored, compare
from benchmarks.table import NotRunError

QUESTION = Scored(prompt="1 + 1 =", texts=(" 2", " 3"), logprobs=(-0.5, -1.5))


def test_equal_answers_agree() -> None:
    """No difference, the same choice."""
    found = compare([QUESTION], [QUESTION])
    assert found.same_choices
    assert found.within_tolerance
    assert str(found) == "same choice on 1 of 1, largest difference 0.0e+00"


def test_another_choice_is_a_flip_unless_the_call_is_close() -> None:
    """Within 2e-4 nats either choice is right."""
    turned = replace(QUESTION, logprobs=(-1.5, -0.5))
    assert not compare([QUESTION], [turned]).same_choices
    close = replace(QUESTION, logprobs=(-0.5, -0.5001))
    assert compare([close], [turned]).same_choices


def test_other_words_never_agree() -> None:
    """Answers to another question say nothing, however equal."""
    found = compare([QUESTION], [replace(QUESTION, prompt="1 + 1 = ")])
    assert not found.same_choices
    assert not found.within_tolerance
    assert "OTHER PROMPTS on 1" in str(found)


def test_differences_are_held_against_the_tolerance() -> None:
    """1e-4 nats on any continuation."""
    off = replace(QUESTION, logprobs=(-0.5, -1.5003))
    assert not compare([QUESTION], [off]).within_tolerance
    assert compare([QUESTION], [off]).largest == pytest.approx(3e-4)


def test_missing_answers_are_no_parity() -> None:
    """Two sides that answered other numbers of questions are not compared."""
    with pytest.raises(NotRunError, match="1 questions, the other 2"):
        compare([QUESTION], [QUESTION, QUESTION])
