"""Files that a run leaves for its user: each replaced whole, in folders checked beforehand."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def make_writable(folder: Path) -> None:
    """Make a folder; raises OSError where that is impossible, or files cannot be written to it."""
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise PermissionError("permission denied")


def why_unwritable(folder: Path, error: OSError) -> str:
    """Return why a folder cannot be written to, in words."""
    if folder.exists() and not folder.is_dir():
        return "it is a file, not a folder"
    return error.strerror or str(error)


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Give a path to write to that takes the place of `path`: no reader sees half a file."""
    beside = path.with_name(f"{path.name}.part")
    yield beside
    beside.replace(path)
