"""Fingerprints: digests of files' contents, remembered for files that did not change."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from pytest_ftevals.core.canonical import JSON, digest

_CHUNK = 1 << 22


class Memory(Protocol):
    """What remembers digests between runs (the store's notes)."""

    def note(self, key: str) -> JSON:
        """Return what was remembered under `key`, or None."""

    def remember(self, key: str, value: JSON) -> None:
        """Remember `value` under `key`."""


def file_digest(path: Path, memory: Memory | None = None, *, largest: int | None = None) -> str:
    """Return the SHA-256 (hex) of a file's bytes.

    With `memory` the digest is remembered by path, size, times of change and inode, since large
    weights take minutes to read. Raises LookupError rather than read a file of over `largest`
    bytes that is not remembered.
    """
    status = path.stat()
    # ascii: a path need not be valid Unicode.
    name = ascii(str(path.resolve()))
    key = f"file {name} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"
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
