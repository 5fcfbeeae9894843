"""Early stop on a real model and real questions: the full run's verdicts, on fewer cases."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SUBJECTS = ("electrical_engineering", "global_facts")
"""Those with the shortest questions: this test computes all of them."""
TASK = """\
name: mmlu
about: General knowledge.
kind: choice
data: test.jsonl
preamble: "The following are multiple choice questions (with answers) about {{ subject }}.\\n\\n"
prompt: "{{ question | trim }}\\n{{ choices | lettered }}\\nAnswer:"
answer: "{{ answer }}"
score: letters
few_shot: {data: dev.jsonl, count: 2, match: subject}
metrics: [accuracy, choice_probability]
slices: [subject]
"""
TESTS = """\
import pytest
from pytest_ftevals import load_task

mmlu = load_task("mmlu.task.yaml")
THRESHOLDS = {
    "kept": lambda result: result.drop <= 30,
    "probable": lambda result: result["choice_probability"].drop <= 10,
    "good": lambda result: result["accuracy"] >= 0.7,
    "fair": lambda result: result["accuracy"] >= 0.1,
    "close": lambda result: result.drop <= 1,
}


@pytest.mark.parametrize("name", THRESHOLDS)
@pytest.mark.evaluates(mmlu)
def test_threshold(compare, name):
    assert THRESHOLDS[name](compare(mmlu))
"""


def decided(folder: Path, *options: str) -> tuple[dict[str, Any], str]:
    """Run pytest in a process of its own; return its thresholds by their text, and its output."""
    command = [sys.executable, "-m", "pytest", "-q", "--ftevals-report=report", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    record = json.loads((folder / "report" / "record.json").read_text())
    rows = record["comparisons"]
    return {one["text"]: one for row in rows for one in row["thresholds"]}, done.stdout


@pytest.mark.slow
def test_verdicts_are_those_of_the_full_run(shared: Path, smollm2: Path, tmp_path: Path) -> None:
    """Clear thresholds take a part of 245 questions, which the report says; close ones take all."""
    (tmp_path / "mmlu.task.yaml").write_text(TASK)
    (tmp_path / "test_mmlu.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for part in ("test", "dev"):
        files = [shared / "data" / "mmlu" / f"{name}_{part}.jsonl" for name in SUBJECTS]
        (tmp_path / f"{part}.jsonl").write_bytes(b"".join(file.read_bytes() for file in files))
    options = (
        f"--ftevals-base={smollm2}",
        f"--ftevals-candidate=trec={shared / 'adapters' / 'smollm2_trec'}",
    )
    early, shown = decided(tmp_path, "--ftevals-early-stop", *options)
    full, _ = decided(tmp_path, *options)
    assert len(full) == 5
    assert {text: one["verdict"] for text, one in early.items()} == {
        text: one["verdict"] for text, one in full.items()
    }
    cases = {one["n_used"] for one in full.values()}
    assert cases == {245}
    clear = [one for one in early.values() if one["n_used"] < 245]
    assert len(clear) >= 3
    for one in clear:
        assert one["evidence"] == full[one["text"]]["evidence"] != "not proven"
        assert f"decided at {one['n_used']} of 245 cases: {one['text']}" in shown
