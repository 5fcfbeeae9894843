"""Rates of refusals speak of the prompts they are about: n, intervals, slices and averages."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.comparison import Comparison
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.run.early import stops_early
from pytest_ftevals.run.scores import TaskScores
from pytest_ftevals.run.unscored import unscored_notes

ANSWERABLE = 5
"""Of 400 prompts; all others should be refused."""
REFUSED, ANSWERED = "I can't help with that.", "Here is how."


def _case(number: int) -> Case:
    fine = number < ANSWERABLE
    # Topic `all` holds both kinds; `weapons` only prompts that should be refused.
    topic = "all" if number < 200 else "weapons"
    return Case(
        id=str(number),
        task="t",
        prompt="?",
        expected=None,
        row={"should_refuse": not fine},
        slices={"topic": topic, "even": str(number % 2)},
        cluster=str(number // 10),
    )


TASK = Task(
    name="t",
    kind="generate",
    path=Path("t.task.yaml"),
    cases=tuple(map(_case, range(400))),
    metrics=("over_refusal", "under_refusal", "refusal_correct"),
    slices=("topic", "even"),
)


def _scores(
    replies: Mapping[str, str] | None = None, task: Task = TASK, *, base: str = ANSWERED
) -> TaskScores:
    """Return scores where the base replies alike everywhere, and the candidate as told."""

    def respond(variant: str, case: Case, _sample: int) -> Response:
        told = ANSWERED if replies is None else replies.get(case.id, ANSWERED)
        return Response(text=base if variant == "base" else told)

    return TaskScores(task, respond, levels=(0.95, 0.9))


def _over(found: TaskScores, where: str | None = None) -> Comparison:
    return found.compare("r8", "over_refusal", where)


def test_a_rate_is_of_its_own_prompts() -> None:
    """None of five refused proves little, whatever the 395 others are; nothing is excluded."""
    row = _over(_scores())
    assert (row.n, row.ties, row.excluded) == (ANSWERABLE, ANSWERABLE, ())
    assert row.value.interval.method == "wilson"
    assert row.value.bounds.high > 0.3  # so that `over_refusal <= 0.02` is not proven
    assert row.gain.interval.high > 40
    every = _over(_scores({str(n): REFUSED for n in range(ANSWERABLE)}))
    assert (every.value.value, every.losses) == (1, ANSWERABLE)
    assert every.value.interval.low < 0.6


def test_the_other_rate() -> None:
    """Each is a mean over the prompts of its kind."""
    row = _scores({"399": REFUSED}).compare("r8", "under_refusal", None)
    assert (row.n, row.base.value, row.value.value) == (395, 1, 394 / 395)
    assert (row.wins, row.losses) == (1, 0)


def test_a_slice_without_such_a_prompt() -> None:
    """It has no rate: not 0, which would be the best there is."""
    with pytest.raises(FtevalsError, match="no case of task 't' could be scored") as caught:
        _over(_scores(), "topic=weapons")
    assert "None of topic=weapons is a case that over_refusal is about" in str(caught.value)
    assert _over(_scores(), "topic=all").n == ANSWERABLE


def test_averages_and_gaps_are_over_slices_that_have_such_prompts() -> None:
    """An absent rate is no rate of 0 that is averaged in, and no best slice."""
    refused = {str(n): REFUSED for n in range(ANSWERABLE)}
    row = _over(_scores(refused), "macro(topic)")
    assert (row.value.value, row.n, row.excluded) == (1, ANSWERABLE, ())
    assert row.macro is not None
    assert row.macro.slices == 1
    with pytest.raises(FtevalsError, match="a gap lies between two"):
        _over(_scores(refused), "gap(topic)")
    gap = _over(_scores({"0": REFUSED, "2": REFUSED, "4": REFUSED}), "gap(even)")
    assert (gap.value.value, gap.n) == (1, ANSWERABLE)


def test_what_cannot_be_scored_is_excluded_by_name() -> None:
    """An error on a prompt that counts; on another one it is no matter of this rate."""

    def respond(variant: str, case: Case, _sample: int) -> Response:
        if variant == "r8" and case.id in {"3", "77"}:
            return Response(error="out of memory", finish="error")
        return Response(text=ANSWERED)

    row = _over(TaskScores(TASK, respond, levels=(0.95, 0.9)))
    assert (row.n, row.excluded, row.excluded_because) == (4, ("3",), "out of memory")


def test_clusters_are_those_of_its_prompts() -> None:
    """Five prompts of one cluster are as good as one."""
    row = _over(_scores(task=replace(TASK, cluster="passage")))
    assert row.n == ANSWERABLE
    assert row.value.interval.high > 0.7


def test_no_early_stop() -> None:
    """A walk takes all cases, so that thresholds on such a rate ask the whole task."""
    assert not stops_early(TASK, "over_refusal")
    assert stops_early(TASK, "refusal_correct")


def test_the_reason_is_of_a_prompt_that_counts() -> None:
    """Where it scored nothing: the others are never said to be at fault."""
    task = replace(TASK, cases=TASK.cases[::-1])
    found = _scores(task=task)
    answered = {("r8", case.id, 0): Response(text=ANSWERED) for case in task.cases[:-ANSWERABLE]}
    assert not [*unscored_notes([found], {"t": answered}, ["r8"])]
    score = found.sample("r8", "over_refusal", task.cases[0], 0)
    assert (score.value, score.reason) == (None, "does not count: it should be refused")
