"""The suite in `evalsuites/standard`: its gates, and what it says where it cannot run."""

import json
import shutil
import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from pytest_ftevals.core.canonical import JSON

ROOT = Path(__file__).parents[2]
SUITE = ROOT / "evalsuites" / "standard"
GATED = ["mmlu", "hellaswag", "arc_easy", "arc_challenge", "truthfulqa_mc1", "truthfulqa_mc2"]


@pytest.mark.slow
def test_a_fresh_clone_skips_it(tmp_path: Path) -> None:
    """With the demo model nothing fails, nothing is fetched, and both ways to data are named."""
    run = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider",
            "--ftevals-no-store", f"--junitxml={tmp_path}/junit.xml", str(SUITE),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert "6 skipped" in run.stdout
    junit = (tmp_path / "junit.xml").read_text(encoding="utf-8")
    assert junit.count("--ftevals-data=DIR") >= 6
    assert junit.count("pytest-ftevals[hub]") >= 6


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A copy of the suite with a fake engine, and no hub."""
    monkeypatch.setitem(sys.modules, "datasets", None)
    for path in SUITE.glob("*.py"):
        shutil.copy(path, pytester.path)
    shutil.copy(ROOT / "tests" / "plugin" / "fake_engine.py", pytester.path / "fakes.py")
    pytester.makeini(
        "[pytest]\npythonpath = .\nftevals_engine = fakes:Engine\n"
        "ftevals_base = base\nftevals_candidate = good\n"
    )
    weights = struct.pack("<Q", 2) + b"{}"
    configs: Mapping[str, tuple[str, JSON, str]] = {
        "base": ("config.json", {"model_type": "fake", "fake": {}}, "model.safetensors"),
        "good": ("adapter_config.json", _adapter({}), "adapter_model.safetensors"),
    }
    for name, (config, content, file) in configs.items():
        (pytester.path / name).mkdir()
        (pytester.path / name / config).write_text(json.dumps(content), encoding="utf-8")
        (pytester.path / name / file).write_bytes(weights)
    (pytester.path / "base" / "tokenizer.json").write_text("{}", encoding="utf-8")
    return pytester


def _adapter(rules: JSON) -> JSON:
    return {"peft_type": "LORA", "r": 8, "target_modules": ["q_proj"], "fake": rules}


def test_without_data_it_is_skipped(project: pytest.Pytester) -> None:
    """Each test says which data set lacks, and both ways to get it."""
    result = project.runpytest_inprocess("-rs", "--ftevals-offline")
    result.assert_outcomes(skipped=6)
    text = result.stdout.str()
    for data in ("cais/mmlu:all#test", "Rowan/hellaswag#validation", "allenai/ai2_arc:ARC-Easy"):
        assert f"the data set hub:{data}" in text
    assert text.count("--ftevals-data=DIR") >= 5
    assert text.count("pytest-ftevals[hub]") >= 5


def test_with_data_it_gates(project: pytest.Pytester) -> None:
    """Over the hand-made rows every gate holds: both variants answer alike."""
    data = Path(__file__).parent / "data"
    result = project.runpytest_inprocess(f"--ftevals-data={data}", "--ftevals-report=report")
    result.assert_outcomes(passed=6)
    record = json.loads((project.path / "report/record.json").read_text(encoding="utf-8"))
    assert [task["name"] for task in record["tasks"]] == GATED
    whole = [row for row in record["comparisons"] if row["thresholds"]]
    texts = {(row["task"], one["text"]) for row in whole for one in row["thresholds"]}
    assert texts == {(name, "drop <= 3") for name in GATED}
