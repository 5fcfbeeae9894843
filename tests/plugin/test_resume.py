"""Runs that were killed, and runs at the same time: one store, the same record, nothing twice."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytestmark = pytest.mark.slow

CASES = 20
BATCH = 2
"""Requests in a batch of so many tokens."""
OPTIONS = ("--ftevals-batch-tokens=600",)


@pytest.fixture(autouse=True)
def suite(project: "Project", monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a suite whose forty requests take about two seconds."""
    # A controller that is killed cannot remove its temporary files.
    (project.path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(project.path / "temporary"))
    project.task(cases=CASES, slices=["language"])
    project.model("base", seconds=0.1)
    project.adapter("good", wrong=["c1", "c2"], seconds=0.1)
    project.tests("""
        @pytest.mark.evaluates(words)
        def test_kept(compare): assert compare(words).drop <= 3
        @words.cases()
        def test_case(candidate, case):
            assert candidate.generate(case).text == case.expected
        @pytest.mark.pass_rate(at_least=0.8)
        @words.cases()
        def test_rate(model, case):
            assert model.generate(case).text == case.expected
    """)


def start(project: "Project", *options: str) -> "subprocess.Popen[bytes]":
    """Start pytest in a process group of its own."""
    command = [sys.executable, "-m", "pytest", *OPTIONS, *options]
    return subprocess.Popen(
        command, cwd=project.path, stdout=subprocess.DEVNULL, start_new_session=True
    )


def comparable(project: "Project", record: Any) -> Any:
    """Return what may not differ: which answers were checked depends on who computed what."""
    compared = project.comparable(record)
    compared["run"].pop("self_check", None)
    return compared


def wait(happened: Callable[[], bool]) -> None:
    """Wait until something happened."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def reference(project: "Project") -> Any:
    """Return the record of an undisturbed run; its requests are not in the log."""
    record = project.record(*OPTIONS, "--ftevals-no-store", folder="undisturbed")
    batches = [entry["cases"] for entry in project.log() if entry["what"] == "answer"]
    assert {len(batch) for batch in batches} == {BATCH}
    (project.path / "engine.log").unlink()
    return comparable(project, record)


@pytest.mark.parametrize(
    ("killed", "again"), [((), ()), (("-n2",), ()), ((), ("-n2",)), (("-n2",), ("-n2",))]
)
def test_killed_run_is_resumed(
    project: "Project", killed: tuple[str, ...], again: tuple[str, ...]
) -> None:
    """``kill -9`` midway loses the batches in flight at most; the record is the undisturbed one."""
    expected = reference(project)
    doomed = start(project, *killed)
    wait(lambda: len(project.asked()) >= CASES)
    os.killpg(doomed.pid, signal.SIGKILL)
    doomed.wait()
    before = len(project.asked())
    assert before < 2 * CASES
    record = project.record(*OPTIONS, *again, folder="resumed", spawn=True)
    assert comparable(project, record) == expected
    assert project.samples("resumed") == project.samples("undisturbed")
    asked = Counter(project.asked())
    assert len(asked) == 2 * CASES
    in_flight = BATCH * (2 if killed else 1)
    assert asked.total() - len(asked) <= in_flight
    plan = record["run"]["plan"]
    assert plan["computed"] == asked.total() - before
    assert plan["stored"] + plan["computed"] == plan["unique"] == 2 * CASES


def test_workers_without_their_controller(project: "Project") -> None:
    """Killed alone it leaves them at work: a new run shares it with them, and they end."""
    expected = reference(project)
    doomed = start(project, "-n2")
    wait(lambda: len(project.asked()) >= CASES // 2)
    doomed.kill()
    doomed.wait()
    record = project.record(*OPTIONS, folder="resumed", spawn=True)
    assert comparable(project, record) == expected
    assert project.samples("resumed") == project.samples("undisturbed")
    wait(lambda: not is_alive(doomed.pid))
    asked = Counter(project.asked())
    assert set(asked.values()) == {1}
    assert len(asked) == 2 * CASES


def is_alive(group: int) -> bool:
    """Return whether any process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("options", [((), ()), ((), ("-n2",)), (("-n2",), ("-n2",))])
def test_two_runs_at_once_compute_nothing_twice(
    project: "Project", options: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    """Two people start the same suite: each answer is computed once, and both have all of them."""
    expected = reference(project)
    names = ("one", "two")
    runs = [
        start(project, *own, f"--ftevals-report={name}")
        for name, own in zip(names, options, strict=True)
    ]
    for run in runs:
        assert run.wait(timeout=120) == pytest.ExitCode.TESTS_FAILED
    asked = Counter(project.asked())
    assert set(asked.values()) == {1}
    assert len(asked) == 2 * CASES
    plans = []
    for name in names:
        record = project.read(name)
        plans.append(record["run"]["plan"])
        assert comparable(project, record) == expected
        assert project.samples(name) == project.samples("undisturbed")
    assert sum(plan["computed"] for plan in plans) == 2 * CASES
    assert all(plan["stored"] + plan["computed"] == 2 * CASES for plan in plans)
