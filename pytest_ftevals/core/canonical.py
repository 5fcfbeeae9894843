"""JSON values, their one canonical spelling, and digests of it."""

import hashlib
import json
from typing import TypeAlias

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"


def canonical(value: JSON) -> str:
    """Return the one spelling of `value`: sorted keys, no spaces, no NaN (raises ValueError)."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest(value: JSON) -> str:
    """Return the SHA-256 (64 hex digits) of the canonical spelling of `value`."""
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()
