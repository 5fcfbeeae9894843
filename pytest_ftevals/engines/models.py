"""Finds models on disk: what a source is, and which of its files can change an answer.

Knows nothing of torch; reads configs as JSON and looks at file names only.
"""

import difflib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.variant import Variant
from pytest_ftevals.engines.hub import download

Role = Literal["base", "candidate"]

ADAPTER_CONFIG = "adapter_config.json"
FULL_CONFIG = "config.json"

_WINDOW_KEYS = ("max_position_embeddings", "n_positions", "n_ctx")
_HUB_ID = re.compile(r"[\w][\w.-]*(/[\w][\w.-]*)?")
_LFS_POINTER = b"version https://git-lfs"
_SHOWN = 8


def locate(
    source: str,
    *,
    name: str,
    role: Role,
    offline: bool = False,
    allow_pickle: bool = False,
    remote_code: bool = False,
) -> Variant:
    """Return the model that `source` names, without its fingerprint.

    `source` is a folder or a hub id, either with ``@REVISION`` after it for the hub; a path that
    exists wins. Raises FtevalsError where there is no such model, it is not usable in its role, its
    weights are missing, or they are pickled and `allow_pickle` is not set.
    """
    folder, revision = _folder_of(
        source, name=name, offline=offline, allow_pickle=allow_pickle, remote_code=remote_code
    )
    where = f"{name} ({source})"
    adapter: Mapping[str, JSON] = {}
    if (folder / ADAPTER_CONFIG).is_file():
        adapter = _config(folder / ADAPTER_CONFIG)
        if role == "base":
            raise _adapter_as_base(source, adapter)
    elif (folder / FULL_CONFIG).is_file():
        _config(folder / FULL_CONFIG)
    else:
        raise FtevalsError(
            f"neither {ADAPTER_CONFIG} nor {FULL_CONFIG} there; found: {_listing(folder)}",
            where=f"{name} ({folder})",
            fix="Give the folder that save_pretrained wrote.",
        )
    weights = weight_files(folder, allow_pickle=allow_pickle)
    _check_weights(weights, folder, name=name, where=where)
    return Variant(
        name=name,
        kind="base" if role == "base" else ("adapter" if adapter else "full"),
        source=source,
        folder=folder,
        revision=revision,
        adapter=adapter,
        size=sum(path.stat().st_size for path in weights if path.suffix != ".json"),
    )


def names_hub(source: str) -> bool:
    """Return whether `source` is a hub id rather than a folder, existing or meant."""
    if Path(source).expanduser().exists() or _looks_like_path(source):
        return False
    return _HUB_ID.fullmatch(source.partition("@")[0]) is not None


def weight_files(folder: Path, *, allow_pickle: bool = False) -> list[Path]:
    """Return the weight files that loading `folder` reads, sorted; safetensors go first.

    Includes the index of sharded weights. Pickled weights are named only where there are no
    safetensors and `allow_pickle` is set. Empty where there are none.
    """
    is_adapter = (folder / ADAPTER_CONFIG).is_file()
    found = _stored(folder, "adapter_model.safetensors" if is_adapter else "model.safetensors")
    if not found and allow_pickle:
        found = _stored(folder, "adapter_model.bin" if is_adapter else "pytorch_model.bin")
    return found


def config_files(folder: Path, *, remote_code: bool = False) -> list[Path]:
    """Return the configs of `folder` that can change an answer, sorted, and its code if trusted."""
    names = (
        (ADAPTER_CONFIG,)
        if (folder / ADAPTER_CONFIG).is_file()
        else (FULL_CONFIG, "generation_config.json")
    )
    found = [folder / name for name in names if (folder / name).is_file()]
    return sorted(found + (list(folder.rglob("*.py")) if remote_code else []))


def tokenizer_files(folder: Path, *, remote_code: bool = False) -> list[Path]:
    """Return the files of `folder` that shape token ids and chats, sorted."""
    names = (
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
        "chat_template.jinja",
        "chat_template.json",
        "vocab.json",
        "merges.txt",
        "vocab.txt",
    )
    found = {folder / name for name in names}
    found.update(folder.glob("*.model"), (folder / "chat_templates").glob("*"))
    if remote_code:
        found.update(folder.glob("*.py"))
    return sorted(path for path in found if path.is_file())


def context_window(variant: Variant, base: Variant | None = None) -> int | None:
    """Return how many tokens a model's files say that it reads; None where they do not say.

    An adapter reads what the `base` reads, less the virtual tokens that it takes for itself.
    """
    if variant.kind == "adapter":
        limit = None if base is None else context_window(base)
        taken = variant.adapter.get("num_virtual_tokens") or 0
        return limit if limit is None or not isinstance(taken, int) else limit - taken
    config = _config(variant.folder / FULL_CONFIG)
    text = config.get("text_config")
    for part in (text, config):
        if isinstance(part, Mapping):
            found = [part[key] for key in _WINDOW_KEYS if isinstance(part.get(key), int)]
            if found:
                return int(str(found[0]))
    return None


def _folder_of(
    source: str, *, name: str, offline: bool, allow_pickle: bool, remote_code: bool
) -> tuple[Path, str | None]:
    path = Path(source).expanduser()
    if path.is_dir():
        return path, None
    if path.is_file():
        raise FtevalsError(
            "is a file, not a folder", where=f"{name} ({source})", fix="Give the folder it lies in."
        )
    repository, _, revision = source.partition("@")
    if _looks_like_path(source) or not _HUB_ID.fullmatch(repository):
        raise FtevalsError(
            "there is no such folder",
            where=f"{name} ({source})",
            fix=_near(path) or "Give an existing folder, or a hub id as ORG/NAME[@REVISION].",
        )
    folder = download(
        repository,
        revision or None,
        name=name,
        offline=offline,
        allow_pickle=allow_pickle,
        remote_code=remote_code,
    )
    return folder, folder.name


def _looks_like_path(source: str) -> bool:
    """Whether a missing `source` was meant as a path: by its spelling, or as its parent exists."""
    if source.startswith((".", "~", os.sep)) or source.count("/") > 1 or "\\" in source:
        return True
    parent = Path(source).parent
    return parent != Path() and parent.is_dir()


def _near(path: Path) -> str:
    """Say which names of the nearest existing parent resemble the missing one."""
    missing = path
    while not missing.parent.is_dir():
        if missing.parent == missing:
            return ""
        missing = missing.parent
    names = sorted(entry.name for entry in missing.parent.iterdir() if entry.is_dir())
    close = difflib.get_close_matches(missing.name, names, n=3, cutoff=0.5)
    shown = close or names[:_SHOWN]
    if not shown:
        return f"{missing.parent} has no folders."
    return f"{missing.parent} has: {', '.join(shown)}"


def _config(path: Path) -> Mapping[str, JSON]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise FtevalsError(
            f"cannot be read as JSON: {error}", where=str(path), fix="Save the model again."
        ) from error
    if not isinstance(config, dict) or not config:
        raise FtevalsError("is not a JSON object with settings", where=str(path))
    return config


def _adapter_as_base(source: str, adapter: Mapping[str, JSON]) -> FtevalsError:
    trained_on = adapter.get("base_model_name_or_path") or "the model it was trained on"
    return FtevalsError(
        f"is an adapter (it has an {ADAPTER_CONFIG}); the base must be a full model",
        where=f"base ({source})",
        fix=f"Use --ftevals-base {trained_on} --ftevals-candidate {source}",
    )


def _stored(folder: Path, file_name: str) -> list[Path]:
    """Return the one file, or the index and its shards; the shards need not exist."""
    if (folder / file_name).is_file():
        return [folder / file_name]
    index = folder / f"{file_name}.index.json"
    if not index.is_file():
        return []
    shards = _config(index).get("weight_map")
    if not isinstance(shards, dict):
        raise FtevalsError("has no weight_map", where=str(index), fix="Save the model again.")
    return [index, *sorted({folder / str(shard) for shard in shards.values()})]


def _check_weights(weights: list[Path], folder: Path, *, name: str, where: str) -> None:
    if not weights:
        pickled = sorted(path.name for path in folder.glob("*.bin"))
        if pickled:
            raise FtevalsError(
                f"only pickled weights there ({', '.join(pickled[:_SHOWN])}), and loading a pickle"
                " can run any code",
                where=where,
                fix=f"Save as safetensors, or allow it by name: --ftevals-allow-pickle {name}",
            )
        raise FtevalsError(
            f"no weights there; found: {_listing(folder)}",
            where=f"{name} ({folder})",
            fix="Weights are expected as *.safetensors, as save_pretrained writes them.",
        )
    for path in weights:
        if not path.is_file():
            raise FtevalsError(
                f"{path.name} is missing, though the index names it",
                where=f"{name} ({folder})",
                fix="Copy or download the folder again.",
            )
        with path.open("rb") as file:
            if file.read(len(_LFS_POINTER)) == _LFS_POINTER:
                raise FtevalsError(
                    "is a Git LFS pointer, not the weights",
                    where=f"{name} ({path})",
                    fix="Fetch the weights with: git lfs pull",
                )


def _listing(folder: Path) -> str:
    names = sorted(entry.name for entry in folder.iterdir())
    shown = ", ".join(names[:_SHOWN])
    rest = len(names) - _SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown or "nothing"
