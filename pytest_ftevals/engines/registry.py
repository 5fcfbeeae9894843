"""Engines by name: what each needs installed, and the class, imported only when asked for."""

import importlib
import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.engines.protocol import Engine
from pytest_ftevals.engines.settings import EngineSettings

EngineFactory = Callable[[EngineSettings], Engine]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineEntry:
    """Where an engine's class lies and what it needs."""

    target: str
    """``package.module:Class``."""
    needs: tuple[str, ...]
    """Distributions that must be installed."""
    extra: str
    """The extra of this package that installs them."""


ENGINES = {
    "transformers": EngineEntry(
        target="pytest_ftevals.engines.transformers.engine:TransformersEngine",
        needs=("torch", "transformers", "peft"),
        extra="transformers",
    ),
}


def find_engine(name: str) -> EngineFactory:
    """Return the engine called `name`, or the class that ``package.module:Class`` names.

    Raises FtevalsError for an unknown name, for missing distributions (saying which pip command
    installs them) and for a class that cannot be imported.
    """
    if ":" in name:
        return _imported(name)
    entry = ENGINES.get(name)
    if entry is None:
        raise FtevalsError(
            f"there is no engine {name!r}",
            where="--ftevals-engine",
            fix=f"Valid are {', '.join(ENGINES)}, or a class of your own as package.module:Class.",
        )
    missing = [distribution for distribution in entry.needs if not _installed(distribution)]
    if missing:
        raise FtevalsError(
            f"engine {name} needs {', '.join(missing)}, which this Python does not have",
            where="--ftevals-engine",
            fix=f'Install with: pip install "pytest-ftevals[{entry.extra}]"',
        )
    return _imported(entry.target)


def _installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _imported(target: str) -> EngineFactory:
    module_name, _, class_name = target.partition(":")
    try:
        found = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError, ValueError) as error:
        raise FtevalsError(
            f"cannot import {target!r}: {error}",
            where="--ftevals-engine",
            fix="Name an importable class as package.module:Class.",
        ) from error
    if not callable(found):
        raise FtevalsError(f"{target!r} is not a class", where="--ftevals-engine")
    factory: EngineFactory = found
    return factory
