"""Records of a typed table -> rows: their values become JSON, and each knows its number."""

import json
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.tasks.fields import shown
from pytest_ftevals.tasks.rows import Row


def rows_of(records: Iterable[Mapping[str, Any]], source: str) -> tuple[Row, ...]:
    """Return a table's records as rows with the places ``SOURCE:NUMBER``, from 1.

    Dates and times become texts as ISO 8601 spells them, decimal numbers become texts, and NaN, as
    which tables often hold what is missing, becomes null. A value without a JSON spelling (bytes,
    an image) is withheld: only what reads it fails.
    """
    rows = []
    for number, record in enumerate(records, start=1):
        where = f"{source}:{number}"
        try:
            # Far quicker than looking at every cell, and nearly every record passes.
            json.dumps(record, allow_nan=False)
        except (TypeError, ValueError):
            rows.append(_row(record, where))
        else:
            rows.append(Row(values=dict(record), where=where))
    return tuple(rows)


class _NoJSONError(Exception):
    """What a value is that has no JSON spelling."""


def _row(record: Mapping[str, Any], where: str) -> Row:
    values: dict[str, JSON] = {}
    withheld: dict[str, str] = {}
    for name, value in record.items():
        try:
            values[name] = _cell(value)
        except _NoJSONError as error:
            withheld[name] = f"holds {error}, which has no JSON value"
    return Row(values=values, where=where, withheld=withheld)


def _cell(value: Any) -> JSON:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): _cell(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cell(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        if math.isnan(value):
            return None
        raise _NoJSONError(shown(value))
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise _NoJSONError(f"a value of type {type(value).__name__}")
