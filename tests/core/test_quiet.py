"""A library's code run without its chatter, from the same random numbers."""

import random
import sys
import warnings

import pytest

from pytest_ftevals.core.quiet import quietly, seeded


def test_nothing_shows(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither what is written nor what is warned of, where a warning is an error."""
    with quietly():
        print("hello")  # noqa: T201 - what is kept quiet
        print("there", file=sys.stderr)  # noqa: T201 - as above
        warnings.warn("old", DeprecationWarning, stacklevel=2)
    assert capsys.readouterr() == ("", "")
    with pytest.raises(DeprecationWarning):
        warnings.warn("old", DeprecationWarning, stacklevel=2)


def test_errors_come_through(capsys: pytest.CaptureFixture[str]) -> None:
    """And what is written afterwards shows again."""
    with pytest.raises(ValueError, match="inside"), quietly():
        raise ValueError("inside")
    print("after")  # noqa: T201 - what is shown
    assert capsys.readouterr().out == "after\n"


def test_random_numbers_go_on_outside() -> None:
    """Inside they start from the seed, whatever was drawn before."""
    random.seed(1)
    expected = [random.random() for _ in range(4)]  # noqa: S311 - no secret
    random.seed(1)
    found = [random.random() for _ in range(2)]  # noqa: S311 - as above
    drawn = []
    for _ in range(2):
        with seeded(7):
            drawn.append(random.random())  # noqa: S311 - as above
    found += [random.random() for _ in range(2)]  # noqa: S311 - as above
    assert found == expected
    assert drawn[0] == drawn[1]
