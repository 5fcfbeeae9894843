"""The whole way on a real model: questions in, verdicts out, values known beforehand."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TASK = """\
name: trec
about: Classify a question by the type of its answer.
kind: generate
data: questions.jsonl
messages:
  - role: system
    content: >-
      Classify the question by the type of its answer. Reply with JSON only: {"category": one of
      abbreviation, entity, description, person, location, number}.
  - {role: user, content: "{{ question }}"}
expected: {category: "{{ category }}"}
decode: {max_new_tokens: 24}
metrics: [accuracy, f1_macro, json_valid]
"""

TESTS = """\
import pytest
from pytest_ftevals import load_task

trec = load_task("trec.task.yaml")


@pytest.mark.parametrize("task", [trec])
def test_classifies(compare, task):
    result = compare(task)
    assert result["accuracy"] >= 0.5
    assert result["accuracy"].gain >= 45
    assert result["json_valid"] >= 0.99
"""


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a process of its own, as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--ftevals-report=report", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def read(folder: Path) -> dict[str, Any]:
    """Return the record that the run wrote."""
    record: dict[str, Any] = json.loads((folder / "report" / "record.json").read_text())
    return record


@pytest.mark.slow
def test_adapter_reaches_its_known_values(shared: Path, smollm2: Path, tmp_path: Path) -> None:
    """500 questions: 52.6% and valid JSON throughout, against 0 and 0; then all from the store."""
    (tmp_path / "trec.task.yaml").write_text(TASK)
    (tmp_path / "test_trec.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "questions.jsonl").write_bytes((shared / "data/trec/test.jsonl").read_bytes())
    options = [
        f"--ftevals-base={smollm2}",
        f"--ftevals-candidate=trec={shared / 'adapters' / 'smollm2_trec'}",
    ]
    first = run(tmp_path, *options)
    assert first.returncode == 0, first.stdout + first.stderr
    record = read(tmp_path)
    rows = {row["metric"]: row for row in record["comparisons"]}
    assert rows["accuracy"]["n"] == 500
    assert rows["accuracy"]["base"] == 0.0
    assert rows["accuracy"]["value"] == pytest.approx(0.526, abs=0.004)
    assert (rows["json_valid"]["base"], rows["json_valid"]["value"]) == (0.0, 1.0)
    assert record["run"]["numerics"]["dtype"] == "float32"
    assert record["variants"][1]["shares_base"] is True

    second = run(tmp_path, *options)
    assert second.returncode == 0, second.stdout + second.stderr
    again = read(tmp_path)
    assert again["run"]["plan"]["computed"] == 0
    for key in ("variants", "tasks", "comparisons", "tests", "failures"):
        assert again[key] == record[key]
