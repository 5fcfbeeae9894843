"""The processes that compute for a store: each holds a lock on a file of its own while it lives.

Whoever can take an owner's lock knows that the owner is dead. POSIX locks (``lockf``) are not
inherited by forked children, which ``flock`` locks are.
"""

import fcntl
import os
import platform
from pathlib import Path
from typing import IO

_FOLDER = "owners"


def lock_file(folder: Path, owner: str) -> Path:
    """Return where an owner's lock lies, in a store's folder."""
    return folder / _FOLDER / f"{owner}.lock"


def hold(path: Path) -> IO[bytes]:
    """Make an owner's file, lock it and say in it who holds it; raises OSError."""
    path.parent.mkdir(exist_ok=True)
    file = path.open("wb")
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.write(f"process {os.getpid()} on {platform.node()}".encode())
        file.flush()
    except OSError:
        file.close()
        path.unlink()
        raise
    return file


def is_dead(path: Path) -> bool:
    """Return whether nobody holds an owner's file; not for one's own, whose lock looking drops."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)


def living(folder: Path) -> list[str]:
    """Return the processes that hold a store's claims now, as ``process NUMBER on MACHINE``.

    Not for a process that holds claims itself: looking drops its lock.
    """
    files = sorted((folder / _FOLDER).glob("*.lock"))
    said = {path: path.read_text("utf-8", "replace") for path in files if path.exists()}
    return [who for path, who in said.items() if not is_dead(path)]


def clear_dead(folder: Path) -> int:
    """Delete what dead processes left, and return how many files; not for one with claims."""
    dead = [path for path in sorted((folder / _FOLDER).glob("*.lock")) if is_dead(path)]
    for path in dead:
        path.unlink(missing_ok=True)
    return len(dead)
