"""Data files: JSONL, CSV and Parquet, read into rows with the place of each."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NoReturn

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.parquet import parquet_rows
from pytest_ftevals.tasks.rows import Row, Rows

SUFFIXES = (".jsonl", ".csv", ".parquet")
"""Of the formats that are read."""


def read_rows(path: Path, *, written: str, where: str) -> Rows:
    """Read a JSONL, CSV or Parquet file, the format by its suffix.

    `written` is the path as the task file writes it, `where` the place it does so. Raises
    FtevalsError for another format, a missing or empty file, and every broken record.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise FtevalsError(
            f"data are read from JSONL, CSV and Parquet files, not from {written!r}",
            where=where,
            fix="Save the rows beside the task file as .jsonl (one object a line) or .csv, or name "
            "a hub data set: hub:ORG/NAME#SPLIT.",
        )
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FtevalsError(
            f"cannot read the data file {path}: {error.strerror}",
            where=where,
            fix="A path in a task file is relative to the task file.",
        ) from error
    return Rows(rows=_rows(path, data), sha256=hashlib.sha256(data).hexdigest())


def rows_of_files(paths: Sequence[Path], most: int | None = None) -> tuple[Row, ...]:
    """Return the rows (the first `most`) of files that make one table together, in their order."""
    found: list[Row] = []
    for path in paths:
        left = None if most is None else most - len(found)
        if left == 0:
            break
        try:
            data = path.read_bytes()
        except OSError as error:
            raise FtevalsError(f"cannot be read: {error.strerror}", where=str(path)) from error
        found += _rows(path, data, left)
    return tuple(found)


def _rows(path: Path, data: bytes, most: int | None = None) -> tuple[Row, ...]:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        rows = parquet_rows(path, data, most)
    else:
        text = _decode(path, data)
        rows = tuple(islice(_jsonl(path, text) if suffix == ".jsonl" else _csv(path, text), most))
    if not rows:
        raise FtevalsError("has no rows", where=f"{path}:1", fix="Give it one row a case.")
    return rows


def _decode(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FtevalsError(
            "is not UTF-8 text", where=f"{path}:{line}", fix="Save the file as UTF-8."
        ) from error


def _jsonl(path: Path, text: str) -> Iterator[Row]:
    # Only "\n" ends a line: JSON texts may hold the other characters of `str.splitlines`.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            where = f"{path}:{number}"
            yield Row(values=_object(line, where), where=where)


def _object(line: str, where: str) -> dict[str, JSON]:
    try:
        value = json.loads(line, parse_constant=_refuse_constant)
        if "\\u" in line:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise FtevalsError("holds half a character (a lone surrogate)", where=where) from error
    except RecursionError as error:
        raise FtevalsError("the row is nested too deeply", where=where) from error
    except ValueError as error:
        problem = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise FtevalsError(
            f"is not JSON: {problem}", where=where, fix="A JSONL file holds one object a line."
        ) from error
    if not isinstance(value, dict) or not value:
        raise FtevalsError(
            "the row is not an object with columns",
            where=where,
            fix='A row looks like {"question": "...", "answer": "..."}.',
        )
    return value


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is no JSON number"
    raise ValueError(message)


def _csv(path: Path, text: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    begins = 1
    try:
        for cells in reader:
            where, begins = f"{path}:{begins}", reader.line_num + 1
            if not cells:
                continue
            if not header:
                header = _header(cells, where)
                continue
            if len(cells) != len(header):
                raise FtevalsError(
                    f"the row has {len(cells)} cells and the header {len(header)}",
                    where=where,
                    fix="Put cells that hold a comma or a line break into quotes.",
                )
            yield Row(values=dict(zip(header, cells, strict=True)), where=where)
    except csv.Error as error:
        raise FtevalsError(
            f"is not CSV: {error}",
            where=f"{path}:{begins}",
            fix="Double the quotes inside a quoted cell; for very long texts use JSONL.",
        ) from error


def _header(cells: list[str], where: str) -> list[str]:
    for index, name in enumerate(cells):
        if not name.strip():
            raise FtevalsError(f"column {index + 1} of the header has no name", where=where)
        if name in cells[:index]:
            raise FtevalsError(f"the header names the column {name!r} twice", where=where)
    return cells
