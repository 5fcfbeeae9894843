"""Several runs on one store, as real processes: nothing computed twice, nothing lost to a kill."""

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.run.conftest import World

ROOT = Path(__file__).parents[2]
RUN = """
import sys
from pathlib import Path
sys.path.insert(0, "tests/run")
from tests.run.conftest import World
world = World(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
session = world.run(world.words(int(sys.argv[2])), world.source("r8"))
counts = session.answers.counts
print(counts.computed, counts.stored, flush=True)
print(*[reply is not None for variant in ("base", "r8")
        for reply in world.replies(session, world.words(int(sys.argv[2])), variant)], flush=True)
world.close()
"""


class Process:
    """A run in a process of its own, begun when told."""

    def __init__(self, world: "World", cases: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(world.folder), str(cases)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_ready(self) -> None:
        """Wait until it has imported what it needs."""
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def go(self) -> None:
        """Begin."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def is_running(self) -> bool:
        """Return whether it goes on."""
        return self.process.poll() is None

    def end(self) -> tuple[int, set[str]]:
        """Return how many answers it computed, and whether it has them all."""
        said = self.process.communicate(timeout=60)[0]
        assert self.process.returncode == 0
        counted, replies = said.splitlines()
        return int(counted.split()[0]), set(replies.split())


def answered(world: "World", pid: int | None = None) -> int:
    """Return how many batches were computed, by one process or all."""
    return sum(pid in (None, one["pid"]) for one in world.log("answer"))


def wait(happened: Callable[[], bool]) -> None:
    """Wait until something happened."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_two_processes_compute_nothing_twice(world: "World") -> None:
    """They share the batches between them, and each has all answers in the end."""
    world.adapter("r8")
    world.script(seconds=0.02)
    processes = [Process(world, 30), Process(world, 30)]
    for process in processes:
        process.wait_ready()
    for process in processes:
        process.go()
    ended = [process.end() for process in processes]
    asked = Counter(
        (one["variant"], prompt) for one in world.log("answer") for prompt in one["prompts"]
    )
    assert set(asked.values()) == {1}
    assert len(asked) == 60
    assert sum(computed for computed, _ in ended) == 60
    assert all(computed > 0 for computed, _ in ended)
    assert all(replies == {"True"} for _, replies in ended)


@pytest.mark.parametrize("killed_alone", [True, False])
def test_kill_9_loses_the_batch_in_flight_at_most(world: "World", *, killed_alone: bool) -> None:
    """The next run, or another that is under way, computes the rest and nothing else again."""
    world.adapter("r8")
    world.script(seconds=0.02)
    doomed = Process(world, 30)
    others = [] if killed_alone else [Process(world, 30)]
    for process in (doomed, *others):
        process.wait_ready()
        process.go()
    own = doomed.process.pid
    wait(lambda: answered(world, own) >= 4)
    doomed.process.send_signal(signal.SIGKILL)
    doomed.process.communicate()
    for process in others:
        assert process.end()[1] == {"True"}
    world.script()
    session = world.run(world.words(30), world.source("r8"))
    assert None not in world.replies(session, world.words(30), "r8")
    asked = Counter(
        (one["variant"], prompt) for one in world.log("answer") for prompt in one["prompts"]
    )
    assert len(asked) == 60
    assert sum(asked.values()) - 60 <= 2  # one batch of two
    assert (session.answers.counts.computed == 0) == bool(others)


@pytest.mark.parametrize("end", [signal.SIGCONT, signal.SIGKILL])
def test_a_stopped_process_keeps_its_batch_and_a_dead_one_does_not(
    world: "World", end: signal.Signals
) -> None:
    """However long it stands still; once it is dead, its batch is another's at once."""
    seconds, batches = 0.8, 8  # four of two cases each, for two variants
    world.adapter("r8")
    world.script(seconds=seconds)
    held, other = Process(world, 8), Process(world, 8)
    for process in (held, other):
        process.wait_ready()
    held.go()
    wait(lambda: answered(world, held.process.pid) == 2)
    time.sleep(seconds / 3)  # into the third batch, and out of the store
    held.process.send_signal(signal.SIGSTOP)
    other.go()
    wait(lambda: answered(world) == batches - 1)
    time.sleep(2 * seconds)
    assert answered(world) == batches - 1
    assert other.is_running()
    held.process.send_signal(end)
    freed = time.monotonic()
    assert other.end()[1] == {"True"}
    assert time.monotonic() - freed < 10 * seconds  # a batch, and the process's end
    by_held = answered(world, held.process.pid)
    if end is signal.SIGKILL:
        held.process.communicate()
        assert by_held == 2
    else:
        assert held.end()[1] == {"True"}
        assert by_held == 3
    assert answered(world) == batches
    assert len(world.computed()) == len(set(world.computed("base"))) * 2 == 16
