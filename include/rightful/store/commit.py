"""One Iceberg commit: data files in, data files out, old snapshots gone, all in one snapshot that appears at once.

PyIceberg offers deleting and adding files as two snapshots; between them a slice would be missing for a time traveller.
This module puts them into one, and spares PyIceberg's copies of the table metadata, which make a commit slow. It uses
inner classes of PyIceberg, whose version is pinned for that; nothing else here does.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TypeVar

from pyiceberg.conversions import from_bytes
from pyiceberg.exceptions import CommitFailedException, RESTError, UnauthorizedError
from pyiceberg.expressions import AlwaysTrue, BooleanExpression, EqualTo
from pyiceberg.expressions.visitors import inclusive_projection, manifest_evaluator
from pyiceberg.io.pyarrow import parquet_file_to_data_file
from pyiceberg.manifest import DataFile as IcebergFile
from pyiceberg.manifest import ManifestEntry, ManifestFile
from pyiceberg.table import Table, Transaction
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.snapshots import Operation, Snapshot
from pyiceberg.table.update import RemoveSnapshotsUpdate, TableUpdate
from pyiceberg.table.update.snapshot import _MergeAppendFiles, _OverwriteFiles
from pyiceberg.types import StringType

from rightful.errors import StoreError
from rightful.model import DataFile

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 120.0
"""How long a commit is tried again when others commit to the same table, or the catalogue can't be reached."""

_LONGEST_WAIT = 2.0
_READERS = 8

Done = TypeVar("Done")


class _Transaction(Transaction):
    """Applies each staged update once, where PyIceberg applies and copies everything at every look at the metadata."""

    _seen: tuple[TableUpdate, ...] | None = None
    _applied: TableMetadata | None = None

    @property
    def table_metadata(self) -> TableMetadata:
        if not self._updates:
            return self._table.metadata
        if self._seen is not self._updates or self._applied is None:
            self._applied, self._seen = super().table_metadata, self._updates
        return self._applied


class _Replace(_OverwriteFiles):
    """Takes files out and puts others in. Unlike its base it drops manifests that list nothing any more, and merges."""

    def _existing_manifests(self) -> list[ManifestFile]:
        return [m for m in super()._existing_manifests() if m.has_added_files() or m.has_existing_files()]

    def _process_manifests(self, manifests: list[ManifestFile]) -> list[ManifestFile]:
        merger = _MergeAppendFiles(
            operation=Operation.OVERWRITE, transaction=self._transaction, io=self._io, branch=self._target_branch
        )
        merger._snapshot_id = self._snapshot_id  # entries of this snapshot stay "added" and "deleted" in a merger
        merger.commit_uuid = self.commit_uuid
        merger._manifest_num_counter = self._manifest_num_counter
        merger._written_manifests = self._written_manifests
        return merger._process_manifests(manifests)


def commit(
    table: Table,
    *,
    add: Sequence[IcebergFile] = (),
    remove: Sequence[IcebergFile] = (),
    properties: Mapping[str, str],
    keep: int,
) -> Snapshot:
    """Commit once, on the state that ``table`` was loaded with. Keeps the newest ``keep`` snapshots and tagged ones.

    Raises:
        CommitFailedException: When somebody else committed since then; nothing has changed.
    """
    with _Transaction(table) as transaction:
        kind, operation = (_Replace, Operation.OVERWRITE) if remove else (_MergeAppendFiles, Operation.APPEND)
        producer = kind(operation=operation, transaction=transaction, io=table.io, snapshot_properties=dict(properties))
        for file in remove:
            producer.delete_data_file(file)
        for file in add:
            producer.append_data_file(file)
        snapshot_id = producer.snapshot_id
        old = expired(table.metadata, keep - 1)
        producer.commit()
        if old:
            transaction._stage((RemoveSnapshotsUpdate.model_validate({"snapshot-ids": old}),))
    snapshot = table.metadata.snapshot_by_id(snapshot_id)
    if snapshot is None:
        name = ".".join(table.name())
        raise StoreError(f"{name}: the catalogue took a commit and doesn't show it", remedy="try again")
    return snapshot


def expired(metadata: TableMetadata, keep: int) -> list[int]:
    """Snapshots that may go: all but the newest ``keep`` and those that a branch or a tag names."""
    named = {reference.snapshot_id for reference in metadata.refs.values()}
    oldest_first = sorted(metadata.snapshots, key=lambda snapshot: snapshot.sequence_number or 0)
    surplus = oldest_first[: max(len(oldest_first) - keep, 0)]
    return [snapshot.snapshot_id for snapshot in surplus if snapshot.snapshot_id not in named]


def persist(attempt: Callable[[bool], Done], what: str, *, source: str, slice: object) -> Done:
    """Call ``attempt(again)`` until it gets through: it must look at the present state first, then commit.

    A commit whose fate is unknown (the connection broke) is tried again as well: that the attempt looks first makes it
    safe. ``again`` is False at the first call only.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    tries = 0
    while True:
        try:
            return attempt(tries > 0)
        except UnauthorizedError:
            raise
        except (CommitFailedException, RESTError, OSError, StoreError) as error:
            tries += 1
            if time.monotonic() > deadline:
                raise StoreError(
                    f"{what}: gave up after {tries} tries: {type(error).__name__}: {error}",
                    source=source,
                    slice=slice,
                    remedy="try again; nothing is lost or doubled",
                ) from error
            conflict = isinstance(error, CommitFailedException)
            log.log(logging.DEBUG if conflict else logging.WARNING, "%s: try %d failed: %s", what, tries, error)
            time.sleep(random.uniform(0.1, 1.0) * min(_LONGEST_WAIT, 0.02 * 2 ** min(tries, 8)))  # noqa: S311


def entries_of(table: Table, slice_start: datetime | None = None) -> list[ManifestEntry]:
    """Live data files as the table was loaded, with their sequence numbers; of one slice, or of all."""
    snapshot = table.current_snapshot()
    if snapshot is None:
        return []
    wanted = _micros(slice_start) if slice_start is not None else None
    predicate = equal("slice", slice_start.isoformat()) if slice_start is not None else AlwaysTrue()
    schema, specs = table.schema(), table.specs()
    found = []
    for manifest in snapshot.manifests(table.io):
        spec = specs[manifest.partition_spec_id]
        if wanted is not None:
            partition = inclusive_projection(schema, spec)(predicate)
            if not manifest_evaluator(spec, schema, partition)(manifest):
                continue
        found += [
            entry
            for entry in manifest.fetch_manifest_entry(table.io)
            if wanted is None or entry.data_file.partition[0] == wanted
        ]
    return found


def equal(column: str, value: str) -> BooleanExpression:
    """``column = value``; moments as ISO 8601."""
    return EqualTo(column, value)  # type: ignore[call-arg, arg-type]


def iceberg_files(table: Table, files: Sequence[DataFile]) -> list[IcebergFile]:
    """What the table notes about each file, read from the files' ends."""
    if not files:
        return []
    with ThreadPoolExecutor(min(_READERS, len(files))) as pool:
        return list(pool.map(lambda file: parquet_file_to_data_file(table.io, table.metadata, file.path), files))


def only_value(table: Table, file: IcebergFile, column: str) -> str | None:
    """The one value that a text column has in all rows of a file; None when there are several, or it isn't known."""
    field_id = table.schema().find_field(column).field_id
    least, greatest = (file.lower_bounds or {}).get(field_id), (file.upper_bounds or {}).get(field_id)
    return str(from_bytes(StringType(), least)) if least is not None and least == greatest else None


def _micros(moment: datetime) -> int:
    delta = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


__all__ = ["commit", "entries_of", "equal", "expired", "iceberg_files", "only_value", "persist"]
