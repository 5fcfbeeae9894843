"""Samples and failure counts: one line a case, variant and sample, the worst cases first."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.record import Sample
from pytest_ftevals.core.response import Choice, Response, failed
from pytest_ftevals.core.task import Task
from pytest_ftevals.run.samples import Answered, failures_of, samples_of
from pytest_ftevals.run.scores import TaskScores
from tests.run.answered import answered

if TYPE_CHECKING:
    from tests.run.conftest import World

VARIANTS = ("base", "r8")


@pytest.fixture
def task(world: "World") -> Task:
    """Twenty cases."""
    return world.words(20)


def _scores(task: Task, answered: Answered) -> TaskScores:
    def respond(variant: str, case: Case, sample: int) -> Response:
        return answered[variant, case.id, sample]

    return TaskScores(task, respond, levels=(0.95, 0.9))


def _answered(task: Task, wrong: dict[str, set[int]]) -> dict[tuple[str, str, int], Response]:
    """Return right answers to all samples of all cases but those named."""
    return {
        (variant, case.id, sample): Response(
            text="wrong" if int(case.id) in wrong[variant] else str(case.expected)
        )
        for case in task.cases
        for sample in range(task.samples)
        for variant in VARIANTS
    }


def test_every_answer_is_a_sample(task: Task) -> None:
    """Case by case, base first; what was not asked has no line, what failed says why."""
    answered = _answered(task, {"base": {1}, "r8": {0, 1}})
    answered["r8", "2", 0] = failed("out of memory")
    del answered["base", "3", 0]
    samples = list(samples_of(_scores(task, answered), answered, VARIANTS))
    assert [(one.case, one.variant) for one in samples] == [
        (case.id, variant)
        for case in task.cases
        for variant in VARIANTS
        if (variant, case.id, 0) in answered
    ]
    found = {(one.variant, one.case): one for one in samples}
    assert found["r8", "0"].labels == ("wrong answer", "regression from base")
    assert found["r8", "1"].labels == found["base", "1"].labels == ("wrong answer",)
    error = found["r8", "2"]
    assert (error.passed, error.scores, error.labels) == (None, {"accuracy": None}, ())
    assert error.error == "out of memory"
    assert found["base", "0"].passed is True
    assert found["base", "0"].slices == {"parity": "even"}


def test_every_sample_of_a_case_has_a_line(world: "World") -> None:
    """In order, each with its own answer, score and labels; base and candidate are paired."""
    task = world.words(2, samples=2)
    answered = _answered(task, {"base": {0}, "r8": set()})
    answered["base", "0", 1] = Response(text="word0000")
    answered["r8", "0", 1] = Response(text="wrong")
    samples = list(samples_of(_scores(task, answered), answered, VARIANTS))
    assert [(one.case, one.sample, one.variant) for one in samples] == [
        (case, sample, variant) for case in "01" for sample in (0, 1) for variant in VARIANTS
    ]
    found = {(one.variant, one.sample): one for one in samples if one.case == "0"}
    assert found["base", 0].labels == ("wrong answer",)
    assert (found["r8", 0].passed, found["r8", 0].scores) == (True, {"accuracy": 1.0})
    assert found["r8", 1].labels == ("wrong answer", "regression from base")
    assert found["r8", 1].scores == {"accuracy": 0.0}


def test_failures_count_samples_and_the_worst_cases_are_named_once(world: "World") -> None:
    """A case that fails every sample is worse than one that fails the first."""
    task = world.words(40, samples=3)
    answered = _answered(task, {"base": set(range(40)), "r8": {7}})
    answered["r8", "3", 0] = Response(text="wrong")
    answered["r8", "9", 2] = Response(text="wrong")
    answered["base", "9", 2] = Response(text="word0009")
    samples = list(samples_of(_scores(task, answered), answered, VARIANTS))
    row = failures_of(task, samples, "r8")
    assert row is not None
    assert (row.n, row.failed, row.regressions) == (120, 5, 1)
    assert row.labels == {"wrong answer": 5}
    assert row.worst == ("9", "7", "3")


def test_a_choice_shows_the_options_text(world: "World") -> None:
    """The chosen option as the row has it, and every continuation's number."""
    plain = world.words(1)
    case = replace(
        plain.cases[0], options=("Paris", "Rome"), continuations=(" A", " B"), expected=0
    )
    task = replace(plain, kind="choice", cases=(case,))
    chosen = (Choice(text=" A", logprob=-2.0, tokens=1), Choice(text=" B", logprob=-1.0, tokens=1))
    answered = {("base", "0", 0): Response(choices=chosen)}
    (sample,) = samples_of(_scores(task, answered), answered, VARIANTS)
    assert (sample.response, sample.choice, sample.passed) == ("Rome", 1, False)
    assert sample.choices == (
        {"text": " A", "logprob": -2.0, "tokens": 1},
        {"text": " B", "logprob": -1.0, "tokens": 1},
    )


def test_failures_are_counted_regressions_first(task: Task) -> None:
    """By primary label; the worst are those that the base had right, a tenth, three at least."""
    answered = _answered(task, {"base": {0, 1}, "r8": {0, 1, 9, 12, 19}})
    samples = list(samples_of(_scores(task, answered), answered, VARIANTS))
    row = failures_of(task, samples, "r8")
    assert row is not None
    assert (row.n, row.failed, row.regressions) == (20, 5, 3)
    assert row.labels == {"wrong answer": 5}
    assert row.worst == ("9", "12", "19")


def test_regressions_are_unknown_where_the_base_was_not_asked(task: Task) -> None:
    """No failure can be called old or new then."""
    both = _answered(task, {"base": set(), "r8": {0, 1}})
    answered = {key: got for key, got in both.items() if key[0] == "r8"}
    row = failures_of(task, list(samples_of(_scores(task, answered), answered, VARIANTS)), "r8")
    assert row is not None
    assert (row.failed, row.regressions) == (2, None)


def test_without_scores_there_are_no_failures(task: Task) -> None:
    """A candidate that answered nothing did not fail 0 of 0 cases."""
    answered = {("r8", case.id, 0): failed("no") for case in task.cases}
    samples = list(samples_of(_scores(task, answered), answered, VARIANTS))
    assert failures_of(task, samples, "r8") is None
    assert failures_of(task, [], "r8") is None


def _graded(
    task: Task, values: dict[str, list[float | None]], metric: str, **changed: Any
) -> tuple[Task, list[Sample]]:
    """Return a task without passing and failing, and a sample of each variant's values."""
    graded = replace(task, metrics=(metric,), **changed)
    samples = [
        _sample(case.id, variant, metric, own[int(case.id)])
        for case in graded.cases
        for variant, own in values.items()
        if int(case.id) < len(own)
    ]
    return graded, samples


def _sample(case: str, variant: str, metric: str, value: float | None, number: int = 0) -> Sample:
    scores = {metric: value}
    return answered(case, variant, task="words", scores=scores, passed=None, number=number)


def test_where_nothing_fails_the_worst_scores_are_named(task: Task) -> None:
    """At least three; the largest loss against the base decides between equal ones."""
    values: dict[str, list[float | None]] = {
        "base": [0.5, 0.9, 0.7, None, 0.1, *[0.5] * 15],
        "r8": [0.2, 0.2, 0.2, 0.1, None, *[0.6] * 15],
    }
    graded, samples = _graded(task, values, "rouge1")
    row = failures_of(graded, samples, "r8")
    assert row is not None
    assert (row.n, row.failed, row.labels, row.regressions) == (19, None, {}, None)
    assert row.worst == ("3", "1", "2")
    assert failures_of(graded, samples, "r16") is None


def test_the_worst_tenth_has_no_upper_end(world: "World") -> None:
    """Of 80 cases 8; several samples of a case by their mean; varied cases are none."""
    task = world.words(80, samples=2)
    values: dict[str, list[float | None]] = {"r8": [number / 80 for number in range(80)]}
    graded, samples = _graded(task, values, "rouge1")
    samples += [_sample(str(number), "r8", "rouge1", 1.0, 1) for number in range(4)]
    samples += [_sample("0~typos", "r8", "rouge1", 0.0)]
    row = failures_of(graded, samples, "r8")
    assert row is not None
    assert row.n == 84
    assert row.worst == tuple(str(number) for number in range(4, 12))


def test_where_lower_is_better_the_largest_is_the_worst(task: Task) -> None:
    """A perplexity of 40 is worse than one of 20."""
    values: dict[str, list[float | None]] = {
        "base": [10.0] * 20,
        "r8": [10.0, 40.0, 20.0, 30.0, *[9.0] * 16],
    }
    graded, samples = _graded(task, values, "word_perplexity", kind="perplexity")
    row = failures_of(graded, samples, "r8")
    assert row is not None
    assert row.worst == ("1", "3", "2")
    failed = [replace(one, passed=(one.scores["word_perplexity"] or 0) <= 15) for one in samples]
    row = failures_of(replace(graded, pass_at=15), failed, "r8")
    assert row is not None
    assert (row.failed, row.worst) == (3, ("1", "3", "2"))


@pytest.mark.parametrize("none", [math.nan, math.inf])
@pytest.mark.parametrize("judged", [True, False])
def test_a_score_that_is_no_number_is_none(task: Task, none: float, *, judged: bool) -> None:
    """It is no failure, and comes before nothing: the worst are the same in any order."""
    values: dict[str, list[float | None]] = {"r8": [none, 0.1, none, 0.5, 0.2, 0.9]}
    graded, samples = _graded(task, values, "rougeL")
    if judged:
        samples = [replace(one, passed=(one.scores["rougeL"] or 0) >= 0.6) for one in samples]
    for ordered in (samples, samples[::-1], [*samples[3:], *samples[:3]]):
        row = failures_of(graded, ordered, "r8")
        assert row is not None
        assert (row.n, row.failed) == (4, 3 if judged else None)
        assert row.worst == ("1", "4", "3")


def test_a_deployment_has_no_worst_case(task: Task) -> None:
    """What takes long is nobody's failure."""
    values: dict[str, list[float | None]] = {"r8": [1.0] * 20}
    graded, samples = _graded(task, values, "latency_p95", kind="deployment")
    assert failures_of(graded, samples, "r8") is None


def test_of_failures_with_equal_scores_the_largest_loss_is_the_worst(task: Task) -> None:
    """Graded scores with a `pass_at`; regressions still come first."""
    values: dict[str, list[float | None]] = {
        "base": [0.2, 0.4, 0.3, 0.6, *[0.5] * 16],
        "r8": [0.1, 0.1, 0.1, 0.4, *[0.6] * 16],
    }
    graded, samples = _graded(task, values, "rouge1", pass_at=0.5)
    judged = [
        replace(
            one,
            passed=(one.scores["rouge1"] or 0) >= 0.5,
            labels=("wrong answer", "regression from base") if one.case == "3" else (),
        )
        for one in samples
    ]
    row = failures_of(graded, judged, "r8")
    assert row is not None
    assert row.failed == 4
    assert row.worst == ("3", "1", "2")
