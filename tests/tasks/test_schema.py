"""Schemas: read, checked, handed on."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.schema import read_schema

if TYPE_CHECKING:
    from tests.tasks.conftest import Folder

MISTAKES = {
    "json": ('{\n"type": }', "s.json:2: is not JSON: Expecting value"),
    "empty": ("", "s.json:1: is not JSON: Expecting value"),
    "type": ('{"type": "objekt"}', "s.json:1: is no valid JSON Schema at /type: 'objekt' is not"),
    "nested": ('{"properties": {"a": {"minimum": "3"}}}', "at /properties/a/minimum: '3' is not"),
    "pattern": ('{"pattern": "("}', "s.json:1: is no valid JSON Schema at /pattern"),
    "list": ("[]", "s.json:1: is no valid JSON Schema: [] is not of type"),
    "null": ("null", "s.json:1: is no valid JSON Schema: None is not of type"),
    "deep": ('{"not": ' * 100_000, "s.json:1: is not a JSON file in UTF-8"),
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes(folder: "Folder", text: str, message: str) -> None:
    """What is no JSON Schema is refused before any model runs."""
    folder.rows({"question": "Q", "answer": "x"})
    folder.write("s.json", text)
    error = folder.load_error(folder.generate("schema: s.json"))
    assert message in error
    assert error.startswith("s.json:")


def test_missing_file(folder: "Folder") -> None:
    """A missing schema is named at the key that names it."""
    error = folder.load_error(folder.generate("schema: s.json"))
    assert error.startswith("demo.task.yaml:7: cannot read the schema s.json: No such file")


def test_other_encoding(tmp_path: Path) -> None:
    """A schema in another encoding is refused."""
    path = tmp_path / "s.json"
    path.write_bytes(b'{"title": "\xe4"}')
    with pytest.raises(FtevalsError, match=r"s\.json:1: is not a JSON file in UTF-8"):
        read_schema(path, where="")


@pytest.mark.parametrize(
    "draft",
    ["https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema#"],
)
def test_a_schema_arrives_parsed(folder: "Folder", draft: str) -> None:
    """The task has the schema's content and its name as written."""
    folder.rows({"question": "Q", "answer": "x"})
    folder.write("s.json", f'{{"$schema": "{draft}", "type": "object"}}')
    task = folder.load(folder.generate("schema: s.json"))
    assert task.schema == {"$schema": draft, "type": "object"}
    assert task.schema_source == "s.json"
