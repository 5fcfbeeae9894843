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
from functools import partial
from typing import TYPE_CHECKING

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.ranked import Numbers, Ranked
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.timing import Timing
from pytest_ftevals.metrics.needs import refuse
from pytest_ftevals.metrics.per_case import PerCase, Rated, scored
from pytest_ftevals.metrics.pooled import Pooled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_REQUESTS = 1000
_HOUR = 3600

Told = Callable[[Task, Timing], float | str]
"""Reads a number off a timing, or says why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile(Rated):
    """A metric whose value is a nearest-rank quantile of all measured answers' scores."""

    share: float
    """Which quantile, in (0, 1]; 1 is the largest."""
    higher_is_better: bool = False
    points: bool = False
    is_mean: bool = False
    settings: JSON = None

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


def _quantile(name: str, share: float, told: Told) -> Quantile:
    return Quantile(name=name, share=share, needs=partial(_measures, name), rate=_rated(told))


def _mean(name: str, told: Told, needs: Callable[[Task], None] | None = None) -> PerCase:
    return PerCase(
        name=name,
        binary=False,
        higher_is_better=False,
        points=False,
        needs=needs or partial(_measures, name),
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
    _quantile("latency_p50", 0.50, _seconds),
    _quantile("latency_p95", 0.95, _seconds),
    _quantile("latency_p99", 0.99, _seconds),
    Pooled(
        name="tokens_per_second",
        needs=lambda task: _measures("tokens_per_second", task),
        rate=_speed,
        pool=_rate,
        points=False,
    ),
    _quantile("peak_host_memory", 1.0, _host),
    _quantile("peak_device_memory", 1.0, _device),
    _mean("cost_per_1000", _cost, _has_price),
)
_NAMES = tuple(one.name for one in DEPLOYMENT)
