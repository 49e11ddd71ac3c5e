"""Makes a slice visible: ledger first, then the corpus, then the row in ``ledger.slices``; each one atomic commit.

A publication takes its place in line with its ledger commit: the ledger's sequence number is its *order*. Of several
publications of one slice (a re-run, two processes at once, a crashed one that is tried again) the one with the largest
order is what readers end up with, wholly. Each step looks whether it is already done before doing it, by the names of
the data files, which are unique; so a publication that died anywhere can be repeated and takes effect exactly once. One
that finds a later publication in the ledger leaves the corpus to that one.

Why nothing can go wrong between looking and committing: the corpus is loaded *before* we get in line, or, at another
try, before the ledger is looked at. A later publication has not committed its corpus by then; if it does so before us,
our commit conflicts and we look again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyiceberg.expressions import And

from rightful.errors import AuditError, StoreError
from rightful.model import DataFile, Slice, Struct
from rightful.store import schemas
from rightful.store.commit import commit, persist
from rightful.store.files import entries_of, equal, iceberg_files, listing, only_value
from rightful.store.read import table_of
from rightful.store.s3 import split, store_errors
from rightful.store.tables import CORPUS, KEEP_SNAPSHOTS, LEDGER, Tables
from rightful.store.write import write_data_file

if TYPE_CHECKING:
    from pyiceberg.manifest import DataFile as IcebergFile
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot

KEY = "rightful.publish-key"
SLICE = "rightful.slice"
RUN = "rightful.run-id"

SLICES_FILE_ROWS = 256
"""Rows of ``ledger.slices`` are put together into files of so many, or reading it would open a file per slice."""


class PublishResult(Struct, frozen=True, kw_only=True):
    """What came of it. ``snapshot_id`` is the corpus snapshot that holds the slice; None when the corpus has none.

    ``published`` is False when a later publication of the same slice has taken over; ``note`` then says so.
    """

    snapshot_id: int | None
    published: bool
    note: str = ""


class _Turn(Struct, frozen=True, kw_only=True):
    """This publication's place among those of its slice. ``fresh``: taken just now, so nothing of it exists yet."""

    order: int
    snapshot_id: int | None
    fresh: bool


def publish_slice(
    tables: Tables,
    source_id: str,
    slice: Slice,
    documents: Sequence[DataFile],
    ledger: Sequence[DataFile],
    slice_row: Mapping[str, Any],
    properties: Mapping[str, str],
    publish_key: str,
    replaces: int | None = None,
) -> PublishResult:
    """Replace what the tables say of one slice by ``documents`` and ``ledger``. Safe to repeat with the same key.

    Args:
        tables: The catalogue.
        source_id: Source of the slice.
        slice: The slice; documents have its start in column ``slice``.
        documents: Files for ``corpus.<source>``; none makes the slice empty.
        ledger: Files for ``ledger.<source>``. An earlier publication of the same run (``rightful.run-id``) is replaced
            there, those of other runs stay.
        slice_row: The row of ``ledger.slices``; key, order, snapshot and time are added.
        properties: Go into the snapshots.
        publish_key: Names this publication. Another one, also of the same run, has another.
        replaces: When this publication was made from an earlier one: what :func:`newest_order` said then. A later one
            than that is not replaced.

    Raises:
        StoreError: When a commit did not get through.
        AuditError: When a data file is gone or holds other rows than announced, or the slice was published since
            ``replaces``.
    """
    if slice_row.get("source") != source_id or slice_row.get("slice") != slice.start:
        raise ValueError(f"the row is of {slice_row.get('source')} {slice_row.get('slice')}, not {source_id} {slice}")
    step = _Steps(tables, source_id, slice, {**properties, SLICE: str(slice), KEY: publish_key}, publish_key)
    step.replaces = replaces
    with store_errors("publishing", source=source_id, slice=slice):
        corpus = tables.corpus(source_id)
        described = iceberg_files(tables.files, corpus, documents, slice.start)  # a bad file stops it before any commit
        turn = persist(lambda again: step.ledger(ledger), "ledger commit", source=source_id, slice=slice)
        result = persist(
            lambda again: step.corpus(described, turn, None if again or not turn.fresh else corpus),
            "corpus commit",
            source=source_id,
            slice=slice,
        )
        if result.published:
            persist(
                lambda again: step.record(slice_row, turn, result.snapshot_id, look=again or not turn.fresh),
                "commit to ledger.slices",
                source=source_id,
                slice=slice,
            )
    return result


class _Steps:
    """The three commits. Each looks first whether it is done already."""

    def __init__(
        self, tables: Tables, source_id: str, slice: Slice, properties: Mapping[str, str], publish_key: str
    ) -> None:
        self.tables, self.source_id, self.slice = tables, source_id, slice
        self.properties, self.publish_key = properties, publish_key
        self.replaces: int | None = None

    def ledger(self, files: Sequence[DataFile]) -> _Turn:
        """Append the rulings, and thereby get in line."""
        table = self.tables.ledger(self.source_id)
        known = self._by_key(table)
        if known is not None:
            return _Turn(order=known.sequence_number or 0, snapshot_id=known.snapshot_id, fresh=False)
        paths = {file.path for file in files}
        listed = listing(table, self.slice.start)
        present = listed.entries
        mine = [entry for entry in present if entry.data_file.file_path in paths]
        if mine:
            return _Turn(order=max(entry.sequence_number or 0 for entry in mine), snapshot_id=None, fresh=False)
        if self.replaces is not None and max(_orders(table, self.slice), default=0) > self.replaces:
            # Told from the state that is committed on: whoever comes in between makes the commit fail.
            raise AuditError(
                "another run has published the slice, or is about to",
                source=self.source_id,
                slice=self.slice,
                remedy="rule on the slice again, from what is published then",
            )
        run = self.properties.get(RUN)
        superseded = [
            entry for entry in present if run is not None and only_value(table, entry.data_file, "run_id") == run
        ]
        snapshot = commit(
            table,
            add=iceberg_files(self.tables.files, table, files, self.slice.start),
            remove=superseded,
            present=listed,
            properties=self.properties,
            keep=KEEP_SNAPSHOTS[LEDGER],
        )
        return _Turn(order=snapshot.sequence_number or 0, snapshot_id=snapshot.snapshot_id, fresh=True)

    def corpus(self, files: Sequence[IcebergFile], turn: _Turn, loaded: Table | None) -> PublishResult:
        """Put the documents in the place of the slice's present ones, unless a later publication has come.

        ``loaded`` is the table as it was before this publication got in line, when this is the first try.
        """
        if loaded is not None:
            table = loaded
        else:
            table = self.tables.corpus(self.source_id)  # before the ledger is looked at, see above
            if self._overtaken(turn):
                note = "a later run has published this slice; its result stands"
                return PublishResult(snapshot_id=None, published=False, note=note)
            known = self._by_key(table)
            if known is not None:
                return PublishResult(snapshot_id=known.snapshot_id, published=True, note="was published before")
        listed = listing(table, self.slice.start)
        present = listed.entries
        if {entry.data_file.file_path for entry in present} == {file.file_path for file in files}:
            current = table.current_snapshot()
            note = "was published before" if files else "the slice is empty"
            return PublishResult(snapshot_id=current.snapshot_id if current else None, published=True, note=note)
        snapshot = commit(
            table,
            add=files,
            remove=present,
            present=listed,
            properties=self.properties,
            keep=KEEP_SNAPSHOTS[CORPUS],
        )
        return PublishResult(snapshot_id=snapshot.snapshot_id, published=True)

    def record(self, row: Mapping[str, Any], turn: _Turn, snapshot_id: int | None, *, look: bool) -> None:
        """Add the slice's row, together with the rows of the last file when that is small."""
        from pyiceberg.exceptions import CommitFailedException

        table = self.tables.slices()
        if look and self._recorded(table):
            return
        new = slice_rows(
            {
                **row,
                "publish_key": self.publish_key,
                "publish_order": turn.order,
                "snapshot_id": snapshot_id,
                "published_at": datetime.now(UTC),
            }
        )
        listed = listing(table, newest=True)
        small = [entry for entry in listed.entries if entry.data_file.record_count < SLICES_FILE_ROWS]
        if small:
            earlier = [
                table_of(self.tables, DataFile(path=file.file_path, rows=file.record_count, bytes=0))
                for file in (entry.data_file for entry in small)
            ]
            new = pa.concat_tables([*(_as_rows(rows) for rows in earlier), new])
        file = write_data_file(self.tables, table, new)
        try:
            commit(
                table,
                add=iceberg_files(self.tables.files, table, [file]),
                remove=small,
                present=listed,
                properties=self.properties,
                keep=KEEP_SNAPSHOTS[LEDGER],
            )
        except CommitFailedException:
            bucket, key = split(file.path)
            self.tables.files.delete_file(f"{bucket}/{key}")  # surely not referenced: the commit was refused
            raise

    def _by_key(self, table: Table) -> Snapshot | None:
        """The snapshot that this publication has left in a table, while it is kept."""
        return next(
            (s for s in table.snapshots() if s.summary is not None and s.summary.get(KEY) == self.publish_key), None
        )

    def _overtaken(self, turn: _Turn) -> bool:
        table = self.tables.ledger(self.source_id)
        current = table.current_snapshot()
        if current is None:
            raise StoreError("the ledger has lost its snapshots", source=self.source_id, remedy="look at the catalogue")
        if current.snapshot_id == turn.snapshot_id:
            return False
        return any(order > turn.order for order in _orders(table, self.slice))

    def _recorded(self, table: Table) -> bool:
        mine = And(equal("source", self.source_id), equal("slice", self.slice.start.isoformat()))
        found = table.scan(row_filter=And(mine, equal("publish_key", self.publish_key)), selected_fields=("run_id",))
        return bool(found.to_arrow().num_rows)


def newest_order(tables: Tables, source_id: str, slice: Slice) -> tuple[int, datetime | None]:
    """The largest order of a slice's publications, also of one that is not finished or never was, and when it took its
    place (None when that is long ago). 0 when there is none."""
    table = tables.existing(LEDGER, source_id)
    if table is None:
        return 0, None
    with store_errors("reading the ledger", source=source_id, slice=slice):
        order = max(_orders(table, slice), default=0)
    taken = next((s.timestamp_ms for s in table.snapshots() if s.sequence_number == order), None)
    return order, datetime.fromtimestamp(taken / 1000, UTC) if taken is not None else None


def _orders(table: Table, slice: Slice) -> list[int]:
    """Orders of a slice's publications, as the ledger knows them."""
    # A publication without any record has left a snapshot only, no file.
    orders = [entry.sequence_number or 0 for entry in entries_of(table, slice.start)]
    return orders + [
        snapshot.sequence_number or 0
        for snapshot in table.snapshots()
        if snapshot.summary is not None and snapshot.summary.get(SLICE) == str(slice)
    ]


def slice_rows(row: Mapping[str, Any]) -> pa.Table:
    """One row of schema ``SLICES``; columns that are not given are null.

    Raises:
        ValueError: When the row has a column that the table has not.
    """
    unknown = set(row) - set(schemas.SLICES.names)
    if unknown:
        raise ValueError(f"ledger.slices has no column {sorted(unknown)}")
    columns = []
    for field in schemas.SLICES:
        value = row.get(field.name)
        if isinstance(value, Mapping):
            value = sorted(value.items())
        columns.append(pa.array([value], field.type))
    return pa.Table.from_arrays(columns, schema=schemas.SLICES)


def _as_rows(rows: pa.Table) -> pa.Table:
    """Rows of an older or newer file in the present columns."""
    lost = set(rows.column_names) - set(schemas.SLICES.names)
    if lost:
        raise StoreError(f"ledger.slices was written by newer code: columns {sorted(lost)}", remedy="update the code")
    columns = [
        rows.column(field.name).cast(field.type) if field.name in rows.column_names else pa.nulls(len(rows), field.type)
        for field in schemas.SLICES
    ]
    return pa.Table.from_arrays(columns, schema=schemas.SLICES)


__all__ = ["PublishResult", "newest_order", "publish_slice", "slice_rows"]
