"""Variants: the base model and its fine-tuned candidates, and the numerics they run in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pytest_ftevals.core.canonical import JSON

BASE = "base"
"""The base's name, everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The base or one candidate, found on disk and fingerprinted."""

    name: str
    """``base``, or the candidate's short name."""
    kind: Literal["base", "adapter", "full"]
    source: str
    """As the user wrote it: a hub id or a folder."""
    folder: Path
    """Where its files lie (for a hub id, its snapshot)."""
    revision: str | None = None
    """The hub revision, where there is one."""
    fingerprint: str = ""
    """SHA-256 over the contents of everything of it that can change an answer."""
    adapter: Mapping[str, JSON] = field(default_factory=dict)
    """``adapter`` only: its adapter_config.json."""
    size: int = 0
    """Bytes of its weight files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numerics:
    """What the answers' numbers depend on besides contents; part of every store key."""

    device: str
    """Device type: ``cuda``, ``mps`` or ``cpu``; never ``auto``."""
    dtype: str
    """``float32``, ``bfloat16``, ...; never ``auto``."""
    attention: str
    """Attention implementation as resolved, e.g. ``sdpa``."""
    quantization: JSON = None
    """The quantisation config that the base is loaded with, or None."""

    @property
    def is_exact(self) -> bool:
        """Whether rounding is too small to change what a request's company in a batch could."""
        return self.dtype in ("float32", "float64") and self.quantization is None

    def to_json(self) -> dict[str, JSON]:
        """Return the settings as JSON, for keys and records."""
        return {
            "device": self.device,
            "dtype": self.dtype,
            "attention": self.attention,
            "quantization": self.quantization,
        }
