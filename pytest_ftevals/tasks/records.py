"""Records of a typed table -> rows: their values become JSON, and each knows its number."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.fields import shown
from pytest_ftevals.tasks.rows import Row


def rows_of(records: Iterable[Mapping[str, Any]], source: str) -> tuple[Row, ...]:
    """Return a table's records as rows with the places ``SOURCE:NUMBER``, from 1.

    Dates and times become texts as ISO 8601 spells them, decimal numbers become texts. Raises
    FtevalsError naming row and column for what has no JSON value: bytes, images, NaN.
    """
    rows = []
    for number, record in enumerate(records, start=1):
        where = f"{source}:{number}"
        values = dict(record)
        try:
            # Far quicker than looking at every cell, and nearly every record passes.
            json.dumps(values, allow_nan=False)
        except (TypeError, ValueError):
            values = {name: _cell(value, name, where) for name, value in values.items()}
        rows.append(Row(values=values, where=where))
    return tuple(rows)


def _cell(value: Any, column: str, where: str) -> JSON:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): _cell(item, column, where) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cell(item, column, where) for item in value]
    finite = not isinstance(value, float) or value - value == 0
    if finite and (value is None or isinstance(value, bool | int | float | str)):
        return value
    what = shown(value) if isinstance(value, float) else f"a value of type {type(value).__name__}"
    raise FtevalsError(
        f"the column {column!r} holds {what}, which has no JSON value",
        where=where,
        fix="Leave the column out of the table, or write it as text; a missing number is null.",
    )
