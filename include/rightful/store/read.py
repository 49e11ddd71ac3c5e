"""Reads data files that are written but not published yet, by column, in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from rightful.model import DataFile
from rightful.store.s3 import split, store_errors
from rightful.store.tables import Tables

BATCH_ROWS = 2_048
"""A row of the corpus is some kilobytes of Python objects once its columns are lists."""


def columns_of(tables: Tables, file: DataFile, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The named columns of a data file, in this order, some thousand rows at a time.

    Raises:
        KeyError: When the file has no such column.
        StoreError: When the object store fails.
    """
    with store_errors(f"reading {file.path}"), _parquet(tables, file) as parquet:
        missing = set(columns) - set(parquet.schema_arrow.names)
        if missing:
            raise KeyError(f"{file.path} has no column {sorted(missing)}")
        for batch in parquet.iter_batches(batch_size=BATCH_ROWS, columns=list(columns)):
            yield batch.select(list(columns))


def rows_of(tables: Tables, file: DataFile) -> Iterator[pa.RecordBatch]:
    """All of a data file, some hundred rows at a time: they hold texts.

    Raises:
        StoreError: When the object store fails.
    """
    with store_errors(f"reading {file.path}"), _parquet(tables, file) as parquet:
        yield from parquet.iter_batches(batch_size=BATCH_ROWS // 8)


def table_of(tables: Tables, file: DataFile) -> pa.Table:
    """All of a data file. It is in memory then; files end near 64 MB compressed."""
    with store_errors(f"reading {file.path}"), _parquet(tables, file, whole=True) as parquet:
        return parquet.read()


def _parquet(tables: Tables, file: DataFile, *, whole: bool = False) -> pq.ParquetFile:
    """``whole``: few large requests; else a buffer per column, so that memory stays flat."""
    bucket, key = split(file.path)
    stream = tables.files.open_input_file(f"{bucket}/{key}")
    return pq.ParquetFile(stream, pre_buffer=whole, buffer_size=0 if whole else 2**20)


__all__ = ["columns_of", "rows_of", "table_of"]
