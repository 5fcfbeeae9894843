"""A pytest plugin that writes, at the very end, which libraries that load weights were imported.

python -m pytest -p benchmarks.programs.loaded --loaded-to=FILE
"""

import json
import sys
from pathlib import Path

import pytest

LIBRARIES = ("torch", "transformers", "peft", "safetensors")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare where to write."""
    parser.addoption("--loaded-to", type=Path, required=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Write the list."""
    found = [name for name in LIBRARIES if name in sys.modules]
    config.getoption("--loaded-to").write_text(json.dumps(found), encoding="utf-8")
