"""Appends to ``ledger.reviews``: what people ruled. One row an answer; a row is never changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from rightful.model import DataFile
from rightful.store.commit import commit, persist
from rightful.store.files import equal, iceberg_files, listing
from rightful.store.ledger import with_columns
from rightful.store.read import table_of
from rightful.store.s3 import split, store_errors
from rightful.store.schemas import REVIEWS
from rightful.store.tables import KEEP_SNAPSHOTS, LEDGER, Tables
from rightful.store.write import write_data_file

if TYPE_CHECKING:
    from pyiceberg.table import Table

FILE_ROWS = 256
"""Rows are put together into files of so many, or reading them would open a file per answer."""


def append_review(tables: Tables, row: Mapping[str, Any]) -> bool:
    """Add one row of schema ``REVIEWS``; False when a row with its ``review_id`` is there already. Others may append at
    the same time; none is lost.

    Raises:
        ValueError: When the row has a column that the table has not, or no ``review_id``.
        StoreError: When the commit did not get through.
    """
    unknown = set(row) - set(REVIEWS.names)
    if unknown or not row.get("review_id"):
        raise ValueError(f"ledger.reviews: no `review_id`, or unknown columns {sorted(unknown)}")
    source = str(row.get("source"))
    with store_errors("recording a review", source=source):
        return persist(lambda again: _append(tables, row), "review", source=source, slice=None)


def _append(tables: Tables, row: Mapping[str, Any]) -> bool:
    """Look, then commit on what was looked at: a commit of somebody else in between makes this one fail."""
    from pyiceberg.exceptions import CommitFailedException

    table = tables.reviews()
    if _known(table, str(row["review_id"])):
        return False
    values = {name: sorted(value.items()) if isinstance(value, Mapping) else value for name, value in row.items()}
    new = pa.Table.from_arrays([pa.array([values.get(f.name)], f.type) for f in REVIEWS], schema=REVIEWS)
    listed = listing(table, newest=True)
    small = [entry for entry in listed.entries if entry.data_file.record_count < FILE_ROWS]
    earlier = [
        table_of(tables, DataFile(path=entry.data_file.file_path, rows=entry.data_file.record_count, bytes=0))
        for entry in small
    ]
    rows = pa.concat_tables([*(with_columns(table, REVIEWS) for table in earlier), new])
    file = write_data_file(tables, table, rows)
    try:
        commit(
            table,
            add=iceberg_files(tables.files, table, [file]),
            remove=small,
            present=listed,
            properties={"rightful.review": str(row["review_id"])},
            keep=KEEP_SNAPSHOTS[LEDGER],
        )
    except CommitFailedException:
        bucket, key = split(file.path)
        tables.files.delete_file(f"{bucket}/{key}")  # surely not referenced: the commit was refused
        raise
    return True


def _known(table: Table, review_id: str) -> bool:
    if table.current_snapshot() is None:
        return False
    found = table.scan(row_filter=equal("review_id", review_id), selected_fields=("review_id",))
    return bool(found.to_arrow().num_rows)


__all__ = ["append_review"]
