"""What the bundled suite promises: `good` is green, `forgetful` red; cold, stored, in parallel."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODELS = "evalsuites/demo/models"
DECIDED = ("variants", "tasks", "comparisons", "tests", "failures")
"""Everything of a record that two runs of one thing have in common."""

WATCH = """\
import sys

def pytest_unconfigure():
    heavy = {"torch", "transformers", "peft"} & set(sys.modules)
    print("heavy imports:", sorted(heavy))
"""


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where these runs keep their store and reports, and a plugin that tells what was imported."""
    made = tmp_path_factory.mktemp("suite")
    (made / "watch_imports.py").write_text(WATCH)
    return made


def run(folder: Path, name: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run ``pytest evalsuites/`` in the checkout, its report going to `name`."""
    command = [sys.executable, "-m", "pytest", "evalsuites/", "-p", "watch_imports"]
    command += [f"--ftevals-store={folder / 'store'}", f"--ftevals-report={folder / name}"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        [*command, *options],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def read(folder: Path, name: str) -> dict[str, Any]:
    """Return a run's record."""
    record: dict[str, Any] = json.loads((folder / name / "record.json").read_text())
    return record


def row(record: dict[str, Any], task: str, metric: str = "accuracy") -> dict[str, Any]:
    """Return the comparison of a whole task."""
    rows = [
        one
        for one in record["comparisons"]
        if (one["task"], one["metric"], one["slice"]) == (task, metric, None)
    ]
    assert len(rows) == 1
    found: dict[str, Any] = rows[0]
    return found


@pytest.fixture(scope="session")
def first(folder: Path) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """The first run, with an empty store."""
    done = run(folder, "first")
    assert done.returncode == 0, done.stdout + done.stderr
    return done, read(folder, "first")


First = tuple[subprocess.CompletedProcess[str], dict[str, Any]]


@pytest.mark.slow
def test_good_is_better_at_its_job_and_keeps_what_the_base_knows(first: First) -> None:
    """At least 30 points gained on tickets, at most 3 lost on general knowledge."""
    _, record = first
    assert row(record, "tickets")["delta"] >= 30
    assert row(record, "general")["delta"] >= -3
    outcomes = {(one["nodeid"].split("/")[1], one["outcome"]) for one in record["tests"]}
    assert outcomes == {("demo", "passed"), ("standard", "skipped")}
    assert record["run"]["plan"]["computed"] == record["run"]["plan"]["unique"] > 1000


@pytest.mark.slow
def test_second_run_loads_nothing_and_decides_the_same(folder: Path, first: First) -> None:
    """Not even torch is imported; the record is the first one's but for times and counts."""
    assert "heavy imports: ['peft', 'torch', 'transformers']" in first[0].stdout
    done = run(folder, "second")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "heavy imports: []" in done.stdout
    record = read(folder, "second")
    assert record["run"]["plan"]["computed"] == 0
    for part in DECIDED:
        assert record[part] == first[1][part]
    assert record["run"]["numerics"] == first[1]["run"]["numerics"]
    assert (folder / "second/samples.jsonl").read_bytes() == (
        folder / "first/samples.jsonl"
    ).read_bytes()


@pytest.mark.slow
def test_two_workers_give_the_same_verdicts_and_one_report(folder: Path, first: First) -> None:
    """Computed by two processes together, without a store of earlier answers."""
    done = run(folder, "parallel", "-n2", "--ftevals-no-store")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ftevals: base and candidates") == 1
    record = read(folder, "parallel")
    for part in DECIDED:
        assert record[part] == first[1][part]
    assert record["run"]["plan"]["computed"] == record["run"]["plan"]["unique"]


@pytest.mark.slow
def test_forgetful_is_refused(folder: Path, first: First) -> None:
    """Exit code 1: general knowledge is lost, and the failures say that the base had it."""
    done = run(folder, "forgetful", f"--ftevals-candidate={MODELS}/forgetful")
    assert done.returncode == 1, done.stdout + done.stderr
    record = read(folder, "forgetful")
    (threshold,) = row(record, "general")["thresholds"]
    assert (threshold["text"], threshold["holds"]) == ("drop <= 3", False)
    verdicts = [line for line in done.stdout.splitlines() if line.startswith("general ")]
    assert verdicts[0].endswith("FAIL, refuted")
    (failures,) = (one for one in record["failures"] if one["task"] == "general")
    assert failures["regressions"] > failures["failed"] / 2
    samples = map(json.loads, (folder / "forgetful/samples.jsonl").read_text().splitlines())
    labelled = [one for one in samples if "regression from base" in one["labels"]]
    assert {one["variant"] for one in labelled} == {"forgetful"}
    assert row(record, "tickets")["delta"] >= 30
    # Base answers come from the store: only the new candidate was asked.
    plan = record["run"]["plan"]
    assert plan["computed"] < plan["unique"]
    assert first[1]["variants"][0] == record["variants"][0]


@pytest.mark.slow
def test_progress_shows_on_a_terminal_only(first: First) -> None:
    """On a terminal a line tells requests, tokens and time left; elsewhere nothing does."""
    assert "tokens," not in first[0].stdout
    reader, writer = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-m", "pytest", "evalsuites/", "-q", "--ftevals-no-store"],
        cwd=ROOT,
        stdout=writer,
        stderr=subprocess.STDOUT,
        env={**os.environ, "COLUMNS": "80", "TERM": "xterm"},
    )
    os.close(writer)
    seen = b""
    try:
        while part := os.read(reader, 65536):
            seen += part
    except OSError:  # how Linux says that the other end is closed
        pass
    assert done.wait() == 0
    lines = seen.decode().replace("\r", "\n").splitlines()
    bars = [line for line in lines if " tokens, " in line]
    assert any("/1,156 requests" in line and "s left" in line for line in bars)
    assert all(len(line) <= 80 for line in bars)
