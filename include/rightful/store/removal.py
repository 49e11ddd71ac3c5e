"""Takes rows out of ``corpus.<source>`` in one commit, and notes in ``ledger.withdrawals`` why.

Files are looked at one by one and by one column, so memory stays flat; a file that holds other rows as well is written
anew without those that leave. Earlier snapshots still hold them for as long as they are kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from rightful.errors import StoreError
from rightful.model import DataFile, Slice, Struct
from rightful.store.commit import commit, persist
from rightful.store.files import iceberg_files, listing
from rightful.store.ledger import with_columns
from rightful.store.read import columns_of, rows_of
from rightful.store.s3 import store_errors
from rightful.store.schemas import CORPUS as CORPUS_SCHEMA
from rightful.store.schemas import WITHDRAWALS
from rightful.store.tables import CORPUS, KEEP_SNAPSHOTS, LEDGER, Tables
from rightful.store.write import DataFileWriter, write_data_file

if TYPE_CHECKING:
    from pyiceberg.manifest import ManifestEntry

SAMPLES = 5
"""Ids that are shown of a source's rows; the rest is counted."""


class Matching(Struct, frozen=True, kw_only=True):
    """Rows of one source with the value asked for, in the state that readers see."""

    source: str
    documents: int = 0
    tokens: int = 0
    slices: tuple[datetime, ...] = ()
    samples: tuple[str, ...] = ()


@dataclass
class _File:
    """A live data file that holds at least one row with the value."""

    entry: ManifestEntry
    file: DataFile
    slice_start: datetime
    matches: int
    tokens: int
    samples: list[str]


def matching(tables: Tables, source_id: str, column: str, value: str) -> Matching:
    """How many rows of ``corpus.<source>`` have ``value`` in a text column."""
    table = tables.existing(CORPUS, source_id)
    if table is None:
        return Matching(source=source_id)
    with store_errors(f"looking for {column} = {value}", source=source_id):
        return _summed(source_id, list(_files(tables, listing(table).entries, column, value)))


def remove(
    tables: Tables, source_id: str, column: str, value: str | Collection[str], properties: Mapping[str, str]
) -> Matching:
    """Take all rows with ``value``, or one of several, in a text column out of ``corpus.<source>``, in one commit. Safe
    to repeat.

    Returns:
        What was taken out; nothing when there was no such row.

    Raises:
        StoreError: When the commit did not get through; nothing has changed then.
    """

    def attempt(again: bool) -> Matching:
        del again
        table = tables.existing(CORPUS, source_id)
        if table is None:
            return Matching(source=source_id)
        present = listing(table)
        found = list(_files(tables, present.entries, column, value))
        if not found:
            return Matching(source=source_id)
        rest = [described for file in found for described in _without(tables, source_id, file, column, value)]
        commit(
            table,
            add=[described for start, files in rest for described in iceberg_files(tables.files, table, files, start)],
            remove=[file.entry for file in found],
            present=present,
            properties=properties,
            keep=KEEP_SNAPSHOTS[CORPUS],
        )
        return _summed(source_id, found)

    with store_errors(f"taking out documents by {column}", source=source_id):
        return persist(attempt, "removal", source=source_id, slice=None)


def note_withdrawals(tables: Tables, rows: Iterable[Mapping[str, Any]], properties: Mapping[str, str]) -> int:
    """Add rows to ``ledger.withdrawals``, those excepted whose ``withdrawal_id`` stands there already. Gives how many.

    Raises:
        ValueError: When a row has a column that the table has not.
        StoreError: When the commit did not get through.
    """
    wanted = list(rows)
    unknown = {name for row in wanted for name in row} - set(WITHDRAWALS.names)
    if unknown:
        raise ValueError(f"ledger.withdrawals has no column {sorted(unknown)}")

    def attempt(again: bool) -> int:
        del again
        table = tables.withdrawals()
        noted = _noted(table)
        new = [row for row in wanted if str(row["withdrawal_id"]) not in noted]
        if not new:
            return 0
        content = pa.Table.from_arrays(
            [pa.array([row.get(field.name) for row in new], field.type) for field in WITHDRAWALS], schema=WITHDRAWALS
        )
        file = write_data_file(tables, table, content)
        commit(
            table,
            add=iceberg_files(tables.files, table, [file]),
            present=listing(table, newest=True),
            properties=properties,
            keep=KEEP_SNAPSHOTS[LEDGER],
        )
        return len(new)

    with store_errors("noting withdrawals"):
        return persist(attempt, "commit to ledger.withdrawals", source="*", slice=None)


def _noted(table: Any) -> set[str]:
    """The ids of all withdrawals that stand there."""
    if table.current_snapshot() is None:
        return set()
    return set(table.scan(selected_fields=("withdrawal_id",)).to_arrow().column(0).to_pylist())


def _files(
    tables: Tables, entries: Iterable[ManifestEntry], column: str, value: str | Collection[str]
) -> Iterator[_File]:
    for entry in entries:
        data = entry.data_file
        file = DataFile(path=data.file_path, rows=data.record_count, bytes=data.file_size_in_bytes)
        start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=data.partition[0])
        hit = _File(entry, file, start, 0, 0, [])
        for batch in columns_of(tables, file, [column, "id", "n_tokens"]):
            rows = batch.filter(_has(batch.column(column), value))
            hit.matches += rows.num_rows
            hit.tokens += pc.sum(rows.column("n_tokens")).as_py() or 0
            hit.samples.extend(rows.column("id").to_pylist()[: SAMPLES - len(hit.samples)])
        if hit.matches:
            yield hit


def _without(
    tables: Tables, source_id: str, hit: _File, column: str, value: str | Collection[str]
) -> Iterator[tuple[datetime, list[DataFile]]]:
    """The file's other rows, written anew."""
    if hit.matches == hit.file.rows:
        return
    slice = Slice(start=hit.slice_start, end=hit.slice_start + timedelta(seconds=1))  # only its start names the folder
    writer = DataFileWriter.for_corpus(tables, source_id, slice)
    for rows in rows_of(tables, hit.file):
        lost = set(rows.schema.names) - set(CORPUS_SCHEMA.names)
        if lost:
            raise StoreError(f"{hit.file.path} was written by newer code: columns {sorted(lost)}", remedy="update it")
        # A row without a value is not meant.
        stays = pc.invert(_has(rows.column(column), value))
        # The file may be older than some of the columns.
        for batch in with_columns(pa.Table.from_batches([rows.filter(stays)]), CORPUS_SCHEMA).to_batches():
            writer.add(batch)
    yield hit.slice_start, writer.finish()


def _has(column: pa.Array, value: str | Collection[str]) -> pa.Array:
    """Of each row whether it has the value, or one of them; a null is none."""
    values = [value] if isinstance(value, str) else list(value)
    return pc.is_in(column, value_set=pa.array(values, pa.string()), skip_nulls=True)


def _summed(source_id: str, files: list[_File]) -> Matching:
    return Matching(
        source=source_id,
        documents=sum(file.matches for file in files),
        tokens=sum(file.tokens for file in files),
        slices=tuple(sorted({file.slice_start for file in files})),
        samples=tuple(sorted(name for file in files for name in file.samples)[:SAMPLES]),
    )


__all__ = ["Matching", "matching", "note_withdrawals", "remove"]
