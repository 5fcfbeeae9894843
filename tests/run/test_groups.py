"""Groups of seeds: scores put together, values over seeds, and what a group may not hold."""

from dataclasses import replace
from statistics import fmean, stdev
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.score import Score
from pytest_ftevals.metrics.registry import metric
from pytest_ftevals.run.compare import compare_scores
from pytest_ftevals.run.groups import OverSeeds, together
from pytest_ftevals.stats.seeds import reach

if TYPE_CHECKING:
    from pytest_ftevals.run.settings import Source
    from tests.run.conftest import World


def _group(world: "World", name: str, *known: str, full: bool = False) -> "list[Source]":
    """Return a group whose seeds know so many of ten each."""
    make = world.full if full else world.adapter
    made = [make(f"{name}-{number}", weights) for number, weights in enumerate(known)]
    return [replace(one, name=f"{name}.{number}", group=name) for number, one in enumerate(made)]


def test_a_group_is_compared_by_the_mean_of_its_seeds(world: "World") -> None:
    """Per case and per seed; the standard deviation is that of the seeds' gains."""
    task = world.words(60, metrics=("accuracy", "f1_macro"))
    scores = world.run(task, *_group(world, "r8", "6", "7", "9")).scores(task)
    for name in task.metrics:
        alone = [scores.compare(f"r8.{number}", name, None) for number in range(3)]
        found = scores.compare("r8", name, None)
        gains = [one.gain.value for one in alone]
        assert len(set(gains)) == 3
        assert found.value.value == pytest.approx(fmean(one.value.value for one in alone))
        assert found.gain.value == pytest.approx(fmean(gains))
        assert found.base.value == alone[0].base.value
        assert (found.candidate, found.n, found.seeds) == ("r8", 60, 3)
        assert found.seed_sd == pytest.approx(stdev(gains))
        assert found.gain.interval.method.endswith(", seeds")
        assert found.base.interval.method.endswith("seeds") is False
        half = found.gain.interval.high - found.gain.value
        assert half > reach(gains, 0.95)
        assert all(one.seeds is None and one.seed_sd is None for one in alone)


def test_a_case_that_one_seed_lacks_is_left_out(world: "World") -> None:
    """By name, for the whole group: the mean of the others would be that of another recipe."""
    task = world.words(8)
    scores = world.run(task, *_group(world, "r8", "6", "9")).scores(task)
    lost = {**scores.scores("r8.1", "accuracy"), "3": Score(value=None, reason="cut off")}
    merged = together({"r8.0": scores.scores("r8.0", "accuracy"), "r8.1": lost})
    assert merged["3"] == Score(value=None, reason="r8.1: cut off")
    found = compare_scores(
        task,
        metric("accuracy"),
        "r8",
        scores.scores("base", "accuracy"),
        merged,
        where=None,
        levels=(0.95, 0.90),
        seeds=(1, 2),
    )
    assert (found.n, found.excluded, found.seeds) == (7, ("3",), 2)


def test_slices_and_order(world: "World") -> None:
    """A group has comparisons on slices, the same in another session and asked in any order."""
    task = world.words(40, metrics=("accuracy", "f1_macro"))
    asked = [(name, where) for name in task.metrics for where in (None, "parity=odd")]
    found = []
    for order in (asked, asked[::-1]):
        scores = world.run(task, *_group(world, "r8", "6", "7", "9")).scores(task)
        found.append({one: scores.compare("r8", *one) for one in order})
    assert found[0] == found[1]


def test_seeds_that_sample() -> None:
    """With several samples a case, a seed's value is made from all of its own answers."""
    over = OverSeeds(metric=metric("f1_macro"), samples=2)

    def answer(expected: str, predicted: str) -> Score:
        right = float(expected == predicted)
        return Score(value=right, expected=expected, predicted=predicted)

    def case(*answers: Score) -> Score:
        return Score(value=fmean(one.value or 0.0 for one in answers), samples=answers)

    good, bad, other = answer("a", "a"), answer("a", "b"), answer("b", "b")
    first = {"1": case(good, bad), "2": case(other, other)}
    second = {"1": case(bad, bad), "2": case(other, good)}
    merged = together({"r8.0": first, "r8.1": second})
    assert merged["1"].value == 0.25
    expected = [metric("f1_macro").value([*seed.values()]) for seed in (first, second)]
    assert over.values([*merged.values()]) == pytest.approx(expected)
    assert expected[0] != expected[1]
    assert over.values([*first.values()]) == pytest.approx(expected[:1])


def test_replicates_are_averaged_over_seeds() -> None:
    """All seeds are resampled together, as base and candidate are."""
    import numpy as np

    answers = [("a", "a"), ("a", "b"), ("b", "b"), ("b", "b")]
    seeds = [
        {str(case): Score(value=1.0, expected=e, predicted=p) for case, (e, p) in enumerate(own)}
        for own in (answers, [*answers[1:], ("a", "a")])
    ]
    found = metric("f1_macro")
    over = OverSeeds(metric=found, samples=1)
    counts = np.array([[1, 1, 1, 1], [0, 2, 1, 1], [3, 0, 1, 0]])
    apart = [np.asarray(found.resampled([*one.values()], counts)) for one in seeds]
    merged = over.resampled([*together({"0": seeds[0], "1": seeds[1]}).values()], counts)
    assert merged == pytest.approx((apart[0] + apart[1]) / 2)


def test_a_groups_estimates_are_no_single_models(world: "World") -> None:
    """Stored estimates of a task that samples must never pass for those of seeds."""
    over = OverSeeds(metric=metric("f1_macro"), samples=1)
    assert over.name != metric("f1_macro").name
    assert over.name != replace(over, samples=2).name
    task = world.words(20, metrics=("f1_macro",))
    group = _group(world, "r8", "6", "9")
    first = world.run(task, *group).scores(task).compare("r8", "f1_macro", None)
    assert world.run(task, *group).scores(task).compare("r8", "f1_macro", None) == first


def test_a_group_beside_a_full_model_and_another_group(world: "World") -> None:
    """Paired with another candidate, the noise of the seeds of both sides counts."""
    task = world.words(40)
    world_of = (*_group(world, "r8", "5", "7"), world.full("full", "9"))
    other = _group(world, "wide", "4", "8", full=True)
    scores = world.run(task, *world_of, *other).scores(task)
    single = scores.compare("r8", "accuracy", None, reference="full")
    assert single.reference == "full"
    assert single.base.value == scores.compare("full", "accuracy", None).value.value
    assert single.gain.value < 0
    both = scores.compare("full", "accuracy", None, reference="wide")
    assert (both.seeds, both.seed_sd) == (None, None)
    assert both.base.interval.method.endswith(", seeds")
    assert both.gain.interval.method.endswith(", seeds")


def test_the_same_weights_twice_are_refused(world: "World") -> None:
    """A copy in another folder is no other seed, and would make the spread look small."""
    session = world.session(*_group(world, "r8", "6", "7", "6"))
    with pytest.raises(FtevalsError, match=r"r8\.2 \(.*\) has the very weights of r8\.0 \("):
        _ = session.models


def test_adapters_and_full_models_are_no_group(world: "World") -> None:
    """Seeds of one recipe are all of one kind."""
    (full,) = (replace(world.full("r8-1", "9"), name="r8.1", group="r8"),)
    session = world.session(_group(world, "r8", "6")[0], full)
    with pytest.raises(FtevalsError, match="--ftevals-candidate r8: holds adapters and full"):
        _ = session.models
