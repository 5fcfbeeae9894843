"""JSON values back into vocabulary dataclasses, strictly: nothing missing, unknown or mistyped."""

import math
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from pytest_ftevals.core.errors import FtevalsError

T = TypeVar("T")

_LONGEST = 60


def dataclass_from_json(kind: type[T], data: object, where: str) -> T:
    """Return `data` as the dataclass `kind`; `where` names it in messages.

    Raises FtevalsError, naming the field, for a missing, unknown or mistyped one. A field with a
    default may not be missing either: what is left out must never read as nothing to report.
    """
    if not isinstance(data, Mapping):
        raise _mistyped(where, "an object", data)
    hints = _hints(kind)  # type: ignore[arg-type]  # every class has a hash
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    for name in data:
        if name not in names:
            raise FtevalsError(f"unknown field {name!r}", where=where, fix=_fix())
    for name in names:
        if name not in data:
            raise FtevalsError(f"field {name!r} is missing", where=where, fix=_fix())
    return kind(**{name: _value(hints[name], data[name], f"{where}.{name}") for name in names})


@cache
def _hints(kind: type) -> dict[str, Any]:
    """Return the types of a dataclass's fields; working them out for every line takes seconds."""
    return get_type_hints(kind)


def _value(hint: Any, data: object, where: str) -> object:
    if get_origin(hint) is Literal:
        if data not in get_args(hint):
            raise _mistyped(where, " or ".join(map(repr, get_args(hint))), data)
        return data
    if isinstance(hint, UnionType):
        return _of_union(get_args(hint), data, where)
    if get_origin(hint) is tuple:
        return _of_tuple(get_args(hint), data, where)
    if get_origin(hint) is Mapping:
        if not isinstance(data, Mapping):
            raise _mistyped(where, "an object", data)
        inner = get_args(hint)[1]
        return {key: _value(inner, item, f"{where}.{key}") for key, item in data.items()}
    if hint in (str, int, float, bool):
        return _of_scalar(hint, data, where)
    return dataclass_from_json(hint, data, where)


def _of_union(kinds: tuple[Any, ...], data: object, where: str) -> object:
    if bool in kinds and str in kinds:  # any JSON value
        return data
    if data is None:
        return None
    (kind,) = (kind for kind in kinds if kind is not type(None))
    return _value(kind, data, where)


def _of_tuple(kinds: tuple[Any, ...], data: object, where: str) -> tuple[object, ...]:
    if not isinstance(data, (list, tuple)):
        raise _mistyped(where, "a list", data)
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(data)
    if len(kinds) != len(data):
        raise _mistyped(where, f"a list of {len(kinds)}", data)
    pairs = enumerate(zip(kinds, data, strict=True))
    return tuple(_value(kind, item, f"{where}[{index}]") for index, (kind, item) in pairs)


def _of_scalar(kind: type, data: object, where: str) -> object:
    if kind is float:
        if data is None:  # NaN and infinities are written as null
            return math.nan
        if isinstance(data, int) and not isinstance(data, bool):
            return float(data)
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        names = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
        raise _mistyped(where, names[kind], data)
    return data


def _mistyped(where: str, wanted: str, data: object) -> FtevalsError:
    found = repr(data)
    shown = found if len(found) <= _LONGEST else found[: _LONGEST - 3] + "..."
    return FtevalsError(f"{wanted} expected, {shown} found", where=where, fix=_fix())


def _fix() -> str:
    return "docs/record.md lists the fields; write the file again with a run of this version."
