"""JSON Schemas that tests name themselves, for replies: read and checked once each."""

from functools import lru_cache
from pathlib import Path

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.metrics.json_schema import first_violation
from pytest_ftevals.metrics.schema_check import schema_fault
from pytest_ftevals.tasks.schema import read_schema

__all__ = ["first_violation", "schema_at"]


@lru_cache
def schema_at(path: Path) -> JSON:
    """Return the schema in a file; raises FtevalsError for one that cannot be used."""
    if not path.is_file():
        raise FtevalsError(
            f"there is no schema file {path}", fix="The path is relative to the task file."
        )
    schema = read_schema(path, where=str(path))
    if fault := schema_fault(schema):
        raise FtevalsError(fault, where=f"{path}:1", fix="Correct the schema file.")
    return schema
