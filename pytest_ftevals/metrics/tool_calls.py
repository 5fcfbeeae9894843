"""Calls of functions, read from JSON in the shapes that models are taught to write.

OpenAI's Chat Completions (`tool_calls`, `function`, `function_call`) and Responses (items of type
``function_call``), a bare object of `name` and `arguments` or `parameters` (Llama 3.1), a list of
any of these, and such JSON between ``<tool_call>`` tags (Hermes, Qwen).
"""

import re
from dataclasses import dataclass

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.reply import NotJSONError, parse_json

_TAGGED = re.compile(r"<tool_call>(.*?)(?:</tool_call>|$)", re.DOTALL)


class NoCallError(ValueError):
    """Why JSON is no call of a function, in one short line."""


class BrokenCallError(NoCallError):
    """Why something that begins like JSON is none."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: a function's name and its arguments."""

    name: str
    arguments: dict[str, JSON]


def calls_in(text: str) -> list[Call]:
    """Return the calls that a reply makes, in order; none for a reply without JSON.

    Raises NoCallError where its JSON is no call, BrokenCallError where it is no JSON.
    """
    tagged = _TAGGED.findall(text)
    found: list[Call] = []
    for part in tagged or [text]:
        try:
            value = parse_json(part)
        except NotJSONError as error:
            if not tagged and not text.lstrip().startswith(("{", "[")):
                return []
            raise BrokenCallError(f"invalid JSON: {error}") from None
        found += calls_of(value)
    return found


def calls_of(value: JSON) -> list[Call]:
    """Return the calls that a JSON value spells; raises NoCallError for any other value."""
    if isinstance(value, list):
        return [call for item in value for call in calls_of(item)]
    if not isinstance(value, dict):
        raise NoCallError("JSON, but no call of a function")
    if "tool_calls" in value:
        calls = value["tool_calls"]
        return calls_of([] if calls is None else calls)
    for wrapper in ("function", "function_call"):
        if isinstance(value.get(wrapper), dict):
            return calls_of(value[wrapper])
    name = value.get("name")
    if not isinstance(name, str):
        raise NoCallError("JSON, but without the name of a function")
    return [Call(name, _arguments(value))]


def _arguments(call: dict[str, JSON]) -> dict[str, JSON]:
    """Return a call's arguments; OpenAI spells the object as a text."""
    value = call.get("arguments", call.get("parameters"))
    if isinstance(value, str):
        try:
            value = parse_json(value) if value.strip() else None
        except NotJSONError as error:
            raise NoCallError(f"arguments that are no JSON: {error}") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NoCallError("arguments that are no object")
    return value
