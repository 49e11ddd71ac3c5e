"""What a table knows of its data files: listing them by slice, and describing new ones from their own statistics."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pyarrow import parquet
from pyarrow.fs import FileSystem
from pyiceberg.conversions import from_bytes, to_bytes
from pyiceberg.expressions import BooleanExpression, EqualTo
from pyiceberg.manifest import DataFile as IcebergFile
from pyiceberg.manifest import DataFileContent, FileFormat, ManifestEntry, ManifestFile
from pyiceberg.table import Table
from pyiceberg.typedef import Record
from pyiceberg.types import PrimitiveType, StringType

from rightful.errors import AuditError
from rightful.model import DataFile
from rightful.store.manifests import may_mention
from rightful.store.s3 import split

BOUNDED = ("slice", "source", "run_id", "publish_key", "publish_order", "language", "license_expression", "outcome")
"""Columns whose least and greatest value are noted for each data file. Bounds of all ninety would make manifests large,
and these are the ones that planning a read can use."""

_WHOLE = ("slice", "run_id")
"""Columns whose bounds speak for every row; a row without a value must not pass unseen."""

_READERS = 8


@dataclass(frozen=True)
class Listing:
    """Live data files of a table as it was loaded: ``read`` by manifest, ``other`` manifests were of no interest."""

    read: list[tuple[ManifestFile, list[ManifestEntry]]]
    other: list[ManifestFile]
    wanted: int | None

    @property
    def entries(self) -> list[ManifestEntry]:
        """The files asked for, with their sequence numbers."""
        return [
            entry
            for _, entries in self.read
            for entry in entries
            if self.wanted is None or entry.data_file.partition[0] == self.wanted
        ]


def listing(table: Table, slice_start: datetime | None = None, *, newest: bool = False) -> Listing:
    """Live data files of one slice, or of all; opens only manifests that may name such.

    ``newest`` lists the manifest that was written last, whose files are the last ones added or merged.
    """
    found = Listing([], [], _micros(slice_start) if slice_start is not None else None)
    snapshot = table.current_snapshot()
    if snapshot is None:
        return found
    # What has neither added nor kept files only tells what an earlier snapshot took out.
    live = [m for m in snapshot.manifests(table.io) if m.has_added_files() or m.has_existing_files()]
    wanted = found.wanted
    if wanted is None:
        last = max((manifest.sequence_number for manifest in live), default=0)
        for manifest in live:
            if newest and manifest.sequence_number < last:
                found.other.append(manifest)
            else:
                found.read.append((manifest, manifest.fetch_manifest_entry(table.io)))
        return found
    candidates = [manifest for manifest in live if _may_name(manifest, wanted)]

    def mentions(manifest: ManifestFile) -> bool:
        with table.io.new_input(manifest.manifest_path).open() as stream:
            return may_mention(stream.read(), wanted)

    with ThreadPoolExecutor(_READERS) as pool:
        hits = {m.manifest_path for m, hit in zip(candidates, pool.map(mentions, candidates), strict=True) if hit}
    for manifest in live:
        if manifest.manifest_path in hits:
            found.read.append((manifest, manifest.fetch_manifest_entry(table.io)))
        else:
            found.other.append(manifest)
    return found


def _may_name(manifest: ManifestFile, wanted: int) -> bool:
    """Whether a manifest's range of slices takes one in. No range known means it may."""
    (slices,) = manifest.partitions or (None,)
    if slices is None or slices.lower_bound is None or slices.upper_bound is None:
        return True
    least, greatest = (
        int.from_bytes(bound, "little", signed=True) for bound in (slices.lower_bound, slices.upper_bound)
    )
    return least <= wanted <= greatest


def entries_of(table: Table, slice_start: datetime | None = None) -> list[ManifestEntry]:
    """Live data files of one slice, or of all."""
    return listing(table, slice_start).entries


def equal(column: str, value: str) -> BooleanExpression:
    """``column = value``; moments as ISO 8601."""
    make: Any = EqualTo  # mypy's view of its constructor differs between a first and a later run
    made: BooleanExpression = make(column, value)
    return made


def iceberg_files(
    files: FileSystem, table: Table, written: Sequence[DataFile], slice_start: datetime | None = None
) -> list[IcebergFile]:
    """What the table notes about each data file, read from the files' ends.

    Raises:
        AuditError: When a file is gone, holds other rows than announced, or rows of another slice.
    """
    if not written:
        return []
    spec = table.spec()
    noted = {
        field.name: (field.field_id, field.field_type)
        for field in table.schema().fields
        if field.name in BOUNDED and isinstance(field.field_type, PrimitiveType)
    }
    wanted = _micros(slice_start) if slice_start is not None else None

    def describe(file: DataFile) -> IcebergFile:
        try:
            with files.open_input_file("/".join(split(file.path))) as stream:
                metadata, size = parquet.read_metadata(stream), stream.size()
        except FileNotFoundError as error:
            raise AuditError(f"{file.path} is gone", slice=slice_start, remedy="clear the run") from error
        bounds = _bounds(metadata)
        slices = [_micros(moment) for moment in bounds.get("slice", ())]
        if metadata.num_rows != file.rows or (wanted is not None and slices != [wanted, wanted]):
            raise AuditError(
                f"{file.path} holds {metadata.num_rows} rows of slices {bounds.get('slice')}; "
                f"{file.rows} rows were announced",
                slice=slice_start,
                remedy="clear the run",
            )
        lower, upper = (
            {
                noted[name][0]: to_bytes(noted[name][1], _plain(pair[end]))
                for name, pair in bounds.items()
                if name in noted
            }
            for end in (0, 1)
        )
        return IcebergFile.from_args(
            content=DataFileContent.DATA,
            file_path=file.path,
            file_format=FileFormat.PARQUET,
            partition=Record(wanted) if spec.fields else Record(),
            record_count=metadata.num_rows,
            file_size_in_bytes=size,
            lower_bounds=lower,
            upper_bounds=upper,
            spec_id=spec.spec_id,
        )

    with ThreadPoolExecutor(min(_READERS, len(written))) as pool:
        return list(pool.map(describe, written))


def _bounds(metadata: parquet.FileMetaData) -> dict[str, tuple[Any, Any]]:
    """Least and greatest value of the noted columns, of those that have them in every row group."""
    bounds: dict[str, tuple[Any, Any]] = {}
    if not metadata.num_row_groups:
        return bounds
    first = metadata.row_group(0)
    places = {first.column(place).path_in_schema: place for place in range(metadata.num_columns)}
    for name in BOUNDED:
        if name not in places:
            continue
        chunks = [metadata.row_group(group).column(places[name]) for group in range(metadata.num_row_groups)]
        known = [chunk.statistics for chunk in chunks if chunk.is_stats_set and chunk.statistics.has_min_max]
        whole = name not in _WHOLE or all(chunk.null_count == 0 for chunk in known)
        if len(known) == len(chunks) and whole:
            bounds[name] = (min(chunk.min for chunk in known), max(chunk.max for chunk in known))
    return bounds


def _plain(value: Any) -> Any:
    """As Iceberg writes it: moments in microseconds."""
    return _micros(value) if isinstance(value, datetime) else value


def only_value(table: Table, file: IcebergFile, column: str) -> str | None:
    """The one value that a text column has in all rows of a file; None when there are several, or it isn't known."""
    field_id = table.schema().find_field(column).field_id
    least, greatest = (file.lower_bounds or {}).get(field_id), (file.upper_bounds or {}).get(field_id)
    return str(from_bytes(StringType(), least)) if least is not None and least == greatest else None


def _micros(moment: datetime) -> int:
    delta = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


__all__ = ["Listing", "entries_of", "equal", "iceberg_files", "listing", "only_value"]
