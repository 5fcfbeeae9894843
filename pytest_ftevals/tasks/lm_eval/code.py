"""A digest of the user's own files that a task of lm-eval is made from."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pytest_ftevals.core.canonical import digest
from pytest_ftevals.tasks.lm_eval.source import LmEvalSource

_SUFFIXES = (".py", ".yaml")


def code_digest(source: LmEvalSource, tasks: Mapping[str, Any]) -> str:
    """Return a digest of the Python and YAML files beside the task files that lie in include_path.

    lm-eval's own need none: its version tells. Contents and names count, not where they lie.
    """
    included = [Path(one).resolve() for one in source.include_path]
    found = {
        folder
        for folder in map(_folder, tasks.values())
        if folder is not None and any(folder.is_relative_to(one) for one in included)
    }
    if any(_folder(task) is None for task in tasks.values()):  # written inside a group's file
        found.update(included)
    return digest([_contents(folder.iterdir()) for folder in sorted(found)])


def _folder(task: Any) -> Path | None:
    metadata = task.get_config("metadata")
    named = metadata.get("config_source") if isinstance(metadata, dict) else None
    path = Path(str(named))
    return path.resolve().parent if path.is_file() else None


def _contents(paths: Iterable[Path]) -> str:
    sums = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if path.suffix in _SUFFIXES
    }
    return digest([[name, sums[name]] for name in sorted(sums)])
