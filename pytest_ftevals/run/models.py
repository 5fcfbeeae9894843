"""The variants of a run, found on disk and fingerprinted; no weights are loaded here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_ftevals.core.canonical import JSON, digest
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.variant import BASE, Variant
from pytest_ftevals.engines.models import (
    config_files,
    locate,
    names_hub,
    tokenizer_files,
    weight_files,
)
from pytest_ftevals.run.settings import Settings
from pytest_ftevals.store.fingerprint import Memory, fingerprint

_LARGE = 16 << 20
"""Bytes from which a file counts as large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """What a run compares: every variant by name, base first, and the tokenizer's digest."""

    variants: Mapping[str, Variant]
    tokenizer: str


def require_base(settings: Settings) -> str:
    """Return the base's source; raises FtevalsError where the user named none."""
    if settings.base is None:
        raise FtevalsError(
            "no base model is named, and the selected tests compare candidates with one",
            where="--ftevals-base",
            fix="Run pytest with --ftevals-base MODEL --ftevals-candidate ADAPTER (folders or hub "
            "ids), or set ftevals_base and ftevals_candidate in the ini file.",
        )
    return settings.base


def check_models(settings: Settings) -> None:
    """Raise FtevalsError for what can be seen wrong without the network or a large file."""
    sources = [(BASE, require_base(settings))]
    sources += [(candidate.name, candidate.source) for candidate in settings.candidates]
    for name, source in sources:
        if not names_hub(source):
            _locate(name, source, settings)
    if settings.loading.tokenizer is not None and not tokenizer_files(settings.loading.tokenizer):
        raise FtevalsError(
            "no tokenizer files there",
            where=f"--ftevals-tokenizer {settings.loading.tokenizer}",
            fix="Give a folder that holds tokenizer.json, as save_pretrained writes it.",
        )


def find_models(settings: Settings, memory: Memory) -> Models:
    """Return all variants with their fingerprints, and the tokenizer's digest.

    Downloads what is named by a hub id and not cached, unless the run is offline.
    """
    return _find(settings, lambda files, folder: fingerprint(files, folder, memory))


def peek_models(settings: Settings, memory: Memory) -> Models:
    """Return what `find_models` returns, without the network and without reading large files.

    Raises LookupError where a large file's digest is not remembered, FtevalsError as `find_models`.
    """
    offline = replace(settings, loading=replace(settings.loading, offline=True))
    return _find(offline, lambda files, folder: fingerprint(files, folder, memory, largest=_LARGE))


def _find(settings: Settings, read: Callable[[list[Path], Path], str]) -> Models:
    base = _locate(BASE, require_base(settings), settings)
    base = replace(base, fingerprint=read(_files(base, settings), base.folder))
    variants = {BASE: base}
    for candidate in settings.candidates:
        found = _locate(candidate.name, candidate.source, settings)
        own = read(_files(found, settings), found.folder)
        if own == base.fingerprint:
            raise FtevalsError(
                "changes nothing: its files are the base's own",
                where=f"{found.name} ({found.folder})",
                fix="Give the fine-tuned model; these are the base's weights.",
            )
        # What a candidate answers, and whether it may be asked at all, depends on the base too:
        # an adapter on its weights, a full model on its end tokens and its vocabulary.
        content: dict[str, JSON] = {"base": base.fingerprint, found.kind: own}
        if found.kind == "full":
            remote = settings.loading.trust_remote_code
            files = tokenizer_files(found.folder, remote_code=remote)
            content["vocabulary"] = read(files, found.folder)
        variants[candidate.name] = replace(found, fingerprint=digest(content))
    folder = settings.loading.tokenizer or base.folder
    files = tokenizer_files(folder, remote_code=settings.loading.trust_remote_code)
    return Models(variants=variants, tokenizer=read(files, folder))


def _files(variant: Variant, settings: Settings) -> list[Path]:
    """Return every file of a variant that can change an answer."""
    allowed = variant.name in settings.loading.allow_pickle
    return [
        *weight_files(variant.folder, allow_pickle=allowed),
        *config_files(variant.folder, remote_code=settings.loading.trust_remote_code),
    ]


def _locate(name: str, source: str, settings: Settings) -> Variant:
    return locate(
        source,
        name=name,
        role="base" if name == BASE else "candidate",
        offline=settings.loading.offline,
        allow_pickle=name in settings.loading.allow_pickle,
        remote_code=settings.loading.trust_remote_code,
    )
