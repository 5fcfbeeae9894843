"""Rows of the case browser: outcome, result and labels of a candidate on a case."""

from dataclasses import replace
from typing import Literal

import pytest

from pytest_ftevals.core.record import Sample
from pytest_ftevals.reports.html.case_rows import CaseRow, Ranking, case_rows, rankings
from tests.html.many_cases import many

RECORD, (SAMPLE, *_) = many(2)
HIGHER = Ranking(metric="accuracy", direction=1, worst=frozenset({("r8", "1")}))


def answer(variant: str, score: float | None, *labels: str, passed: bool | None = None) -> Sample:
    """Return a sample of one score."""
    return replace(
        SAMPLE, variant=variant, scores={"accuracy": score}, labels=labels, passed=passed
    )


def row(*samples: Sample, ranking: Ranking = HIGHER) -> CaseRow:
    """Return the one row of a case."""
    (found,) = case_rows(samples, ranking)
    return found


@pytest.mark.parametrize(
    ("direction", "base", "candidate", "outcome"),
    [
        (1, 0.0, 1.0, "won"),
        (1, 0.5, 0.25, "lost"),
        (-1, 0.5, 0.25, "won"),
        (1, 1.0, 1.0, "tied"),
        (1, None, 1.0, "not compared"),
        (1, 1.0, None, "not compared"),
        (1, float("nan"), 1.0, "not compared"),
    ],
)
def test_the_better_score_wins(
    direction: Literal[-1, 1], base: float | None, candidate: float | None, outcome: str
) -> None:
    """By the metric's own direction; what was not scored neither wins nor loses."""
    ranking = replace(HIGHER, direction=direction)
    found = row(answer("base", base), answer("r8", candidate), ranking=ranking)
    assert found.outcome == outcome


def test_the_mean_over_samples_decides() -> None:
    """Two of three beat one of three; a sample without a score leaves the case unscored."""
    base = [answer("base", one) for one in (1.0, 0.0, 0.0)]
    own = [answer("r8", one) for one in (0.0, 1.0, 1.0)]
    found = row(*base, *own)
    assert (found.base, found.score, found.outcome) == (1 / 3, 2 / 3, "won")
    found = row(*base, *own, answer("r8", None))
    assert (found.score, found.outcome) == (None, "not compared")


def test_without_a_comparison_passing_decides() -> None:
    """A case test that compares nothing says no metric's direction."""
    unknown = Ranking(metric=None, direction=0, worst=frozenset())
    base, own = answer("base", 9, passed=True), answer("r8", 1, passed=False)
    assert row(base, own, ranking=unknown).outcome == "lost"
    assert row(own, ranking=unknown).outcome == "not compared"
    assert row(base, replace(own, passed=None), ranking=unknown).outcome == "not compared"


def test_the_worst_of_the_samples_is_the_result() -> None:
    """One failed sample makes a failed case."""
    passed, failed = answer("r8", 1, passed=True), answer("r8", 0, "wrong answer", passed=False)
    error = replace(answer("r8", None), error="too long")
    assert row(passed, failed, error).result == "failed"
    assert row(passed, error).result == "error"
    assert row(error).excerpt == "error: too long"
    assert row(passed).result == "passed"
    assert row(answer("r8", 0.3)).result == "not judged"
    assert row(failed, answer("r8", 0, "too short", "wrong answer")).labels == (
        "wrong answer",
        "too short",
    )


def test_each_candidate_has_a_row_and_the_base_only_alone() -> None:
    """The base is what others are compared with."""
    several = [answer(name, 1) for name in ("base", "r8", "r16")]
    assert [one.candidate for one in case_rows(several, HIGHER)] == ["r8", "r16"]
    assert [one.worst for one in case_rows(several, HIGHER)] == [True, False]
    assert row(answer("base", 1)).outcome == "not compared"


def test_excerpts_are_one_short_line() -> None:
    """Whatever the reply: the list shows its beginning."""

    def excerpt(response: str) -> str:
        return row(replace(answer("r8", 1), response=response)).excerpt

    assert excerpt(" a\n\n\tb ") == "a b"
    assert excerpt("x" * 100) == "x" * 100
    assert excerpt("y" * 101) == "y" * 100 + "…"
    assert excerpt("z" + " " * 1_000 + "z") == "z…"


def test_the_record_says_what_is_better_and_worst() -> None:
    """The first metric of each task, its direction, and the worst tenth."""
    lower = replace(RECORD, comparisons=(replace(RECORD.comparisons[0], higher_is_better=False),))
    found = rankings(lower, ["plain", "chat", "unknown"])
    assert (found["plain"].metric, found["plain"].direction) == ("accuracy", -1)
    assert (found["chat"].metric, found["chat"].direction) == ("accuracy", 0)
    assert found["unknown"] == Ranking(metric=None, direction=0, worst=frozenset())
    worst = {
        (one.candidate, case)
        for one in RECORD.failures
        if one.task == "plain"
        for case in one.worst
    }
    assert found["plain"].worst == worst
