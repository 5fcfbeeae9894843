"""Intervals know how few cases a value rests on, however many others the task has."""

from collections.abc import Sequence

import pytest

from pytest_ftevals.core.score import Score, averaged
from pytest_ftevals.metrics.registry import metric
from pytest_ftevals.run.estimates import Estimates, estimates
from pytest_ftevals.run.groups import OverSeeds
from pytest_ftevals.stats.unanimous import unseen

Pairs = Sequence[tuple[str, str]]
RARE: Pairs = [("a", "a")] * 5
RIGHT: Pairs = [*RARE, *[("b", "b")] * 395]
ONE_WRONG: Pairs = [*RARE, *[("b", "b")] * 394, ("b", "neither")]
CLAIMED: Pairs = [("a", "a"), *[("b", "b")] * 395, *[("a", "b")] * 5]
FIVE = unseen(5, 0.95)


def scores(pairs: Pairs) -> list[Score]:
    """Return the scores of (expected, answered) pairs."""
    return [
        Score(value=float(right == said), expected=right, predicted=said) for right, said in pairs
    ]


def found(
    name: str, before: Pairs, after: Pairs, clusters: Sequence[int] | None = None
) -> Estimates:
    """Return the estimates of a metric on both sides, and of the gain."""
    return estimates(
        metric(name),
        scores(before),
        scores(after),
        binary=True,
        levels=(0.95, 0.9),
        seed=1,
        clusters=clusters,
    )


@pytest.mark.parametrize("name", ["recall:a", "f1:a", "precision:a"])
def test_a_rare_class_is_as_sure_as_its_cases(name: str) -> None:
    """Five of five right are five cases, though replicates that draw none of them differ."""
    base, value, gain = found(name, ONE_WRONG, RIGHT)
    assert (base.value, value.value) == (1, 1)
    for side in (base, value):
        assert side.interval.low == pytest.approx(1 - FIVE)
        assert side.interval.high == 1
    assert (gain.interval.low, gain.interval.high) == pytest.approx((-100 * FIVE, 100 * FIVE))


@pytest.mark.parametrize("name", ["balanced_accuracy", "recall_macro", "f1_macro"])
@pytest.mark.parametrize("base", [RIGHT, ONE_WRONG])
def test_an_average_over_classes_leaves_room_for_a_rare_one(name: str, base: Pairs) -> None:
    """Half of it in an average over two, whether or not the other class has spread."""
    before, value, gain = found(name, base, RIGHT)
    assert value.interval.low == pytest.approx(1 - FIVE / 2)
    assert before.interval.low <= before.value - FIVE / 2
    assert before.interval.low == pytest.approx(1 - FIVE / 2, abs=0.01)
    assert gain.interval.low == pytest.approx(-50 * FIVE, abs=0.3)
    assert gain.interval.high == pytest.approx(50 * FIVE, abs=0.3)


def test_many_classes_are_as_sure_as_all_cases() -> None:
    """Where no class is rarer than others, nothing is lost by counting them one by one."""
    pairs = [(f"class {n % 40}", f"class {n % 40}") for n in range(400)]
    value = found("f1_macro", pairs, pairs)[1]
    assert value.interval.low == pytest.approx(1 - unseen(400, 0.95))


def test_a_weighted_average_rests_on_all_cases() -> None:
    """There a rare class weighs as little as it is rare."""
    assert found("f1_weighted", RIGHT, RIGHT)[1].interval.low == pytest.approx(
        1 - unseen(400, 0.95)
    )


def test_precision_rests_on_what_is_answered_with_the_class() -> None:
    """One answer of a class, a right one: as little as one case tells."""
    value = found("precision:a", CLAIMED, CLAIMED)[1]
    assert value.value == 1
    assert value.interval.low == pytest.approx(1 - unseen(1, 0.95))


def test_a_spread_among_few_cases_is_that_of_few() -> None:
    """Three of five right: quantiles of the bootstrap reach as far as Student's t of five."""
    few = [*[("a", "a")] * 3, *[("a", "b")] * 2]
    alone = found("recall:a", few, few)[1].interval
    among = found("recall:a", [*few, *[("b", "b")] * 395], [*few, *[("b", "b")] * 395])[1].interval
    assert among.low <= 0.2
    assert among.low == pytest.approx(alone.low, abs=0.15)


def test_clusters_of_a_class_are_counted() -> None:
    """Five cases of one cluster are one."""
    clusters = [0] * 5 + [1 + n // 5 for n in range(395)]
    base, value, gain = found("recall:a", ONE_WRONG, RIGHT, clusters)
    assert base.interval.low == value.interval.low == pytest.approx(1 - unseen(1, 0.95))
    assert gain.interval.high == pytest.approx(100 * unseen(1, 0.95))


def test_matthews_without_a_second_class_says_nothing() -> None:
    """Replicates of one class are no correlation of 0: all others are 1, with no spread."""
    value = found("matthews", RIGHT, RIGHT)[1]
    assert value.value == 1
    assert value.interval.method == "unanimous"


def test_samples_and_seeds_know_it_too() -> None:
    """A class has as many cases as it has, however often each is asked."""
    several = [averaged([one, one]) for one in scores(RIGHT)]
    for judge in (metric("recall:a"), OverSeeds(metric=metric("recall:a"), samples=1)):
        _, value, gain = estimates(
            judge, several, several, binary=False, levels=(0.95, 0.9), seed=1
        )
        assert value.interval.low == pytest.approx(1 - FIVE)
        assert gain.interval.high == pytest.approx(100 * FIVE)
