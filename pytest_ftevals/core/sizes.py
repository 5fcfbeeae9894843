"""Sizes as people write them: decimal units, as disks and model hubs use them."""

import re

_UNITS = {
    "": 1,
    "B": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KIB": 2**10,
    "MIB": 2**20,
    "GIB": 2**30,
    "TIB": 2**40,
}
_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*")
_SHOWN = ("GB", "MB", "KB")


def read_size(text: str) -> int:
    """Return the bytes that ``500MB``, ``1.5 GiB`` or ``4096`` name; raises ValueError."""
    found = _SIZE.fullmatch(text)
    if found is None or found[2].upper() not in _UNITS:
        raise ValueError(f"{text!r} is no size; write it like 500MB, 2GB or 1.5GiB")
    return int(float(found[1]) * _UNITS[found[2].upper()])


def show_size(size: int) -> str:
    """Return a number of bytes as ``12.3 MB``."""
    for unit in _SHOWN:
        if size >= _UNITS[unit]:
            return f"{size / _UNITS[unit]:,.1f} {unit}"
    return f"{size} bytes"
