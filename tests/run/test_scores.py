"""Scores and comparisons: paired case by case, what is left out is named, and nothing wavers."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Choice, Response, failed
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.registry import metric
from pytest_ftevals.run.compare import compare_scores
from pytest_ftevals.run.scores import TaskScores, slices_of

if TYPE_CHECKING:
    from tests.run.conftest import World

LEVELS = (0.95, 0.90)


@pytest.fixture
def task(world: "World") -> Task:
    """Eight cases, every other one odd."""
    return world.words(metrics=("accuracy", "f1_macro"))


def _scores(values: list[float | None]) -> dict[str, Score]:
    return {
        str(number): Score(value=value, reason="" if value is not None else f"why {number}")
        for number, value in enumerate(values)
    }


def test_cases_are_paired(task: Task) -> None:
    """Wins, losses and ties are counted case by case; the gain is in percentage points."""
    base = _scores([1, 1, 1, 0, 0, 0, 1, 0])
    other = _scores([1, 0, 1, 1, 1, 0, 1, 1])
    found = compare_scores(task, metric("accuracy"), "r8", base, other, where=None, levels=LEVELS)
    assert (found.n, found.wins, found.losses, found.ties) == (8, 3, 1, 4)
    assert (found.base.value, found.value.value) == (0.5, 0.75)
    assert found.gain.value == pytest.approx(25.0)
    assert found.gain.interval.level == 0.95
    assert found.gain.bounds.level == 0.90
    assert (found.task, found.metric, found.candidate) == ("words", "accuracy", "r8")
    assert found.excluded == ()


def test_what_one_side_lacks_is_left_out_by_name(task: Task) -> None:
    """An unscored or missing case is excluded from both sides, and never counts as 0."""
    base = _scores([1, None, 1, 1, None, 1, 1])
    other = _scores([1, 1, None, 1, None, 1, 1, 1])
    found = compare_scores(task, metric("accuracy"), "r8", base, other, where=None, levels=LEVELS)
    assert found.n == 4
    assert found.excluded == ("1", "2", "4", "7")
    assert (found.base.value, found.value.value) == (1.0, 1.0)
    assert found.wins == found.losses == 0


def test_a_slice_is_its_own_cases(task: Task) -> None:
    """Only they are paired, counted and excluded."""
    base = _scores([1, 0, 1, 0, None, 0, 1, None])
    found = compare_scores(
        task, metric("accuracy"), "r8", base, base, where="parity=odd", levels=LEVELS
    )
    assert (found.slice, found.n, found.base.value) == ("parity=odd", 3, 0.0)
    assert found.excluded == ("7",)
    assert slices_of(task) == ("parity=even", "parity=odd")
    assert slices_of(replace(task, cases=(replace(task.cases[0], slices={}),))) == ()


def test_nothing_scored_is_an_error(task: Task) -> None:
    """With the first reason among the cases that were asked for, not among others."""
    nothing = _scores([None] * 8)
    with pytest.raises(FtevalsError) as caught:
        compare_scores(task, metric("accuracy"), "r8", nothing, nothing, where=None, levels=LEVELS)
    assert str(caught.value) == (
        f"{task.path}: no case of task 'words' could be scored with accuracy\n"
        "  The first reason: why 0"
    )
    with pytest.raises(FtevalsError, match=r"accuracy on parity=odd\n  The first reason: why 1$"):
        compare_scores(
            task, metric("accuracy"), "r8", nothing, nothing, where="parity=odd", levels=LEVELS
        )
    one_sided = _scores([None, 1, None, 1, None, 1, None, 1])
    other = _scores([1, None, 1, None, 1, None, 1, None])
    with pytest.raises(FtevalsError, match="no case of task 'words'"):
        compare_scores(task, metric("accuracy"), "r8", one_sided, other, where=None, levels=LEVELS)


@given(
    values=st.lists(
        st.tuples(st.sampled_from([0.0, 1.0, None]), st.sampled_from([0.0, 1.0, None])),
        min_size=8,
        max_size=8,
    ),
    where=st.sampled_from([None, "parity=odd", "parity=even"]),
)
def test_every_case_is_counted_once(
    shared: Task, values: list[tuple[float | None, float | None]], where: str | None
) -> None:
    """Paired and excluded cases are together those asked for; wins, losses and ties are n."""
    base, other = (_scores([pair[side] for pair in values]) for side in (0, 1))
    parity = {None: 0, "parity=even": 0, "parity=odd": 1}[where]
    asked = list(range(parity, 8, 1 if where is None else 2))
    kept = [number for number in asked if None not in values[number]]
    if not kept:
        with pytest.raises(FtevalsError):
            compare_scores(
                shared, metric("accuracy"), "r8", base, other, where=where, levels=LEVELS
            )
        return
    found = compare_scores(
        shared, metric("accuracy"), "r8", base, other, where=where, levels=LEVELS
    )
    assert found.n == len(kept) == found.wins + found.losses + found.ties
    assert [int(one) for one in found.excluded] == [n for n in asked if n not in kept]
    mirrored = compare_scores(
        shared, metric("accuracy"), "r8", other, base, where=where, levels=LEVELS
    )
    assert (mirrored.wins, mirrored.losses) == (found.losses, found.wins)
    assert mirrored.gain.value == pytest.approx(-found.gain.value)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Task:
    """Eight cases for a property test, which wants no fixture a test."""
    cases = tuple(
        Case(
            id=str(number),
            task="words",
            prompt="",
            expected="",
            slices={"parity": "odd" if number % 2 else "even"},
        )
        for number in range(8)
    )
    path = tmp_path_factory.mktemp("shared") / "words.task.yaml"
    return Task(name="words", kind="generate", path=path, cases=cases, metrics=("accuracy",))


QUESTIONS = [
    (candidate, name, where)
    for candidate in ("r8", "r16")
    for name in ("accuracy", "f1_macro")
    for where in (None, "parity=even", "parity=odd")
]


def test_the_order_of_asking_changes_nothing(world: "World", task: Task) -> None:
    """Resampled intervals are the same in any order, in another session, and asked twice."""
    r8, r16 = world.adapter("r8", "7"), world.adapter("r16", "9")
    found = []
    for order in (QUESTIONS, QUESTIONS[::-1], QUESTIONS[3:] + QUESTIONS[:3]):
        scores = world.run(task, r8, r16).scores(task)
        found.append({question: scores.compare(*question) for question in order})
        assert scores.compare(*order[0]) is found[-1][order[0]]
    assert found[0] == found[1] == found[2]
    methods = {one.gain.interval.method for one in found[0].values()}
    assert any("bootstrap" in method for method in methods)


def test_other_data_is_resampled_otherwise(world: "World", task: Task) -> None:
    """The seed is the row's own: task, data, metric and slice."""
    r8 = world.adapter("r8", "7")
    spans = set()
    big = world.words(60, metrics=("f1_macro",))
    for one in (big, replace(big, data_hash="e" * 64), replace(big, name="other")):
        found = world.run(one, r8).scores(one).compare("r8", "f1_macro", None)
        spans.add((found.base.interval, found.value.interval, found.gain.interval))
    assert len(spans) == 3
    assert task.metrics == ("accuracy", "f1_macro")


def test_lower_confidence_means_narrower_bounds(world: "World", task: Task) -> None:
    """What reports show stays at 95%; what thresholds are held against is one-sided."""
    r8 = world.adapter("r8", "7")
    wide, narrow = (
        world.run(task, r8, confidence=confidence).scores(task).compare("r8", "accuracy", None)
        for confidence in (0.99, 0.8)
    )
    assert wide.gain.interval == narrow.gain.interval
    assert wide.gain.bounds.level == pytest.approx(0.98)
    assert narrow.gain.bounds.level == pytest.approx(0.60)
    assert wide.gain.bounds.low < narrow.gain.bounds.low


def test_a_case_is_scored_once(task: Task) -> None:
    """Answers are asked for when a score is wanted, and a score is remembered."""
    asked: list[tuple[str, str]] = []

    def respond(variant: str, case: Case, sample: int) -> Response:
        assert sample == 0
        asked.append((variant, case.id))
        return Response(text=str(case.expected))

    scores = TaskScores(task, respond, levels=(0.95, 0.9))
    assert asked == []
    scores.compare("r8", "accuracy", None)
    scores.compare("r8", "accuracy", "parity=odd")
    assert len(asked) == len(set(asked)) == 16


@pytest.mark.parametrize("name", ["accuracy", "f1_macro"])
def test_a_case_is_the_mean_of_its_samples(world: "World", name: str) -> None:
    """Pairs, wins and losses are of cases; the interval is the one of real numbers, in range."""
    task = world.words(4, samples=2, metrics=(name,))
    right = {"base": [2, 1, 0, 1], "r8": [2, 2, 1, 0]}

    def respond(variant: str, case: Case, sample: int) -> Response:
        known = sample < right[variant][int(case.id)]
        return Response(text=str(case.expected) if known else "wrong")

    scores = TaskScores(task, respond, levels=(0.95, 0.9))
    assert [one.value for one in scores.scores("r8", name).values()] == [1.0, 1.0, 0.5, 0.0]
    found = scores.compare("r8", name, None)
    assert (found.n, found.wins, found.losses, found.ties) == (4, 2, 1, 1)
    method = "bca" if name == "accuracy" else "bootstrap"
    assert found.gain.interval.method == found.value.interval.method == method
    assert found.value.interval.high <= 1
    if name == "accuracy":
        assert (found.base.value, found.value.value) == (0.5, 0.625)
        assert found.gain.value == pytest.approx(12.5)
    else:  # every text is a class: its F1 is 2 r / (r + 1) of its recall r
        assert found.value.value == pytest.approx((1 + 1 + 2 / 3 + 0) / 4)


def test_a_case_with_a_sample_without_a_score_is_excluded(world: "World") -> None:
    """The mean of the others would be another case's."""
    task = world.words(3, samples=2)

    def respond(variant: str, case: Case, sample: int) -> Response:
        broken = (variant, case.id, sample) == ("r8", "1", 1)
        return failed("no answer") if broken else Response(text=str(case.expected))

    scores = TaskScores(task, respond, levels=(0.95, 0.9))
    assert scores.score("r8", "accuracy", task.cases[1]) == Score(
        value=None, reason="sample 1: no answer"
    )
    found = scores.compare("r8", "accuracy", None)
    assert (found.n, found.excluded) == (2, ("1",))


def test_an_answer_without_a_number_is_excluded(world: "World") -> None:
    """A log-probability that is NaN is left out by name on both sides."""
    plain = world.words(2)
    task = replace(
        plain,
        kind="choice",
        cases=tuple(
            replace(case, options=("x", "y"), continuations=(" A", " B"), expected=0)
            for case in plain.cases
        ),
    )

    def respond(variant: str, case: Case, _sample: int) -> Response:
        broken = variant == "r8" and case.id == "1"
        logprobs = (float("nan") if broken else -1.0, -2.0)
        return Response(
            choices=tuple(
                Choice(text=text, logprob=logprob, tokens=1)
                for text, logprob in zip(case.continuations, logprobs, strict=True)
            )
        )

    found = TaskScores(task, respond, levels=(0.95, 0.9)).compare("r8", "accuracy", None)
    assert (found.n, found.excluded) == (1, ("1",))
    errors = TaskScores(task, lambda *_: failed("no answer"), levels=(0.95, 0.9))
    with pytest.raises(FtevalsError, match="The first reason: no answer"):
        errors.compare("r8", "accuracy", None)
