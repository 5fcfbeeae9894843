"""Times whole processes in turn, so that a drifting machine is fair to all sides."""

import os
import resource
import statistics
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a comparison: a command, and what must be done before each run of it."""

    name: str
    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    prepare: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The medians of one side's runs."""

    name: str
    wall: float
    """Seconds."""
    cpu: float
    """Seconds of user and system time, child processes included."""


def race(sides: Sequence[Side], *, runs: int) -> list[Timing]:
    """Run every side once as a warm-up and `runs` times in turn; return their medians.

    Raises CalledProcessError, with the output, where a run does not exit with 0.
    """
    taken: dict[str, list[tuple[float, float]]] = {side.name: [] for side in sides}
    for number in range(runs + 1):
        for side in sides:
            side.prepare()
            seconds = _run(side)
            if number:
                taken[side.name].append(seconds)
    return [
        Timing(
            name=side.name,
            wall=statistics.median(wall for wall, _ in taken[side.name]),
            cpu=statistics.median(cpu for _, cpu in taken[side.name]),
        )
        for side in sides
    ]


def _run(side: Side) -> tuple[float, float]:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), os.times().elapsed
    subprocess.run(
        side.command,
        cwd=side.folder,
        env={**os.environ, **side.environment},
        check=True,
        capture_output=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return os.times().elapsed - began, cpu
