"""Parquet files: their rows, read through pyarrow (extra ``[parquet]``)."""

from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.records import rows_of
from pytest_ftevals.tasks.rows import Row


def parquet_rows(path: Path, data: bytes) -> tuple[Row, ...]:
    """Return the rows of a Parquet file's bytes, in file order; `path` is named in messages.

    Raises FtevalsError where pyarrow is not installed, the file is broken, or a cell has no JSON
    value.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise FtevalsError(
            "reading Parquet files needs pyarrow, which is not installed",
            where=str(path),
            fix="Install it: pip install 'pytest-ftevals[parquet]'",
        ) from error
    try:
        records = parquet.ParquetFile(pa.BufferReader(data)).read().to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise FtevalsError(f"is no Parquet file that can be read: {first}", where=str(path)) from (
            error
        )
    return rows_of(records, str(path))
