"""``adapters.toml``: the adapters of a repository, and which files each of them depends on.

[adapters.r8]
path = "out/r8"                         # relative to this file
watch = ["train/r8.yaml", "data/**"]    # further files whose change counts, as git's globs
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.suggest import did_you_mean
from pytest_ftevals.core.variant import BASE

NAME = "adapters.toml"
_TABLE = "adapters"
_KEYS = ("path", "watch")
_CANDIDATE = re.compile(r"[\w.+-]+")
_SHOWN = 'Write [adapters.NAME] with path = "FOLDER", relative to the file, for each adapter.'


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """One entry of the file."""

    name: str
    """The candidate's short name."""
    path: str
    """Its folder or file, relative to the file of adapters."""
    watch: tuple[str, ...] = ()
    """Globs of further files that count, relative to the same."""


def read_adapters(path: Path) -> tuple[Adapter, ...]:
    """Return the adapters in the order of the file.

    Raises FtevalsError where it is missing, is no TOML, or says something else than it may.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FtevalsError(
            "there is no such file",
            where=str(path),
            fix=f"{_SHOWN} Or name another file with --ftevals-adapters FILE.",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise FtevalsError(f"cannot be read: {error}", where=str(path), fix=_SHOWN) from error
    return parse_adapters(text, where=str(path))


def parse_adapters(text: str, *, where: str) -> tuple[Adapter, ...]:
    """Return the adapters that a file's text lists; raises FtevalsError as `read_adapters` does."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FtevalsError(f"this is no TOML: {error}", where=where, fix=_SHOWN) from error
    for key in data:
        if key != _TABLE:
            raise FtevalsError(f"unknown key {key!r}", where=where, fix=_SHOWN)
    table = data.get(_TABLE)
    if not isinstance(table, dict) or not table:
        raise FtevalsError("lists no adapters", where=where, fix=_SHOWN)
    return tuple(
        _adapter(name, entry, f"{where}: [adapters.{name}]") for name, entry in table.items()
    )


def _adapter(name: str, entry: object, where: str) -> Adapter:
    if not _CANDIDATE.fullmatch(name) or name == BASE:
        why = "is the base's own name" if name == BASE else "is no name that a candidate may have"
        raise FtevalsError(
            f"{name!r} {why}",
            where=where,
            fix="Names have letters, digits, '.', '_', '+' or '-'; in TOML quote one with a dot.",
        )
    if not isinstance(entry, dict):
        raise FtevalsError("is no table", where=where, fix=_SHOWN)
    for key in entry:
        if key not in _KEYS:
            raise FtevalsError(
                f"unknown key {key!r}",
                where=where,
                fix=f"{did_you_mean(key, _KEYS)}Valid are {' and '.join(_KEYS)}.",
            )
    path = entry.get("path")
    if not isinstance(path, str) or not path.strip():
        raise FtevalsError("names no path", where=where, fix='Write path = "FOLDER".')
    return Adapter(name=name, path=path, watch=_watch(entry, where))


def _watch(entry: Mapping[str, object], where: str) -> tuple[str, ...]:
    globs = entry.get("watch", [])
    if not isinstance(globs, list) or not all(isinstance(one, str) and one for one in globs):
        raise FtevalsError(
            "watch is no list of globs", where=where, fix='Write watch = ["train/*.yaml"].'
        )
    return tuple(map(str, globs))
