"""YAML with line numbers: a task file's values and the line on which each of them stands.

Owns reading YAML. Plain words follow YAML 1.2 (``no``, ``on`` and ``2024-01-01`` are texts, as a
class label or a date in a task file is meant to be), keys may not repeat, and tags are refused.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import yaml

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError

MAX_NODES = 100_000
"""A task file has some dozens; aliases of aliases would otherwise grow without end."""

_TAG = "tag:yaml.org,2002:"
_QUOTE = 'Put text that holds a colon, a hash or braces into quotes: "{{ question }}".'


class _Loader(yaml.SafeLoader):
    """The safe loader, resolving plain words as YAML 1.2 does."""

    # Types say that this is an instance's; PyYAML reads and fills the class's.
    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]


for _name, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("int", r"[-+]?[0-9]{1,18}", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    _firsts = [*_first, ""] if _name == "null" else [*_first]
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})\Z"), _firsts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the values of one task file stand. Keys are dotted: ``decode.stop``, ``metrics.0``."""

    path: Path
    lines: Mapping[str, int] = field(default_factory=dict)
    """Key -> line of the key, or of the list item; from 1."""
    blocks: Mapping[str, int] = field(default_factory=dict)
    """Key of a text written as a ``|`` block -> line of the text's first line."""

    def line_of(self, key: str) -> int:
        """Return the line (from 1) of a dotted key; 1 for a key that is not in the file."""
        return self.lines.get(key, 1)

    def where(self, key: str, text_line: int = 1) -> str:
        """Return ``FILE:LINE`` of a key, or of a line (from 1) of the text under it."""
        block = self.blocks.get(key)
        line = self.line_of(key) if block is None else block + text_line - 1
        return f"{self.path}:{line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A YAML file whose top is a mapping."""

    values: Mapping[str, JSON]
    places: Places


def read_yaml(path: Path) -> Document:
    """Read a YAML mapping; raises FtevalsError where the file is missing, broken or no mapping."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise FtevalsError(
            f"cannot read the task file: {error.strerror}", where=f"{path}:1"
        ) from error
    except UnicodeDecodeError as error:
        raise FtevalsError("is not UTF-8 text", where=f"{path}:1") from error
    try:
        node = _Loader(text).get_single_node()
        if not isinstance(node, yaml.MappingNode):
            what = "is empty" if node is None else "is not a mapping of keys to values"
            raise FtevalsError(
                f"a task file {what}", where=f"{path}:1", fix="It begins like `name: tickets`."
            )
        reader = _Reader(path)
        values = reader.mapping(node, "")
    except yaml.YAMLError as error:
        raise _broken(path, text, error) from error
    except RecursionError as error:
        raise FtevalsError("values are nested too deeply", where=f"{path}:1") from error
    return Document(
        values=values, places=Places(path=path, lines=reader.lines, blocks=reader.blocks)
    )


def _broken(path: Path, text: str, error: yaml.YAMLError) -> FtevalsError:
    """Word a YAML error with the line it stands on."""
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        problem = f"the character {error.character!r} is not allowed"
    else:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or "it cannot be parsed"
    return FtevalsError(f"is not YAML: {problem}", where=f"{path}:{line}", fix=_QUOTE)


class _Reader:
    """Turns nodes into values and notes where they stand."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[str, int] = {}
        self.blocks: dict[str, int] = {}
        self.nodes = 0

    def mapping(self, node: yaml.MappingNode, prefix: str) -> dict[str, JSON]:
        """Return a mapping's values; its keys are texts and do not repeat."""
        self._check_tag(node, "map")
        values: dict[str, JSON] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error(key_node, "a key must be a text", _QUOTE)
            key = str(key_node.value)
            name = f"{prefix}.{key}" if prefix else key
            if key in values:
                raise self._error(
                    key_node,
                    f"`{name}` stands here a second time, first on line {self.lines[name]}",
                    "Keep one of the two.",
                )
            self.lines[name] = key_node.start_mark.line + 1
            values[key] = self._value(value_node, name)
        return values

    def _value(self, node: yaml.Node, name: str) -> JSON:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self._error(node, f"the file holds more than {MAX_NODES:,} values", "")
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, name)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(node, name)
        return self._scalar(node, name)

    def _sequence(self, node: yaml.SequenceNode, name: str) -> list[JSON]:
        self._check_tag(node, "seq")
        values: list[JSON] = []
        for index, item in enumerate(node.value):
            self.lines[f"{name}.{index}"] = item.start_mark.line + 1
            values.append(self._value(item, f"{name}.{index}"))
        return values

    def _scalar(self, node: Any, name: str) -> JSON:
        self._check_tag(node, "str", "int", "float", "bool", "null")
        kind, text = node.tag.removeprefix(_TAG), str(node.value)
        if kind == "str":
            if node.style == "|":
                self.blocks[name] = node.start_mark.line + 2
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        try:
            number: int | float = int(text) if kind == "int" else float(text)
        except ValueError as error:
            raise self._error(node, f"{text!r} is not a number", "") from error
        if not math.isfinite(number):
            raise self._error(node, f"{text} is too large", "")
        return number

    def _check_tag(self, node: yaml.Node, *known: str) -> None:
        if node.tag.removeprefix(_TAG) not in known:
            tag = node.tag.replace(_TAG, "!!")
            raise self._error(node, f"the tag `{tag}` has no meaning here", "Leave it out.")

    def _error(self, node: yaml.Node, what: str, fix: str) -> FtevalsError:
        return FtevalsError(what, where=f"{self.path}:{node.start_mark.line + 1}", fix=fix)
