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
from typing import TypeVar

from pyiceberg.exceptions import (
    BadRequestError,
    CommitFailedException,
    ForbiddenError,
    OAuthError,
    RESTError,
    UnauthorizedError,
)
from pyiceberg.manifest import DataFile as IcebergFile
from pyiceberg.manifest import ManifestEntry, ManifestEntryStatus, ManifestFile
from pyiceberg.table import Table, Transaction
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.snapshots import Operation, Snapshot
from pyiceberg.table.update import RemoveSnapshotsUpdate
from pyiceberg.table.update.snapshot import _MergeAppendFiles

from rightful.errors import StoreError
from rightful.store.files import Listing

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 60.0
"""How long a commit is tried again when others commit to the same table, or the catalogue can't be reached."""

_HOPELESS = (BadRequestError, UnauthorizedError, ForbiddenError, OAuthError)

_LONGEST_WAIT = 2.0

Done = TypeVar("Done")


class _Transaction(Transaction):
    """Shows the table's metadata as they were loaded.

    PyIceberg applies what is staged and copies everything at every look. One snapshot and one expiry, as they are
    staged here, don't look at each other.
    """

    @property
    def table_metadata(self) -> TableMetadata:
        return self._table.metadata


class _Append(_MergeAppendFiles):
    """Puts files in; now and then merges manifests, so that their number stays small."""

    def __init__(self, table: Table, transaction: Transaction, properties: Mapping[str, str]) -> None:
        super().__init__(Operation.APPEND, transaction, table.io, snapshot_properties=dict(properties))


class _Replace(_Append):
    """Takes files out as well, without reading again the manifests that named them."""

    def __init__(
        self, table: Table, transaction: Transaction, properties: Mapping[str, str], present: Listing, gone: set[str]
    ) -> None:
        super().__init__(table, transaction, properties)
        self._operation = Operation.OVERWRITE
        self._present, self._gone = present, gone
        for entry in present.entries:
            if entry.data_file.file_path in gone:
                self.delete_data_file(entry.data_file)

    def _deleted_entries(self) -> list[ManifestEntry]:
        return [
            _with_status(entry, ManifestEntryStatus.DELETED, self._snapshot_id)
            for entry in self._present.entries
            if entry.data_file.file_path in self._gone
        ]

    def _existing_manifests(self) -> list[ManifestFile]:
        kept = list(self._present.other)
        for manifest, entries in self._present.read:
            staying = [entry for entry in entries if entry.data_file.file_path not in self._gone]
            if len(staying) == len(entries):
                kept.append(manifest)
            elif staying:
                with self.new_manifest_writer(self.spec(manifest.partition_spec_id)) as writer:
                    for entry in staying:
                        writer.add_entry(_with_status(entry, ManifestEntryStatus.EXISTING, entry.snapshot_id))
                kept.append(writer.to_manifest_file())
        return kept


def commit(
    table: Table,
    *,
    add: Sequence[IcebergFile] = (),
    remove: Sequence[ManifestEntry] = (),
    present: Listing,
    properties: Mapping[str, str],
    keep: int,
) -> Snapshot:
    """Commit once, on the state that ``table`` was loaded with. Keeps the newest ``keep`` snapshots and tagged ones.

    Args:
        table: As loaded; shows the new state afterwards.
        add: Files to put in.
        remove: Entries of ``present`` to take out.
        present: What :func:`listing` found in ``table``.
        properties: Of the snapshot.
        keep: How many snapshots to keep, this one included.

    Raises:
        CommitFailedException: When somebody else committed since ``table`` was loaded; nothing has changed.
    """
    with _Transaction(table) as transaction:
        gone = {entry.data_file.file_path for entry in remove}
        producer = (
            _Replace(table, transaction, properties, present, gone) if gone else _Append(table, transaction, properties)
        )
        for file in add:
            producer.append_data_file(file)
        old = expired(table.metadata, keep - 1)
        producer.commit()
        if old:
            transaction._stage((RemoveSnapshotsUpdate.model_validate({"snapshot-ids": old}),))
    snapshot = table.metadata.snapshot_by_id(producer.snapshot_id)
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
        except _HOPELESS:
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


def _with_status(entry: ManifestEntry, status: ManifestEntryStatus, snapshot_id: int | None) -> ManifestEntry:
    return ManifestEntry.from_args(
        status=status,
        snapshot_id=snapshot_id,
        sequence_number=entry.sequence_number,
        file_sequence_number=entry.file_sequence_number,
        data_file=entry.data_file,
    )


__all__ = ["commit", "expired", "persist"]
