"""Results: metrics by name, the first metric's drop and gain, slices, and mistakes."""

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.threshold import Threshold
from pytest_ftevals.verdicts.result import Result


def test_metrics_by_name(result: Result, recorded: list[Threshold]) -> None:
    """Each of the task's metrics is a measure; only the first is implied in texts."""
    assert result["accuracy"] >= 0.4
    assert result["f1_macro"].gain <= 0
    assert result.drop <= 6
    assert not result.gain > 0
    assert [stated.text for stated in recorded] == [
        "accuracy >= 0.4",
        "f1_macro gain <= 0",
        "drop <= 6",
        "gain > 0",
    ]


def test_like_a_mapping(result: Result) -> None:
    """Names can be listed, counted and looked for."""
    assert (list(result), len(result), result.metrics) == (
        ["accuracy", "f1_macro"],
        2,
        ("accuracy", "f1_macro"),
    )
    assert "f1_macro" in result
    assert "rouge1" not in result
    assert (result.task.name, result.candidate) == ("tickets", "r8")
    assert result.value == 0.5


def test_nothing_is_compared_before_it_is_wanted(
    result: Result, asked: list[tuple[str, str | None]]
) -> None:
    """Making and showing a result compares nothing; a measure compares its own metric."""
    assert repr(result) == "<Result tickets, candidate r8: accuracy, f1_macro>"
    assert asked == []
    repr(result["f1_macro"].slice("language=de"))
    assert asked == [("f1_macro", None), ("f1_macro", "language=de")]


def test_slices(result: Result, recorded: list[Threshold]) -> None:
    """A slice's threshold names it."""
    assert result.slices == ("language=de", "language=en")
    assert result["f1_macro"].slice("language=de") >= 0.4
    assert recorded[0].text == "f1_macro[language=de] >= 0.4"


def test_unknown_metric(result: Result) -> None:
    """An unknown metric gives the file, the closest name and all names."""
    with pytest.raises(FtevalsError) as mistake:
        result["f1"]
    assert str(mistake.value) == (
        "tickets.task.yaml: task 'tickets' has no metric 'f1'\n"
        "  Its metrics: accuracy, f1_macro. Add others under `metrics:` in the task file."
    )
    with pytest.raises(FtevalsError, match="Did you mean 'accuracy'"):
        result["acuracy"]


def test_unknown_slice(result: Result) -> None:
    """An unknown slice gives the closest and all slices."""
    with pytest.raises(FtevalsError) as mistake:
        result["accuracy"].slice("language=dee")
    assert str(mistake.value) == (
        "tickets.task.yaml: task 'tickets' has no slice 'language=dee'\n"
        "  Did you mean 'language=de'? Slices: language=de, language=en."
    )


def test_no_slices_at_all(result: Result, recorded: list[Threshold]) -> None:
    """A task without slices says how to get them."""
    plain = Result(
        result.task,
        "r8",
        compare=lambda metric, _: result[metric].comparison,
        slices=(),
        record=lambda one, _: recorded.append(one),
    )
    with pytest.raises(FtevalsError, match=r"Name the columns .* `slices: \[COLUMN\]`"):
        plain["accuracy"].slice("language=de")


def test_a_result_alone_is_no_assertion(result: Result) -> None:
    """``assert compare(task)`` would always pass; it is an error that says what to write."""
    with pytest.raises(FtevalsError, match="neither true nor false"):
        bool(result)
