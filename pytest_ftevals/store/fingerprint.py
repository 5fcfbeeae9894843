"""Fingerprints: digests of files' contents, remembered for files that did not change."""

import ast
import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from pytest_ftevals.core.canonical import JSON, digest

_CHUNK = 1 << 22
_NOTE = "file "
_HUB_REPOSITORY = re.compile(r"(models|datasets|spaces)--.+")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Memory(Protocol):
    """What remembers digests between runs (the store's notes)."""

    def note(self, key: str) -> JSON:
        """Return what was remembered under `key`, or None."""

    def remember(self, key: str, value: JSON) -> None:
        """Remember `value` under `key`."""


def file_digest(path: Path, memory: Memory | None = None, *, largest: int | None = None) -> str:
    """Return the SHA-256 (hex) of a file's bytes.

    With `memory` the digest is remembered by path, size, times of change and inode, since large
    weights take minutes to read; large files of the hub's cache are named by it and not read.
    Raises LookupError rather than read a file of over `largest` bytes that is not remembered.
    """
    if (named := _hub_digest(path)) is not None:
        return named
    status = path.stat()
    key = _note(path.resolve(), status)
    if memory is not None and isinstance(known := memory.note(key), str):
        return known
    if largest is not None and status.st_size > largest:
        raise LookupError(f"the digest of {path} is not remembered")
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            sha.update(chunk)
    if memory is not None:
        memory.remember(key, sha.hexdigest())
    return sha.hexdigest()


def fingerprint(
    paths: Iterable[Path], root: Path, memory: Memory | None = None, *, largest: int | None = None
) -> str:
    """Return one digest over the names (relative to `root`) and contents of `paths`.

    `memory` and `largest` as for `file_digest`.
    """
    entries: JSON = {
        path.relative_to(root).as_posix(): file_digest(path, memory, largest=largest)
        for path in paths
    }
    return digest(entries)


def is_gone(note: str) -> bool:
    """Return whether a key of the memory is of a file that is no more, or is another by now."""
    if not note.startswith(_NOTE):
        return False
    try:
        path = Path(ast.literal_eval(note.removeprefix(_NOTE).rsplit(" ", 4)[0]))
        return _note(path, path.stat()) != note
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (ValueError, SyntaxError, TypeError):  # a damaged key
        return True
    except OSError:  # a disk that is not there just now
        return False


def _note(path: Path, status: os.stat_result) -> str:
    # ascii: a path need not be valid Unicode.
    name = ascii(str(path))
    times = f"{status.st_mtime_ns} {status.st_ctime_ns}"
    return f"{_NOTE}{name} {status.st_size} {times} {status.st_ino}"


def _hub_digest(path: Path) -> str | None:
    """Return the digest that the hub's cache gives a file as its name; None for other files.

    ``REPOSITORY/snapshots/REVISION/FILE`` is there a link to ``REPOSITORY/blobs/NAME``, where the
    name of a large file is its SHA-256 and that of a small one git's own digest
    (https://huggingface.co/docs/huggingface_hub/guides/manage-cache).
    """
    if not path.is_symlink():
        return None
    blob = path.resolve()
    repository = blob.parent.parent
    if (
        _SHA256.fullmatch(blob.name) is None
        or blob.parent.name != "blobs"
        or _HUB_REPOSITORY.fullmatch(repository.name) is None
        or not path.parent.resolve().is_relative_to(repository / "snapshots")
        or not blob.is_file()
    ):
        return None
    return blob.name
