"""How often rules label answers as their authors do: counted per label, and held in the docs.

The labels of `agreement.jsonl` were written before the rules. Those of `agreement_second.jsonl`
were written against them, those of `agreement_third.jsonl` when the faults that these showed were
mended. Those of `agreement_fourth.jsonl` are a second author's, who knew the rules. Some are
missed still: a set that rules agree with wholly says nothing.
"""

from importlib.util import find_spec
from pathlib import Path

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.label import Label
from pytest_ftevals.core.record import Sample
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.labels.passing import passed
from pytest_ftevals.metrics.registry import metric_of
from pytest_ftevals.run.labelling import Labelling
from tests.labels.labelled import Labelled, agreement_set

pytestmark = pytest.mark.skipif(
    find_spec("lm_eval") is None, reason="needs lm_eval: pip install 'pytest-ftevals[lm-eval]'"
)
NAMES = ("agreement", "agreement_second", "agreement_third", "agreement_fourth")
SETS = {name: agreement_set(name) for name in NAMES}
ALL = [answer for answers in SETS.values() for answer in answers]
FIRST = ("163 of 176 (0.93)", "35 of 48 (0.73)", "43 of 51 (0.84)", "55 of 75 (0.73)")
"""What the rules agreed with when they first saw each set, as the page says it."""
LEAST = 150
"""Answers that the set must have."""
AGREEMENT = 0.9
"""Share of the failed ones whose primary label must be the author's."""


class _Told:
    """A judge that says what the author said."""

    def __init__(self, verdict: bool | None) -> None:
        self._verdict = verdict

    def explains_well(self, task: Task, case: Case, response: Response) -> bool | None:
        """Return it."""
        assert response.text
        assert task.explanations
        assert case.id == "1"
        return self._verdict


def given(answer: Labelled) -> tuple[str, ...]:
    """Return the labels that a run would give an answer."""
    sample = Sample(
        task="t",
        case="1",
        variant="r8",
        sample=0,
        slices={},
        prompt="",
        expected=None,
        response=answer.response.text,
        turns=None,
        choices=None,
        choice=None,
        finish=answer.response.finish,
        scores={},
        passed=answer.passed,
        labels=(),
        error=None,
    )
    return Labelling(lambda: _Told(answer.judge)).of(
        answer.task, answer.case, sample, answer.response, base_passed=answer.base_passed
    )


def table() -> list[str]:
    """Return the lines of the table in the documentation."""
    both = [(set(answer.labels), set(given(answer))) for answer in ALL]
    lines = []
    for label in sorted({one for person, _ in both for one in person}):
        person = sum(label in told for told, _ in both)
        rules = sum(label in found for _, found in both)
        agreed = sum(label in told and label in found for told, found in both)
        precision, recall = agreed / rules, agreed / person
        lines.append(
            f"| {label} | {person} | {rules} | {agreed} | {precision:.2f} | {recall:.2f} |"
        )
    return lines


def agreed(answers: list[Labelled]) -> tuple[int, int, int]:
    """Return how many failed, with the author's primary label, and with all labels."""
    failed = [(answer.labels, given(answer)) for answer in answers if not answer.passed]
    primary = sum(person[0] == found[0] for person, found in failed)
    return len(failed), primary, sum(person == found for person, found in failed)


def test_the_set_is_large_and_has_every_label() -> None:
    """Twelve labels, and enough answers."""
    assert len(SETS["agreement"]) >= LEAST
    assert {label for answer in ALL for label in answer.labels} == set(Label)
    assert len({(str(one.case.prompt), one.response, one.base_passed) for one in ALL}) == len(ALL)


@pytest.mark.parametrize("name", SETS)
def test_answers_fail_where_they_are_said_to(name: str) -> None:
    """By the metric of their task: the set has no failure that a run would not have."""
    for answer in SETS[name]:
        metric = metric_of(answer.task, answer.task.metrics[0])
        score = metric.score(answer.task, answer.case, answer.response)
        assert passed(answer.task, metric, score) is answer.passed, answer.response.text


def test_agreement_overall() -> None:
    """The primary label of nine failures in ten is the author's, in each set and in all."""
    for answers in (*SETS.values(), ALL):
        failed, primary, _ = agreed(answers)
        assert primary / failed >= AGREEMENT


def test_the_documentation_shows_the_agreement() -> None:
    """``docs/labels.md`` has the numbers as they are."""
    page = (Path(__file__).parents[2] / "docs" / "labels.md").read_text(encoding="utf-8")
    assert "\n".join(table()) in page
    failed, primary, whole = agreed(ALL)
    assert f"{primary} of {failed} failures ({primary / failed:.2f})" in page
    assert f"{whole} ({whole / failed:.2f})" in page
    for answers, first in zip(SETS.values(), FIRST, strict=True):
        failed, primary, _ = agreed(answers)
        assert f"| {first} | {primary} of {failed} ({primary / failed:.2f}) |" in page
