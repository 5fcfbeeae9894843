"""Suggestions: the closest known word, or nothing."""

import pytest

from pytest_ftevals.core.suggest import did_you_mean

WORDS = ("accuracy", "rougeL", "language=de")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("acuracy", "Did you mean 'accuracy'? "),
        ("Accuracy", "Did you mean 'accuracy'? "),
        ("ROUGEL", "Did you mean 'rougeL'? "),
        ("language=en", "Did you mean 'language=de'? "),
        ("zzz", ""),
        ("", ""),
    ],
)
def test_the_closest_word(word: str, said: str) -> None:
    """One word is suggested, as it is spelled; capitals do not matter."""
    assert did_you_mean(word, WORDS) == said


def test_nothing_is_known() -> None:
    """Without words there is nothing to suggest."""
    assert did_you_mean("word", ()) == ""


def test_quotes() -> None:
    """The quotes are the caller's; by default what would break a line is escaped."""
    assert did_you_mean("slice", ["slices"], spell="`{}`".format) == "Did you mean `slices`? "
    assert did_you_mean("a=b c", ["a=b\nc"]) == "Did you mean 'a=b\\nc'? "
