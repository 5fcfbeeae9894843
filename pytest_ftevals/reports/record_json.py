"""record.json: the whole record as text, and back."""

from collections.abc import Mapping

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.record import RECORD_VERSION, Record
from pytest_ftevals.reports.from_json import dataclass_from_json
from pytest_ftevals.reports.json_text import json_text


def record_to_text(record: Record) -> str:
    """Return the record as JSON text that ends with a newline, the same for the same record.

    Numbers that could not be computed (NaN, infinities) are null; lone surrogates are U+FFFD.
    """
    return json_text(record, indent=1) + "\n"


def record_from_json(data: object) -> Record:
    """Return the record that parsed JSON holds; a null among its numbers becomes NaN.

    Raises FtevalsError for another version and for a missing, unknown or mistyped field.
    """
    if not isinstance(data, Mapping) or "version" not in data:
        raise FtevalsError(
            "this is no record of pytest-ftevals: there is no field 'version'",
            where="record",
            fix="Give the record.json that a run wrote.",
        )
    version = data["version"]
    if version != RECORD_VERSION or isinstance(version, bool):
        raise FtevalsError(
            f"version {version!r} is unknown; this release reads version {RECORD_VERSION}",
            where="record.version",
            fix="Read it with the release of pytest-ftevals that wrote it, or run again.",
        )
    return dataclass_from_json(Record, data, "record")
