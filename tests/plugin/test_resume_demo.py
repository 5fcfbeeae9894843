"""The bundled suite, killed in the middle of a batch and run again: nothing is lost but that."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
ENGINE = '''
import json, os
from pathlib import Path
from pytest_ftevals.engines.transformers.engine import TransformersEngine

HERE = Path(__file__).parent

class Engine(TransformersEngine):
    """Logs every batch once it is computed, and dies of one where a file says of which."""

    def answer(self, variant, batch):
        responses = super().answer(variant, batch)
        asked = [f"{variant} {one.request.digest()}" for one in batch.requests]
        with (HERE / "log.jsonl").open("a") as log:
            log.write(json.dumps(asked) + "\\n")
        doomed = HERE / "dies_of_batch"
        if doomed.exists() and len((HERE / "log.jsonl").read_text().splitlines()) == int(
            doomed.read_text()
        ):
            os.kill(os.getpid(), 9)
        return responses
'''


class Suite:
    """Runs of ``pytest evalsuites/`` that log what is computed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "mortal.py").write_text(ENGINE)

    def run(self, store: str, report: str, *options: str) -> int:
        """Run it in the checkout; return the exit code."""
        command = [sys.executable, "-m", "pytest", "evalsuites/", "-q", "-p", "no:cacheprovider"]
        command += ["--ftevals-engine=mortal:Engine", f"--ftevals-store={self.folder / store}"]
        command += [f"--ftevals-report={self.folder / report}", *options]
        return subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(self.folder)},
            stdout=subprocess.DEVNULL,
            check=False,
        ).returncode

    def batches(self) -> list[list[str]]:
        """Return what was computed since the last call, a list a batch."""
        log = self.folder / "log.jsonl"
        found = [json.loads(line) for line in log.read_text().splitlines()]
        log.unlink()
        return found

    def record(self, report: str) -> Any:
        """Return a run's record without what two runs of one thing may differ in."""
        record = json.loads((self.folder / report / "record.json").read_text())
        for name in ("command", "started", "duration_s", "hardware", "self_check"):
            record["run"].pop(name, None)
        for name in ("stored", "computed", "seconds"):
            record["run"]["plan"].pop(name)
        return record

    def samples(self, report: str) -> tuple[list[dict[str, Any]], list[float]]:
        """Return a run's samples, and apart their log-probabilities, which differ with company."""
        lines = (self.folder / report / "samples.jsonl").read_text().splitlines()
        samples = [json.loads(line) for line in lines]
        choices = [choice for sample in samples for choice in sample["choices"] or ()]
        return samples, [choice.pop("logprob") for choice in choices]


def test_killed_and_resumed(tmp_path: Path) -> None:
    """The record is the undisturbed run's, and less than a batch more was computed."""
    suite = Suite(tmp_path)
    assert suite.run("other", "undisturbed") == pytest.ExitCode.OK
    undisturbed = suite.batches()
    assert len(undisturbed) >= 4
    (tmp_path / "dies_of_batch").write_text(str(len(undisturbed) // 2))
    assert suite.run("store", "killed") == -9
    assert not (tmp_path / "killed" / "record.json").exists()
    killed = suite.batches()
    (tmp_path / "dies_of_batch").unlink()
    assert suite.run("store", "resumed", "-n2") == pytest.ExitCode.OK
    resumed = suite.batches()
    assert len(killed) == len(undisturbed) // 2
    asked = Counter(one for batch in (*killed, *resumed) for one in batch)
    assert asked.keys() == {one for batch in undisturbed for one in batch}
    assert {one for one, times in asked.items() if times > 1} == set(killed[-1])
    assert max(asked.values()) == 2
    assert suite.record("resumed") == suite.record("undisturbed")
    (samples, logprobs), (others, theirs) = map(suite.samples, ("resumed", "undisturbed"))
    assert samples == others
    assert logprobs == pytest.approx(theirs, abs=1e-4)
