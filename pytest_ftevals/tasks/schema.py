"""The JSON Schema that a task's replies should meet: read and checked, not applied."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError

if TYPE_CHECKING:
    from jsonschema.protocols import Validator


def read_schema(path: Path, *, where: str) -> JSON:
    """Read a JSON Schema, by default of draft 2020-12; `where` is the place that names it.

    Raises FtevalsError where the file is missing, no JSON or no valid schema.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        schema = cast("JSON", json.loads(text))
    except OSError as error:
        raise FtevalsError(
            f"cannot read the schema {path}: {error.strerror}",
            where=where,
            fix="A path in a task file is relative to the task file.",
        ) from error
    except json.JSONDecodeError as error:
        raise FtevalsError(f"is not JSON: {error.msg}", where=f"{path}:{error.lineno}") from error
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise FtevalsError("is not a JSON file in UTF-8", where=f"{path}:1") from error
    _check(schema, path)
    return schema


def _check(schema: Any, path: Path) -> None:
    from jsonschema import Draft202012Validator, SchemaError
    from jsonschema.validators import validator_for

    validator: type[Validator] = Draft202012Validator
    if isinstance(schema, dict):
        validator = validator_for(schema, default=Draft202012Validator)
    try:
        validator.check_schema(schema)
    except SchemaError as error:
        at = "".join(f"/{part}" for part in error.absolute_path)
        raise FtevalsError(
            f"is no valid JSON Schema{f' at {at}' if at else ''}: {error.message}",
            where=f"{path}:1",
            fix="https://json-schema.org/understanding-json-schema lists the keywords.",
        ) from error
