"""Parquet files: their rows, read through pyarrow (extra ``[parquet]``)."""

from itertools import chain, islice
from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.records import rows_of
from pytest_ftevals.tasks.rows import Row

_BATCH = 10_000
"""Rows read at once."""


def parquet_rows(path: Path, data: bytes, most: int | None = None) -> tuple[Row, ...]:
    """Return the rows (the first `most`) of a Parquet file's bytes; `path` is named in messages.

    Raises FtevalsError where pyarrow is not installed, or the file is broken.
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
        file = parquet.ParquetFile(pa.BufferReader(data))
        batches = file.iter_batches(batch_size=min(most or _BATCH, _BATCH))
        records = [*islice(chain.from_iterable(one.to_pylist() for one in batches), most)]
    except (pa.ArrowException, OSError, ValueError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise FtevalsError(f"is no Parquet file that can be read: {first}", where=str(path)) from (
            error
        )
    return rows_of(records, str(path))
