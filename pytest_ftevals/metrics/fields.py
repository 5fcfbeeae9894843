"""A reply's fields held against the expected ones."""

from collections.abc import Mapping

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.reply import NotJSONError, parse_json


class NoObjectError(ValueError):
    """Why a reply is no JSON object, in one short line."""


def reply_object(text: str) -> dict[str, JSON]:
    """Return the JSON object that a reply spells; raises NoObjectError for anything else."""
    try:
        value = parse_json(text)
    except NotJSONError as error:
        raise NoObjectError(f"invalid JSON: {error}") from None
    if not isinstance(value, dict):
        raise NoObjectError("JSON, but no object")
    return value


def wrong_fields(expected: Mapping[str, JSON], answered: Mapping[str, JSON]) -> tuple[str, ...]:
    """Return the names of the expected fields that the answer lacks or has otherwise."""
    return tuple(
        name
        for name, value in expected.items()
        if name not in answered or not same_json(value, answered[name])
    )


def same_json(one: JSON, other: JSON) -> bool:
    """Return whether two JSON values are equal: 1 equals 1.0, true does not equal 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_json(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    return one == other
