"""Baselines on disk: small files of sorted, compressed JSON, the same bytes for the same run."""

import gzip
import io
import json
import re
import zlib
from pathlib import Path
from typing import Any

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.files import make_writable, replaced, why_unwritable
from pytest_ftevals.core.suggest import did_you_mean
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.run.baseline import Baseline, SavedModel
from pytest_ftevals.run.baseline_scores import read_task, written_task

BASELINE_VERSION = 1
SUFFIX = ".json.gz"

_NAME = re.compile(r"[\w+-][\w.+-]*")


def baseline_name(text: str, *, where: str) -> str | None:
    """Return a saved run's name; None where none is given.

    Raises FtevalsError, naming the option `where`, for what is no name.
    """
    name = text.removesuffix(SUFFIX)
    if not name:
        return None
    if not _NAME.fullmatch(name) or name == BASE:
        why = "is the base's own name" if name == BASE else "is no name for a saved run"
        raise FtevalsError(
            f"{text!r} {why}",
            where=where,
            fix="Take letters, digits, '.', '_', '+' or '-'; the folder is --ftevals-baselines.",
        )
    return name


def baseline_path(folder: Path, name: str) -> Path:
    """Return the file of the run that is saved under a name."""
    return folder / f"{name}{SUFFIX}"


def read_baseline(folder: Path, name: str) -> Baseline:
    """Return a saved run.

    Raises FtevalsError where there is none of that name (with those there are), where its file is
    damaged, and where a newer version wrote it.
    """
    path = baseline_path(folder, name)
    try:
        packed = path.read_bytes()
    except FileNotFoundError as error:
        raise _missing(folder, name) from error
    except OSError as error:
        raise FtevalsError(f"cannot be read: {error.strerror}", where=str(path)) from error
    data = _unpacked(path, packed)
    if isinstance(data, dict) and (version := data.get("version")) != BASELINE_VERSION:
        raise FtevalsError(
            f"has format {_plain(version)}, and this version of pytest-ftevals reads "
            f"{BASELINE_VERSION}",
            where=str(path),
            fix=f"Use the version that wrote it ({_plain(data.get('plugin'))}), or save the run "
            f"again with --ftevals-save {name}.",
        )
    try:
        return _read(data)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}") from error


def write_baseline(folder: Path, name: str, baseline: Baseline) -> Path:
    """Write a run under a name, replacing what was there; return its path.

    A file that holds the same already is left alone. Raises FtevalsError where it is not writable.
    """
    path = baseline_path(folder, name)
    text = _text(baseline)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not _holds(path, text):
            with replaced(path) as beside:
                beside.write_bytes(_packed(text))
    except OSError as error:
        raise _unwritable(folder, error) from error
    return path


def check_writable(folder: Path) -> None:
    """Raise FtevalsError where runs cannot be saved in a folder, which it makes."""
    try:
        make_writable(folder)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _text(baseline: Baseline) -> str:
    data = {
        "version": BASELINE_VERSION,
        "plugin": baseline.plugin,
        "candidate": _written_model(baseline.candidate),
        "base": _written_model(baseline.base),
        "conditions": dict(baseline.conditions),
        "tasks": {name: written_task(task) for name, task in baseline.tasks.items()},
    }
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


def _read(data: Any) -> Baseline:
    """Read what `_text` spelled; raises what the wrong type or a missing key raises."""
    if not isinstance(data["conditions"], dict):
        raise TypeError("conditions are no object")
    return Baseline(
        plugin=str(data["plugin"]),
        candidate=_read_model(data["candidate"]),
        base=_read_model(data["base"]),
        conditions=data["conditions"],
        tasks={str(name): read_task(task) for name, task in data["tasks"].items()},
    )


def _written_model(model: SavedModel) -> JSON:
    return {"name": model.name, "source": model.source, "fingerprint": model.fingerprint}


def _read_model(data: Any) -> SavedModel:
    return SavedModel(**{name: str(data[name]) for name in ("name", "source", "fingerprint")})


def _packed(text: str) -> bytes:
    """Return compressed text that depends on nothing else: no time, no name."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as file:
        file.write(text.encode("ascii"))
    return packed.getvalue()


def _holds(path: Path, text: str) -> bool:
    """Return whether a file holds a text: other versions of zlib pack the same text otherwise."""
    try:
        return gzip.decompress(path.read_bytes()) == text.encode("ascii")
    except (OSError, EOFError, zlib.error):
        return False


def _unpacked(path: Path, packed: bytes) -> Any:
    try:
        return json.loads(gzip.decompress(packed))
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
        raise _damaged(path, str(error)) from error


def _missing(folder: Path, name: str) -> FtevalsError:
    known = sorted(path.name.removesuffix(SUFFIX) for path in folder.glob(f"*{SUFFIX}"))
    listed = f"Saved are: {', '.join(known)}. " if known else ""
    return FtevalsError(
        f"there is no run {name!r} in {folder}" + ("" if known else ", which holds none"),
        where="--ftevals-against",
        fix=f"{did_you_mean(name, known)}{listed}Save one with --ftevals-save NAME; another "
        "folder is named with --ftevals-baselines DIR.",
    )


def _damaged(path: Path, why: str) -> FtevalsError:
    return FtevalsError(
        f"is damaged, or no saved run ({_plain(why)})",
        where=str(path),
        fix="Take it from version control again, or save the run again with --ftevals-save "
        f"{path.name.removesuffix(SUFFIX)}.",
    )


def _plain(found: object) -> str:
    """Return what a file holds as a short text that does a terminal no harm."""
    return "".join(char if char.isprintable() else "?" for char in str(found))[:80]


def _unwritable(folder: Path, error: OSError) -> FtevalsError:
    return FtevalsError(
        f"the run cannot be saved in {folder}: {why_unwritable(folder, error)}",
        where="--ftevals-save",
        fix="Give a folder that this process may write to with --ftevals-baselines DIR.",
    )
