"""Engines by name, and what a missing installation says."""

import importlib.metadata
import subprocess
import sys

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.engines.registry import find_engine


def test_transformers_is_found() -> None:
    """The default engine."""
    assert find_engine("transformers").__name__ == "TransformersEngine"


def test_own_class_is_imported() -> None:
    """package.module:Class works as it is."""
    target = "pytest_ftevals.engines.transformers.engine:TransformersEngine"
    assert find_engine(target) is find_engine("transformers")


def test_unknown_name_lists_the_valid_ones() -> None:
    """The message is the list."""
    with pytest.raises(FtevalsError, match=r"no engine 'vllm'[\s\S]*transformers"):
        find_engine("vllm")


@pytest.mark.parametrize("target", ["no.such.module:Engine", "json:Engine", ":Engine"])
def test_class_that_cannot_be_imported(target: str) -> None:
    """A slip in the module or the class."""
    with pytest.raises(FtevalsError, match="cannot import"):
        find_engine(target)


def test_target_that_is_no_class() -> None:
    """A name that cannot be called."""
    with pytest.raises(FtevalsError, match="is not a class"):
        find_engine("json:__name__")


def test_missing_distribution_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command can be copied."""
    version = importlib.metadata.version

    def without_peft(name: str) -> str:
        if name == "peft":
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(importlib.metadata, "version", without_peft)
    with pytest.raises(FtevalsError, match="needs peft") as caught:
        find_engine("transformers")
    assert 'pip install "pytest-ftevals[transformers]"' in str(caught.value)


def test_finding_models_imports_nothing_heavy() -> None:
    """A fully stored run must stay light."""
    code = (
        "import sys, pytest_ftevals.engines.registry, pytest_ftevals.engines.models;"
        "heavy = {'torch', 'transformers', 'peft', 'huggingface_hub', 'safetensors'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
