"""What answers take: quantiles that were measured, quotients of sums, and reasons for no number."""

from collections.abc import Callable
from dataclasses import replace
from math import inf, isnan
from typing import Any

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response, failed
from pytest_ftevals.core.score import Score, averaged
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.timing import Timing
from pytest_ftevals.metrics.deployment import DEPLOYMENT
from pytest_ftevals.metrics.registry import metric
from pytest_ftevals.run.estimates import Estimates, estimates
from pytest_ftevals.run.groups import OverSeeds

NAMES = tuple(one.name for one in DEPLOYMENT)
GIB = 2**30


def timed(seconds: float, **changed: Any) -> Response:
    """Make a response that took so long."""
    told: dict[str, Any] = {"first_token_seconds": seconds / 4, "new_tokens": 10, "device": "cuda"}
    told |= {"host_peak": 3 * GIB, "device_peak": 2 * GIB}
    return Response(text="yes", timing=Timing(**{"seconds": seconds, **told, **changed}))


@pytest.fixture
def task(make_task: Callable[..., Task]) -> Task:
    """A deployment task with a price."""
    return replace(make_task(None), kind="deployment", metrics=NAMES, price=1.80)


def scores(name: str, task: Task, *responses: Response) -> list[Score]:
    """Score responses."""
    return [metric(name).score(task, task.cases[0], one) for one in responses]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time_to_first_token", 0.5),
        ("latency_p50", 2.0),
        ("latency_p99", 2.0),
        ("tokens_per_second", 5.0),
        ("peak_host_memory", 3.0 * GIB),
        ("peak_device_memory", 2.0 * GIB),
        ("cost_per_1000", 1.0),
    ],
)
def test_one_answer_scores_what_it_took(task: Task, name: str, value: float) -> None:
    """Two seconds at 1.80 an hour are 1.00 for a thousand."""
    metric(name).check(task)
    (score,) = scores(name, task, timed(2.0))
    assert score.value == pytest.approx(value)
    assert metric(name).value([score]) == pytest.approx(value)


@pytest.mark.parametrize(
    ("name", "n", "rank"),
    [("p50", 4, 2), ("p50", 5, 3), ("p95", 20, 19), ("p95", 19, 19), ("p99", 100, 99)],
)
def test_a_percentile_is_a_latency_that_was_measured(
    task: Task, name: str, n: int, rank: int
) -> None:
    """The nearest rank, whatever order they come in: numpy's inverted_cdf."""
    import numpy as np

    seconds = [float(number * number) for number in range(1, n + 1)]
    found = scores(f"latency_{name}", task, *map(timed, seconds[::-1]))
    value = metric(f"latency_{name}").value(found)
    assert value == rank * rank
    assert value == np.percentile(seconds, int(name[1:]), method="inverted_cdf")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("samples", [1, 3])
def test_replicates_are_values_of_what_was_drawn(task: Task, name: str, samples: int) -> None:
    """Each replicate counts its cases as often as they were drawn, with all their samples."""
    import numpy as np

    rng = np.random.default_rng(5)
    judge = metric(name)
    peaks = {"host_peak": 5, "device_peak": 7}
    cases = [
        averaged(scores(name, task, *(timed(float(one), **peaks) for one in drawn)))
        for drawn in rng.uniform(0.1, 9, (12, samples))
    ]
    counts = rng.multinomial(12, [1 / 12] * 12, size=40)
    found = judge.resampled(cases, counts)
    if found is None:
        assert judge.is_mean
        return
    for value, row in zip(found, counts, strict=True):
        drawn = [case for case, count in zip(cases, row, strict=True) for _ in range(count)]
        assert value == pytest.approx(judge.value(drawn))


def estimated(name: str, before: list[Score], after: list[Score], *, seeds: int = 1) -> Estimates:
    """Estimate from a comparison's scores; each end of `bounds` is a one-sided one at 95%."""
    judge = metric(name) if seeds == 1 else OverSeeds(metric=metric(name), samples=1)
    return estimates(judge, before, after, binary=False, levels=(0.95, 0.9), seed=1)


@pytest.mark.parametrize(
    ("name", "n", "proves"),
    [
        ("latency_p95", 58, False),
        ("latency_p95", 59, True),
        ("latency_p99", 200, False),
        ("latency_p50", 4, False),
        ("latency_p50", 5, True),
        ("peak_host_memory", 400, False),
    ],
)
def test_few_cases_prove_nothing_of_the_slowest(
    task: Task, name: str, n: int, *, proves: bool
) -> None:
    """Neither a value nor a change is bounded where the largest number is no bound."""
    seconds = [0.5 + number / n for number in range(n)]
    before = scores(name, task, *(timed(one, host_peak=int(GIB * one)) for one in seconds))
    after = scores(name, task, *(timed(one, host_peak=int(GIB * one)) for one in seconds[::-1]))
    base, value, gain = estimated(name, before, after)
    assert (value.bounds.high < inf) == proves
    assert (base.bounds.high, base.bounds.low) == (value.bounds.high, value.bounds.low)
    assert (gain.bounds.high < inf) == (gain.bounds.low > -inf) == proves
    assert base.bounds.low <= base.value <= base.bounds.high


def test_seeds_prove_no_more(task: Task) -> None:
    """Their mean has bounds where each percentile has one at its third of the error."""
    single = {n: scores("latency_p95", task, *map(timed, range(1, n + 1))) for n in (60, 90)}
    for n, proves in ((60, False), (90, True)):
        after = [replace(one, samples=(one, one, one)) for one in single[n]]
        base, value, gain = estimated("latency_p95", single[n][::-1], after, seeds=3)
        assert base.bounds.high < inf
        assert (value.bounds.high < inf) == (gain.bounds.high < inf) == proves


@pytest.mark.parametrize("slower", [1.0, 1.5])
@pytest.mark.parametrize("alike", [0.0, 0.9])
def test_bounds_of_a_change_hold_as_often_as_they_say(slower: float, alike: float) -> None:
    """Of log-normal latencies of 59 cases, independent or paired: at most 5% of samples miss."""
    import numpy as np

    runs, rng, missed = 150, np.random.default_rng(4), [0, 0]
    true = -(slower - 1) * float(np.exp(1.6448536))
    for _ in range(runs):
        base, noise = rng.standard_normal((2, 59))
        tuned = alike * base + (1 - alike**2) ** 0.5 * noise
        before = [Score(value=float(one)) for one in np.exp(base)]
        after = [Score(value=slower * float(one)) for one in np.exp(tuned)]
        gain = estimated("latency_p95", before, after)[2].bounds
        missed = [missed[0] + (gain.low > true), missed[1] + (gain.high < true)]
    assert max(missed) / runs <= 0.05 + 3 * (0.05 * 0.95 / runs) ** 0.5


def test_speed_is_all_tokens_over_all_seconds(task: Task) -> None:
    """Not the mean of the answers' speeds."""
    found = scores("tokens_per_second", task, timed(1.0, new_tokens=1), timed(3.0, new_tokens=99))
    assert metric("tokens_per_second").value(found) == 25


@pytest.mark.parametrize("name", NAMES)
def test_what_was_not_measured_has_no_score(task: Task, name: str) -> None:
    """Never 0: errors, and answers without a timing."""
    for response, why in ((failed("too long"), "too long"), (Response(text="x"), "not measured")):
        (score,) = scores(name, task, response)
        assert score.value is None
        assert why in score.reason


@pytest.mark.parametrize(
    ("name", "changed", "why"),
    [
        ("peak_host_memory", {"host_peak": None}, "does not tell"),
        ("peak_device_memory", {"device_peak": None, "device": "cpu"}, "see peak_host_memory"),
        ("peak_device_memory", {"device_peak": None, "device": "mps"}, "mps does not tell"),
    ],
)
def test_memory_that_nobody_tells_has_a_reason(
    task: Task, name: str, changed: dict[str, Any], why: str
) -> None:
    """On a processor there is no device memory."""
    (score,) = scores(name, task, timed(1.0, **changed))
    assert score.value is None
    assert why in score.reason


@pytest.mark.parametrize("name", NAMES)
def test_they_belong_to_deployment_tasks_alone(
    task: Task, make_task: Callable[..., Task], name: str
) -> None:
    """And nothing else belongs to those."""
    with pytest.raises(FtevalsError, match="kind: deployment"):
        metric(name).check(make_task("yes"))
    with pytest.raises(FtevalsError, match="stands beside 'accuracy'"):
        metric(name).check(replace(task, metrics=(name, "accuracy")))


def test_what_asks_for_answers_is_refused(task: Task) -> None:
    """Replies of a deployment task are not looked at."""
    for name in ("exact_match", "json_valid", "word_perplexity", "choice_probability", "accuracy"):
        with pytest.raises(FtevalsError, match="deployment"):
            metric(name).check(task)


def test_a_cost_needs_a_price(task: Task) -> None:
    """The message shows the key."""
    with pytest.raises(FtevalsError, match="per_hour") as caught:
        metric("cost_per_1000").check(replace(task, price=None))
    assert "price: {per_hour: 1.20}" in str(caught.value)
    assert not isnan(metric("cost_per_1000").value(scores("cost_per_1000", task, timed(1.0))))
