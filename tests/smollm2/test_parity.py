"""The bundled standard tasks give what lm-evaluation-harness gives, on real rows and both variants.

A few rows of each task; docs/parity.md has the table of many, and the command that makes it.
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.standard.agreement import compare
from benchmarks.standard.layout import write_layout
from benchmarks.standard.ours import VARIANTS, Ours
from benchmarks.standard.tasks import TASKS
from benchmarks.standard.theirs import Theirs
from benchmarks.suite import read_rows, write_rows

ROWS = {
    "mmlu": 1,
    "arc_challenge": 6,
    "hellaswag": 4,
    "truthfulqa": 1,
    "gsm8k": 1,
    "ifeval": None,
    "wikitext": 1,
}
SUBJECTS = ("anatomy", "logical_fallacies", "marketing", "public_relations")
"""One of each of MMLU's groups, with short examples."""
PROMPTS = (1000, 1107, 1153)
"""Keys of IFEval's prompts that both variants answer in few words."""
WINDOW = 1390
"""Tokens the model is told to read at most: fewer than the page of WikiText has (1,397)."""


def shortened(model: Path, folder: Path) -> Path:
    """Return the same model, with room for `WINDOW` tokens."""
    folder.mkdir()
    for path in model.iterdir():
        (folder / path.name).symlink_to(path)
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").unlink()
    text = json.dumps(config | {"max_position_embeddings": WINDOW})
    (folder / "config.json").write_text(text, encoding="utf-8")
    return folder


def layout(data: Path, folder: Path) -> Path:
    """Return the first rows of each data set, of IFEval those of `PROMPTS`."""
    write_layout(data, folder, ROWS, subjects=SUBJECTS)
    file = folder / "google" / "IFEval" / "train.jsonl"
    write_rows(file, [row for row in read_rows(file) if row["key"] in PROMPTS])
    return folder


@pytest.mark.slow
def test_standard_tasks_equal_lm_eval(shared: Path, smollm2: Path, tmp_path: Path) -> None:
    """Values to the last digit printed, prompts, choices, replies, scores; likelihoods to 1e-4."""
    if importlib.util.find_spec("lm_eval") is None:
        pytest.skip("needs lm_eval: pip install 'pytest-ftevals[lm-eval]'")
    model = shortened(smollm2, tmp_path / "model")
    adapter = shared / "adapters" / "smollm2_trec"
    data = layout(shared / "data", tmp_path / "data")
    ours = Ours(layout=data, model=model, adapter=adapter, folder=tmp_path / "plugin")
    theirs = Theirs(
        python=Path(sys.executable),
        layout=data,
        model=model,
        adapter=adapter,
        folder=tmp_path / "lm-eval",
    )
    try:
        ours.run(TASKS)
        theirs.run(TASKS)
    except subprocess.CalledProcessError as error:
        pytest.fail(f"{error}\n{error.output}\n{error.stderr}")
    for task in TASKS:
        for variant in VARIANTS:
            found = compare(theirs.read(task, variant), ours.read(task, variant))
            assert found.same, (task.name, variant, found)
            assert found.close, (task.name, variant, found)
