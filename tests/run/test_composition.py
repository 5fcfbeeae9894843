"""Below float32 the record says where base and candidate were computed in other batches."""

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.run.asked import composition_notes

TASK = Task(
    name="towns",
    kind="generate",
    path=Path("towns.task.yaml"),
    metrics=("accuracy",),
    cases=tuple(Case(id=str(one), task="towns", prompt="?", expected="!") for one in range(3)),
)


def answered(**batches: str) -> dict[tuple[str, str, int], Response]:
    """Return responses of variants to the task's cases, a letter of their batch for each."""
    return {
        (variant, str(case), 0): Response(text="x", batch=letter)
        for variant, letters in batches.items()
        for case, letter in enumerate(letters)
    }


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_other_company_is_said(dtype: str) -> None:
    """Two of three cases were computed in other batches than the base's."""
    known = [(TASK, answered(base="aab", r8="acc", r16="aab"))]
    (note,) = composition_notes(known, ("r8", "r16"), dtype)
    assert note.startswith("r8 on towns: 2 of 3 cases were computed in other batches")
    assert dtype in note


def test_samples_are_paired_by_their_number() -> None:
    """Each sample is an answer of its own batch."""
    task = replace(TASK, samples=2, cases=TASK.cases[:1])
    known = {
        (variant, "0", sample): Response(text="x", batch=letter)
        for variant, letters in (("base", "ab"), ("r8", "ac"))
        for sample, letter in enumerate(letters)
    }
    (note,) = composition_notes([(task, known)], ("r8",), "bfloat16")
    assert note.startswith("r8 on towns: 1 of 2 samples were computed in other batches")


def test_in_float32_nothing_is_said() -> None:
    """Batches change nothing there above rounding."""
    known = [(TASK, answered(base="aaa", r8="bbb"))]
    assert composition_notes(known, ("r8",), "float32") == []


def test_unpaired_answers_do_not_count() -> None:
    """A case that only one side answered is no pair."""
    known = [(TASK, answered(base="a", r8="aaa"))]
    assert composition_notes(known, ("r8",), "bfloat16") == []
