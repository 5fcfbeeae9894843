"""A worker that stands still keeps its batch; one that is dead does not."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytestmark = pytest.mark.slow

REQUESTS = 12
ENGINE = """
import os, pathlib, signal, time, fakes
HERE = pathlib.Path(__file__).parent

class Engine(fakes.Engine):
    def answer(self, variant, batch):
        (HERE / f"here-{os.getpid()}").touch()
        try:
            (HERE / "held").touch(exist_ok=False)
        except FileExistsError:
            time.sleep(0.1)
            return super().answer(variant, batch)
        # xdist itself breaks where a worker dies before it was handed its tests.
        give_up = time.monotonic() + 30
        while len(list(HERE.glob("here-*"))) < 2 and time.monotonic() < give_up:
            time.sleep(0.05)
        time.sleep(1)
        (HERE / "held").write_text(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGSTOP)
        return super().answer(variant, batch)
"""
"""The first to answer stands still in the middle of its first batch."""


def _wait(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("end", [signal.SIGCONT, signal.SIGKILL])
def test_batch_of_a_stopped_worker(project: "Project", end: signal.Signals) -> None:
    """Nobody takes it while its worker may go on; killed, the other has it at once."""
    project.task()
    (project.path / "still.py").write_text(ENGINE)
    project.ini(engine="still:Engine")
    project.tests("""
        @pytest.mark.evaluates(words)
        def test_kept(compare): assert compare(words).drop <= 3
        @words.cases()
        def test_case(candidate, case):
            assert candidate.generate(case).text == case.expected
    """)
    command = [sys.executable, "-m", "pytest", "-n2", "--ftevals-report=report"]
    command += ["--ftevals-batch-tokens=1", "--max-worker-restart=0"]
    with subprocess.Popen(
        command, cwd=project.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as run:
        _wait(lambda: len(project.asked()) == REQUESTS - 1)
        _wait(lambda: (project.path / "held").read_text() != "")
        held = int((project.path / "held").read_text())
        time.sleep(2)
        assert len(project.asked()) == REQUESTS - 1
        assert run.poll() is None
        os.kill(held, end)
        freed = time.monotonic()
        _wait(lambda: len(project.asked()) == REQUESTS)
        assert time.monotonic() - freed < 5
        output, _ = run.communicate(timeout=60)
    asked = project.asked()
    assert len(asked) == len(set(asked)) == REQUESTS
    by_held = [one for one in project.log() if (one["what"], one["pid"]) == ("answer", held)]
    assert len(by_held) == (end is signal.SIGCONT)
    outcomes = {one["nodeid"]: one["outcome"] for one in project.read()["tests"]}
    assert len(outcomes) == 7
    if end is signal.SIGCONT:
        assert run.returncode == pytest.ExitCode.OK, output
        assert set(outcomes.values()) == {"passed"}
        return
    # What the dead worker was given never ran, is named, and the rest did.
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, output
    never = {name for name, outcome in outcomes.items() if outcome == "not run"}
    assert never
    assert set(re.findall(r"^did not run: (\S+)$", output, re.MULTILINE)) == never, output
    assert set(outcomes.values()) == {"passed", "not run"}
