"""The store's key: a digest of everything that can change a response (and of nothing else).

Text, not token ids, goes in: given the tokenizer's files and the libraries' versions, the ids are a
function of the text, so a stored run needs no tokenizer.
"""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from pytest_ftevals.core.canonical import JSON, digest
from pytest_ftevals.core.request import Request
from pytest_ftevals.core.variant import Numerics

KEY_VERSION = 2
"""Raised when an engine's way of answering changes, so that older answers are missed."""

LIBRARIES = ("torch", "transformers", "tokenizers", "peft")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyContext:
    """What all of one variant's keys in a run have in common."""

    fingerprint: str
    """The variant's contents: base weights, adapter, configuration."""
    tokenizer: str
    """Digest of the tokenizer's files and chat template."""
    numerics: Numerics
    engine: str
    versions: tuple[tuple[str, str], ...]
    """(library, version), of what computes the answers."""

    def digest(self) -> str:
        """Return a SHA-256 (hex) of the context."""
        return digest(
            {
                "key_version": KEY_VERSION,
                "fingerprint": self.fingerprint,
                "tokenizer": self.tokenizer,
                "numerics": self.numerics.to_json(),
                "engine": self.engine,
                "versions": [list(pair) for pair in self.versions],
            }
        )


def response_key(context_digest: str, request: Request) -> str:
    """Return the store's key for a variant's response to `request`, 64 hex digits."""
    content: JSON = {"context": context_digest, "request": request.to_json()}
    return digest(content)


def library_versions(names: tuple[str, ...] = LIBRARIES) -> tuple[tuple[str, str], ...]:
    """Return the installed versions from their metadata, importing none of the libraries."""
    found = []
    for name in names:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            found.append((name, "not installed"))
    return tuple(found)
