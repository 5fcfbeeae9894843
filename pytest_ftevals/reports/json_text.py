"""Vocabulary dataclasses as JSON text that every reader takes and no terminal stumbles over."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass

from pytest_ftevals.core.canonical import JSON

_SURROGATES = re.compile("[\ud800-\udfff]")
# C1 controls steer terminals and format characters hide; U+0085, U+2028 and U+2029 would also end
# a line of JSON lines in readers that split by `str.splitlines`.
_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def json_text(value: object, *, indent: int | None = None) -> str:
    """Return `value` as JSON text, one line where `indent` is None.

    Dataclasses keep the order of their fields, other objects are sorted by key. NaN and the
    infinities become null. Lone surrogates become U+FFFD, because strict readers refuse them even
    escaped; control and format characters are escaped. Raises TypeError for what is no JSON.
    """
    text = json.dumps(plain(value), indent=indent, ensure_ascii=False, allow_nan=False)
    if text.isascii() and "\x7f" not in text:  # most lines; told at once
        return text
    text = _SURROGATES.sub("\ufffd", text)
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def plain(value: object) -> JSON:
    """Return `value` as JSON values: dataclasses and mappings as dicts, sequences as lists."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    message = f"{type(value).__name__} is no JSON value"
    raise TypeError(message)
