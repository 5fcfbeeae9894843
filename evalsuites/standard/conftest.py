"""The bundled demo model cannot take these tests: another must be named."""

from collections.abc import Sequence
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DEMO = "demo/models/base"
REASON = (
    "the bundled demo model knows nothing but an invented world: name yours with "
    "--ftevals-base=MODEL and --ftevals-candidate=ADAPTER; the data come from "
    "--ftevals-data=DIR, or from the hub with pip install 'pytest-ftevals[hub]'"
)


def pytest_collection_modifyitems(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """Skip this folder's tests where the base is the demo's."""
    base = config.getoption("ftevals_base") or config.getini("ftevals_base")
    if not str(base).rstrip("/").endswith(DEMO):
        return
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.skip(reason=REASON))
