"""Writes data files that nobody can see yet: Parquet under a table's location, named anew at every attempt.

A name is never used twice, because a re-used name would change what older snapshots contain. What a dead attempt leaves
behind is visible to no reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from rightful.model import DataFile, Slice
from rightful.store import schemas
from rightful.store.s3 import split, store_errors
from rightful.store.tables import Tables, with_field_ids

if TYPE_CHECKING:
    from pyarrow.fs import S3FileSystem
    from pyiceberg.table import Table

FILE_BYTES = 64 * 2**20
"""A file is closed when it has reached this size (compressed)."""

GROUP_BYTES = 8 * 2**20
GROUP_ROWS = 20_000
"""A row group ends at whichever comes first (bytes in memory). It bounds the writer's memory, and is the least that a
reader must read of a column."""

_UNIQUE = {
    "id",
    "text",
    "content_sha256",
    "source_native_id",
    "source_url",
    "title",
    "attribution_text",
    "raw_sha256",
    "segments.list.element.text",
}
"""Hardly a value occurs twice: a dictionary would only cost memory."""

_LONG_TEXTS = {"text", "title", "attribution_text", "asr_params"}
"""Least and greatest value of these help no reader."""


class DataFileWriter:
    """Takes batches, writes row groups, starts a new file at :data:`FILE_BYTES`. Memory stays near two row groups.

    After an error the writer is of no use any more; the files it finished before are.
    """

    def __init__(self, files: S3FileSystem, folder: str, schema: pa.Schema) -> None:
        """``folder`` is an ``s3://`` address, ``schema`` carries field ids (see :func:`schema_of`)."""
        self._files, self._folder, self._schema = files, folder.rstrip("/"), schema
        self._pending: list[pa.RecordBatch] = []
        self._pending_bytes = self._pending_rows = 0
        self._open: _OpenFile | None = None
        self._done: list[DataFile] = []

    @classmethod
    def for_corpus(cls, tables: Tables, source_id: str, slice: Slice) -> DataFileWriter:
        """Writer of documents of one slice."""
        return cls._of(tables, tables.corpus(source_id), schemas.CORPUS, slice)

    @classmethod
    def for_ledger(cls, tables: Tables, source_id: str, slice: Slice) -> DataFileWriter:
        """Writer of rulings of one slice."""
        return cls._of(tables, tables.ledger(source_id), schemas.LEDGER, slice)

    @classmethod
    def _of(cls, tables: Tables, table: Table, schema: pa.Schema, slice: Slice) -> DataFileWriter:
        folder = f"{table.location()}/data/slice={slice.start:%Y%m%dT%H%M%SZ}"
        return cls(tables.files, folder, schema_of(table, schema))

    def add(self, rows: pa.RecordBatch) -> None:
        """Add rows; columns in the schema's order."""
        if rows.num_rows == 0:
            return
        self._pending.append(rows.cast(self._schema))
        self._pending_bytes += rows.nbytes
        self._pending_rows += rows.num_rows
        if self._pending_bytes >= GROUP_BYTES or self._pending_rows >= GROUP_ROWS:
            self._write_group()
            if self._open is not None and self._open.size >= FILE_BYTES:
                self._close()

    def finish(self) -> list[DataFile]:
        """Close what is open. Gives the files since the last call, all safely stored; the writer may go on after it."""
        self._write_group()
        self._close()
        done, self._done = self._done, []
        return done

    def _write_group(self) -> None:
        if not self._pending:
            return
        group = pa.Table.from_batches(self._pending, self._schema)
        self._pending, self._pending_bytes, self._pending_rows = [], 0, 0
        if self._open is None:
            self._open = _OpenFile(self._files, f"{self._folder}/{uuid4()}.parquet", self._schema)
        self._open.write(group)

    def _close(self) -> None:
        if self._open is not None:
            self._done.append(self._open.close())
            self._open = None


class _OpenFile:
    """One Parquet file on its way to the store."""

    def __init__(self, files: S3FileSystem, uri: str, schema: pa.Schema) -> None:
        self._uri, self._rows = uri, 0
        bucket, key = split(uri)
        with store_errors(f"writing {uri}"):
            self._sink = files.open_output_stream(f"{bucket}/{key}")
            self._parquet = pq.ParquetWriter(
                self._sink,
                schema,
                compression="zstd",
                use_dictionary=[path for path in _leaf_paths(schema) if path not in _UNIQUE],
                write_statistics=[path for path in _leaf_paths(schema) if "." not in path and path not in _LONG_TEXTS],
                store_schema=False,  # the Parquet types and field ids say it all
            )

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return int(self._sink.tell())

    def write(self, group: pa.Table) -> None:
        """Write one row group."""
        with store_errors(f"writing {self._uri}"):
            self._parquet.write_table(group, row_group_size=group.num_rows)
        self._rows += group.num_rows

    def close(self) -> DataFile:
        """Complete the file; only now does it exist."""
        with store_errors(f"writing {self._uri}"):
            self._parquet.close()
            size = self.size
            self._sink.close()
        return DataFile(path=self._uri, rows=self._rows, bytes=size)


def write_data_file(tables: Tables, table: Table, rows: pa.Table | Sequence[pa.RecordBatch]) -> DataFile:
    """Write rows, which fit in memory, as one data file of an unpartitioned table.

    Raises:
        ValueError: When there are no rows.
        StoreError: When the object store fails.
    """
    content = rows if isinstance(rows, pa.Table) else pa.Table.from_batches(rows)
    if content.num_rows == 0:
        raise ValueError("a data file needs at least one row")
    schema = schema_of(table, content.schema)
    file = _OpenFile(tables.files, f"{table.location()}/data/{uuid4()}.parquet", schema)
    file.write(content.cast(schema))
    return file.close()


def schema_of(table: Table, schema: pa.Schema) -> pa.Schema:
    """``schema`` with the field ids that its columns have in ``table``."""
    columns = table.schema()
    return with_field_ids(schema, lambda path: columns.find_field(path).field_id)


def _leaf_paths(schema: pa.Schema) -> list[str]:
    """Names of the Parquet columns, as ``claims.list.element.raw``."""

    def below(field: pa.Field, path: str) -> list[str]:
        if pa.types.is_struct(field.type):
            children = [field.type.field(index) for index in range(field.type.num_fields)]
            return [leaf for child in children for leaf in below(child, f"{path}.{child.name}")]
        if pa.types.is_map(field.type):
            key, value = field.type.key_field, field.type.item_field
            return [*below(key, f"{path}.key_value.key"), *below(value, f"{path}.key_value.value")]
        if pa.types.is_list(field.type):
            return below(field.type.value_field, f"{path}.list.element")
        return [path]

    return [leaf for field in schema for leaf in below(field, field.name)]


__all__ = ["DataFileWriter", "schema_of", "write_data_file"]
