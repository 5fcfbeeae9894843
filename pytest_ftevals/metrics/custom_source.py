"""What a custom metric is made of: the files that define it, and the values that it holds."""

import inspect
import re
from functools import partial
from pathlib import Path
from secrets import token_hex
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

from pytest_ftevals.core.canonical import JSON, canonical, digest
from pytest_ftevals.core.custom_metric import CustomMetric

_CODE = (CustomMetric, partial, FunctionType, MethodType, BuiltinFunctionType, type)


def source_digest(function: object) -> str:
    """Return a digest of what a function's numbers come from, as far as its own files tell.

    That is the whole text of each file that defines it or what it wraps, and the values that a
    partial, a closure or an object holds. Modules that those files import are not read. Where
    something of it is unknown, no two calls return the same.
    """
    try:
        return digest(_whole(function))
    except UnknownSourceError as why:
        return f"unknown, so no saved run fits it: {why} ({token_hex(8)})"


class UnknownSourceError(Exception):
    """What of a function nobody can tell apart from another version of it."""


def _whole(function: object) -> JSON:
    """Return what a function is made of, or an object that is called like one."""
    is_object = not isinstance(function, _CODE) and getattr(function, "__wrapped__", None) is None
    return _object(function, ()) if is_object else _code(function, ())


def _spelled(value: object, within: tuple[int, ...]) -> JSON:
    """Return a value in JSON; `within` are the ids of what holds it.

    Raises UnknownSourceError for what cannot be told from its like.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | complex | bytes | ModuleType):
        return value.__name__ if isinstance(value, ModuleType) else repr(value)
    if id(value) in within:
        return "itself"
    inner = (*within, id(value))
    if isinstance(value, re.Pattern):
        value = (value.pattern, value.flags)
    if isinstance(value, dict):
        return [[_spelled(key, inner), _spelled(one, inner)] for key, one in value.items()]
    if isinstance(value, list | tuple | set | frozenset):
        ones = [_spelled(one, inner) for one in value]
        return ones if isinstance(value, list | tuple) else sorted(ones, key=canonical)
    return _code(value, inner)


def _code(value: object, within: tuple[int, ...]) -> JSON:
    """Return what something is made of that can be called, or is a class."""
    if isinstance(value, CustomMetric):
        return _spelled(value.function, within)
    if isinstance(value, partial):
        return [_spelled(one, within) for one in (value.func, value.args, value.keywords)]
    if isinstance(value, MethodType):
        return [_spelled(value.__func__, within), _object(value.__self__, within)]
    if isinstance(value, type):
        return [[_file(one), one.__qualname__] for one in value.__mro__ if one is not object]
    wrapped = getattr(value, "__wrapped__", None)
    if isinstance(value, FunctionType):
        held = [_content(cell, within) for cell in value.__closure__ or ()]
        line = value.__code__.co_firstlineno
        return [_file(value), value.__qualname__, line, held, _spelled(wrapped, within)]
    if wrapped is not None:  # of a cache in C, for one
        return _spelled(wrapped, within)
    if isinstance(value, BuiltinFunctionType):
        raise UnknownSourceError(f"{value.__qualname__} has no source text")
    # What matters of an object may lie outside Python, as a tensor's numbers do.
    raise UnknownSourceError(f"it holds an object of type {type(value).__name__}")


def _object(value: object, within: tuple[int, ...]) -> JSON:
    """Return what an object is made of whose methods are the metric: its class and its values."""
    if isinstance(value, type | ModuleType):
        return _spelled(value, within)
    try:
        values = vars(value)
    except TypeError:
        raise UnknownSourceError(f"what {type(value).__name__} holds is unknown") from None
    inner = (*within, id(value))
    return [_spelled(type(value), inner), _spelled(dict(values), inner)]


def _content(cell: object, within: tuple[int, ...]) -> JSON:
    try:
        return _spelled(getattr(cell, "cell_contents"), within)  # noqa: B009 - typeshed: object
    except ValueError:
        return "empty"


def _file(code: FunctionType | type) -> str:
    """Return a digest of the text of the file that defines a function or class."""
    try:
        file = inspect.getsourcefile(code)
        if file is not None:
            return digest(Path(file).read_text(encoding="utf-8", errors="surrogateescape"))
    except (OSError, TypeError):
        pass
    raise UnknownSourceError(f"{code.__qualname__} has no source text")
