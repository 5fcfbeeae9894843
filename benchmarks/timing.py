"""Times whole processes in turn, so that a drifting machine is fair to all sides."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_KIB = 1 if sys.platform == "darwin" else 1024
"""Bytes of one unit of ru_maxrss: macOS counts in bytes, others in KiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a comparison: its commands, and what must be done before each run of them."""

    name: str
    commands: Sequence[Sequence[str]]
    """Run one after the other; their times add up."""
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What one run took, or the medians of one side's runs."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of user and system time, child processes included."""
    peak: float
    """Bytes of resident memory at the peak of the largest process."""


def race(sides: Sequence[Side], *, runs: int, warm_up: bool = True) -> list[Timing]:
    """Run every side `runs` times in turn, once before that as a warm-up; return their medians.

    Says on the standard error what each run took. Raises CalledProcessError, with the output,
    where a run does not exit with 0.
    """
    taken: dict[str, list[Timing]] = {side.name: [] for side in sides}
    for number in range(0 if warm_up else 1, runs + 1):
        for side in sides:
            timing = run(side)
            if number:
                taken[side.name].append(timing)
    return [_median(taken[side.name]) for side in sides]


def fastest(sides: Sequence[Side]) -> int:
    """Run every side once; return the index of the one that took the least time."""
    walls = [run(side).wall for side in sides]
    return walls.index(min(walls))


def run(side: Side) -> Timing:
    """Run a side once; raises CalledProcessError where a command does not exit with 0."""
    side.prepare()
    parts = [_run(command, side) for command in side.commands]
    timing = Timing(
        wall=sum(part.wall for part in parts),
        cpu=sum(part.cpu for part in parts),
        peak=max(part.peak for part in parts),
    )
    print(f"  {side.name}: {timing.wall:.1f} s", file=sys.stderr, flush=True)
    return timing


def _run(command: Sequence[str], side: Side) -> Timing:
    """Run a command and wait for it with wait4, which tells what this one process used.

    Its peak is never below this process's own, from which it is forked: nothing large may be
    imported here.
    """
    with tempfile.TemporaryFile("w+") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=side.folder,
            env={**os.environ, **side.environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise subprocess.CalledProcessError(process.returncode, command, output.read())
    return Timing(wall=wall, cpu=used.ru_utime + used.ru_stime, peak=used.ru_maxrss * _KIB)


def _median(taken: Sequence[Timing]) -> Timing:
    return Timing(
        wall=statistics.median(one.wall for one in taken),
        cpu=statistics.median(one.cpu for one in taken),
        peak=statistics.median(one.peak for one in taken),
    )
