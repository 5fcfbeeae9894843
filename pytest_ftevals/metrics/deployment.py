"""What an answer takes: time to its first token, latency, tokens a second, memory, money.

Range: 0 and above, in seconds, tokens a second, bytes and the price's currency. Direction: lower is
better, but for tokens_per_second. Source: own; percentiles are nearest-rank ones (Hyndman and Fan
1996, definition 1), so that each is a latency that was measured, and so is each end of an interval
that has one. Misleading: of this machine, this engine and requests one at a time; a server that
batches answers more of them, each later.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.ranked import Numbers, Ranked
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Only, RestsOn, Task
from pytest_ftevals.core.timing import Timing
from pytest_ftevals.metrics.needs import refuse
from pytest_ftevals.metrics.per_case import PerCase, scored, unanswered
from pytest_ftevals.metrics.pooled import Pooled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_REQUESTS = 1000
_HOUR = 3600

Told = Callable[[Task, Timing], float | str]
"""Reads a number off a timing, or says why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile:
    """A metric whose value is a nearest-rank quantile of all measured answers' scores."""

    name: str
    share: float
    """Which quantile, in (0, 1]; 1 is the largest."""
    told: Told
    binary: bool = False
    higher_is_better: bool = False
    points: bool = False
    is_mean: bool = False
    only: Only = None
    rests_on: RestsOn = None
    score_libraries: tuple[str, ...] = ()
    value_libraries: tuple[str, ...] = ()
    settings: JSON = None

    def check(self, task: Task) -> None:
        """Raise FtevalsError unless the task measures."""
        _measures(self.name, task)

    def score(self, task: Task, case: Case, response: Response) -> Score:
        """Return one answer's score; None where there is none, or it was not measured."""
        return unanswered(response) or _rated(self.told)(task, case, response)

    def value(self, scores: Sequence[Score]) -> float:
        """Return the quantile over all answers (all scored, at least one)."""
        found = sorted(number for own in _numbers(scores) for number in own)
        return found[math.ceil(self.share * len(found)) - 1]

    def ranked(self, scores: Sequence[Score]) -> Ranked:
        """Return what the value is the quantile of."""
        return Ranked(share=self.share, seeds=(_numbers(scores),))

    def resampled(
        self, scores: Sequence[Score], counts: "NDArray[np.int64]"
    ) -> "NDArray[np.float64]":
        """Return the value of each replicate; `counts` has shape (replicates, n)."""
        import numpy as np

        each = _numbers(scores)
        cases = np.repeat(np.arange(len(each)), [len(numbers) for numbers in each])
        flat = np.array([number for numbers in each for number in numbers])
        order = np.argsort(flat, kind="stable")
        upto = counts[:, cases[order]].cumsum(axis=1)
        ranks = np.ceil(self.share * upto[:, -1:])
        found: NDArray[np.float64] = flat[order][(upto >= ranks).argmax(axis=1)]
        return found


def _numbers(scores: Sequence[Score]) -> Numbers:
    return tuple(tuple(scored(one) for one in each.samples or (each,)) for each in scores)


def _rated(told: Told) -> Callable[[Task, Case, Response], Score]:
    def rate(task: Task, _: Case, response: Response) -> Score:
        if response.timing is None:
            return Score(value=None, reason="it was not measured")
        found = told(task, response.timing)
        if isinstance(found, str):
            return Score(value=None, reason=found)
        return Score(value=found)

    return rate


def _mean(name: str, told: Told, needs: Callable[[Task], None] | None = None) -> PerCase:
    return PerCase(
        name=name,
        binary=False,
        higher_is_better=False,
        points=False,
        needs=needs or (lambda task: _measures(name, task)),
        rate=_rated(told),
    )


def _measures(name: str, task: Task) -> None:
    """Raise FtevalsError unless the task measures, and does nothing else."""
    if task.kind != "deployment":
        what = f"measures time and memory, and a {task.kind} task does not"
        raise refuse(name, task, what, "Put it into a task of its own, `kind: deployment`.")
    others = [one for one in task.metrics if one not in _NAMES]
    if others:
        what = f"stands beside {others[0]!r}, and a deployment task only measures"
        raise refuse(name, task, what, f"Its metrics are: {', '.join(_NAMES)}.")


def _has_price(task: Task) -> None:
    _measures("cost_per_1000", task)
    if task.price is None:
        what = "needs what an hour of the machine costs"
        raise refuse("cost_per_1000", task, what, "Add to the task file: price: {per_hour: 1.20}")


def _seconds(_: Task, timing: Timing) -> float:
    return timing.seconds


def _first(_: Task, timing: Timing) -> float:
    return timing.first_token_seconds


def _host(_: Task, timing: Timing) -> float | str:
    if timing.host_peak is None:
        return "this system does not tell the most memory that a process held (Linux does)"
    return float(timing.host_peak)


def _device(_: Task, timing: Timing) -> float | str:
    if timing.device == "cpu":
        return "the models run on cpu, whose memory is the host's: see peak_host_memory"
    if timing.device_peak is None:
        return f"{timing.device} does not tell the most memory that was in use"
    return float(timing.device_peak)


def _cost(task: Task, timing: Timing) -> float | str:
    if task.price is None:
        return "the task has no price"
    return timing.seconds * _REQUESTS / _HOUR * task.price


def _speed(_: Task, __: Case, response: Response) -> Score:
    timing = response.timing
    if timing is None:
        return Score(value=None, reason="it was not measured")
    parts: list[JSON] = [timing.new_tokens, timing.seconds]
    return Score(value=timing.new_tokens / timing.seconds, parts=parts)


def _rate(sums: Sequence[float]) -> float:
    tokens, seconds = sums
    return tokens / seconds


DEPLOYMENT = (
    _mean("time_to_first_token", _first),
    Quantile(name="latency_p50", share=0.50, told=_seconds),
    Quantile(name="latency_p95", share=0.95, told=_seconds),
    Quantile(name="latency_p99", share=0.99, told=_seconds),
    Pooled(
        name="tokens_per_second",
        needs=lambda task: _measures("tokens_per_second", task),
        rate=_speed,
        pool=_rate,
        points=False,
    ),
    Quantile(name="peak_host_memory", share=1.0, told=_host),
    Quantile(name="peak_device_memory", share=1.0, told=_device),
    _mean("cost_per_1000", _cost, _has_price),
)
_NAMES = tuple(one.name for one in DEPLOYMENT)
