"""Kind ``bucket``: a licensor's deliveries. What describes a work is ruled on first, the work itself read only then."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import msgspec

from rightful.catalogue.models import Source
from rightful.connectors.base import Known, Sighting
from rightful.connectors.bucket.deliveries import METADATA, OTHER_FORMATS, WORKS, Work, plan_shards, read_limited
from rightful.connectors.bucket.onix import read_onix
from rightful.connectors.dump.formats import FORMATS, Unreadable
from rightful.connectors.file_text import body_of
from rightful.connectors.files.objects import Objects
from rightful.connectors.linked import framed
from rightful.connectors.paths import one
from rightful.connectors.record import RecordReader
from rightful.errors import BlockedAddress, ConfigurationError, Malformed, Refused, RightfulError, TooLarge
from rightful.model import JSON, FailedRecord, Media, OptOut, Page, Record, Shard, Slice

log = logging.getLogger(__name__)

PAGE_RECORDS = 50
"""Works of a step: each may be a book of some megabytes."""
MOST_METADATA_BYTES = 256 * 2**20
"""What the descriptions of one shard's works may take together."""

_TYPES = {
    "epub": "application/epub+zip",
    "pdf": "application/pdf",
    "xml": "application/jats+xml",
    "html": "text/html",
    "htm": "text/html",
    "xhtml": "application/xhtml+xml",
    "txt": "text/plain",
}
"""Media type by the ending of a work's name."""


class BucketConnector:
    """Reads one source of kind ``bucket``.

    Args:
        source: The catalogue entry.
        objects: What lists and opens its files; closed with the connector.
    """

    asks_pages = False

    def __init__(self, source: Source, *, objects: Objects) -> None:
        self.source, self.objects, self._spec = source, objects, source.bucket
        self.reader = RecordReader(source)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.objects.close()

    def plan(self, slice: Slice) -> list[Shard]:
        """See :class:`~rightful.connectors.base.Connector`."""
        return plan_shards(self.source, slice, self.objects)

    def fetch(self, shard: Shard, cursor: dict[str, JSON] | None = None) -> Iterator[Page]:
        """The pages of ``shard``. The cursor tells how many works are done; the descriptions are read anew."""
        works = [Work(**told) for told in shard.params.get(WORKS) or []]
        taken = int(cursor["taken"]) if cursor else 0
        try:
            described = _Described(self, shard.params.get(METADATA) or [])
            start: list[Record | FailedRecord] = []
            if shard.params.get("first") and not taken:
                start = described.read(works)
            else:
                described.read(works)
            for first in range(taken, max(len(works), 1), PAGE_RECORDS):
                group = works[first : first + PAGE_RECORDS]
                after = first + len(group)
                records = [*start, *(self._record(work, described) for work in group)]
                start = []
                others = int(shard.params.get(OTHER_FORMATS) or 0) if first == 0 else 0
                yield Page(
                    records=tuple(records),
                    cursor={"taken": after} if after < len(works) else None,
                    requests=len(group),
                    passed_over={OTHER_FORMATS: others} if others else {},
                )
        except RightfulError as error:
            error.slice = error.slice or shard.slice
            raise

    def _record(self, work: Work, described: _Described) -> Record | FailedRecord:
        now = datetime.now(UTC)
        if work.missing:
            what = f"{work.file}: its manifest names it, but it is not there"
            return self.failed(work.id, work.file, "fetch_failed", what)
        if work.id in described.contradicted:
            what = f"{work.file}: the slice's deliveries describe {work.id} twice, and not alike: which one holds?"
            return self.failed(work.id, work.file, "malformed", what)
        raw = described.of(work)
        if raw is None:
            what = f"{work.file}: nothing in the delivery describes {work.id}"
            return self.failed(work.id, work.file, "malformed", what)
        record = self.reader.read(raw, asked=self.address(work.file), place=work.file, fetched_at=now)
        if isinstance(record, FailedRecord):
            return record
        media_type = _TYPES.get(work.file.rpartition(".")[2].lower(), "")
        optouts = (*record.optouts, *_mining(raw, now))
        linked = Media(url=self.address(work.file), media_type=media_type)
        deleted = _is_deleted(raw)
        return msgspec.structs.replace(record, body=None, optouts=optouts, linked=linked, deleted=deleted)

    def complete_text(self, record: Record) -> Record | FailedRecord:
        """See :class:`~rightful.connectors.base.LinkingConnector`."""
        assert record.linked is not None
        address = record.linked.url
        file = address.removeprefix(self._base)
        try:
            data = read_limited(self.objects, file, self.source.limits.response_bytes)
            told = msgspec.json.decode(record.raw).get("sha256")
            if told is not None and hashlib.sha256(data).hexdigest() != told:
                raise Malformed(f"{file}: its check sum is not that of its manifest")
            media_type = record.linked.media_type or ""
            body, read_as = body_of(data, media_type)
        except TooLarge as error:
            return self.failed(record.native_id, file, "too_large", error.what, record.raw)
        except Malformed as error:
            return self.failed(record.native_id, file, "malformed", f"{file}: {error.what}", record.raw)
        except (BlockedAddress, Refused) as error:
            return self.failed(record.native_id, file, "fetch_failed", error.what, record.raw)
        raw = framed(record.raw, address, [("content-type", media_type)], data)
        return msgspec.structs.replace(record, raw=raw, body=body, media_type=read_as, linked=None)

    def look_up(self, known: Sequence[Known]) -> Iterator[list[Sighting]]:
        """What a contract gave is looked after by its term; a delivery is no service that could be asked."""
        raise ConfigurationError(
            "a delivery can't be asked again", source=self.source.id, remedy="the contract's term decides"
        )

    @property
    def _base(self) -> str:
        base = self._spec.base_url
        return base if base.endswith("/") else f"{base}/"

    def address(self, file: str) -> str:
        """Where a file of the source lies."""
        return f"{self._base}{file}"

    def failed(self, native_id: str, file: str, reason: str, detail: str, raw: bytes = b"") -> FailedRecord:
        """A row of the ledger for a work that can't be had."""
        return FailedRecord(
            native_id=native_id,
            url=self.address(file),
            reason=reason,
            detail=detail[:500],
            raw=raw,
            fetched_at=datetime.now(UTC),
        )


class _Described:
    """The descriptions of a shard's works, by the id that stands in the works' names."""

    def __init__(self, connector: BucketConnector, metadata: Sequence[Sequence[str | None]]) -> None:
        self._connector, self._files = connector, metadata
        self._found: dict[str, bytes] = {}
        self.contradicted: set[str] = set()
        """Ids that are described twice, and not alike."""

    def read(self, works: Sequence[Work]) -> list[Record | FailedRecord]:
        """Read all descriptions; what is wrong with one of them, and what they withdraw."""
        wanted = {work.id for work in works}
        told: list[Record | FailedRecord] = []
        size = 0
        for name, digest in self._files:
            assert name is not None
            for ids, raw in self._of_file(name, digest):
                if isinstance(raw, Unreadable):
                    place, what = f"{name}#{raw.number}", f"{name}: {raw.detail}"
                    told.append(self._connector.failed(place, name, raw.reason, what))
                    continue
                for one_id in ids:
                    if one_id in wanted:
                        size += len(raw)
                        if self._found.setdefault(one_id, raw) != raw:
                            self.contradicted.add(one_id)
                if size > MOST_METADATA_BYTES:
                    what = f"{name}: the descriptions of a shard's works take more than {MOST_METADATA_BYTES:,} bytes"
                    raise TooLarge(what, remedy="lower `fetch.shard_files`")
                if not wanted.intersection(ids) and _is_deleted(raw):
                    told.append(self._withdrawn(raw, name))
        return told

    def _withdrawn(self, raw: bytes, name: str) -> Record:
        """The licensor takes a work back whose file is not there (any more): its row says so."""
        value = msgspec.json.decode(raw)
        native_id = str(value.get("isbn") or value.get("reference") or name)
        return Record(
            native_id=native_id,
            version=hashlib.sha256(raw).hexdigest()[:16],
            url=self._connector.address(name),
            raw=raw,
            body=None,
            media_type="text/plain",
            claims=(),
            title=value.get("title"),
            fetched_at=datetime.now(UTC),
            deleted=True,
        )

    def of(self, work: Work) -> bytes | None:
        """The JSON of a work: its description, its file and its check sum."""
        spec = self._connector.source.bucket
        about = self._found.get(work.id)
        if about is None and spec.metadata is not None:
            return None
        value: dict[str, Any] = msgspec.json.decode(about) if about is not None else {}
        return msgspec.json.encode({**value, "id": work.id, "file": work.file, "sha256": work.sha256})

    def _of_file(self, name: str, digest: str | None) -> Iterator[tuple[tuple[str, ...], bytes | Unreadable]]:
        source, objects = self._connector.source, self._connector.objects
        spec = source.bucket.metadata
        assert spec is not None
        if digest is not None and _digest(objects, name) != digest:
            raise Malformed(f"{name}: its check sum is not that of its manifest", source=source.id)
        with objects.open_object(name, magic=None) as stream:
            if spec.format == "onix":
                yield from read_onix(stream, name)
                return
            path = one(source.recorded.fields.id)
            for raw in FORMATS[spec.format](stream, name, source.limits.record_bytes):
                if isinstance(raw, Unreadable):
                    yield (), raw
                    continue
                try:
                    found = path(msgspec.json.decode(raw))
                except msgspec.DecodeError as error:
                    yield (), Unreadable(0, "malformed", f"a line is no JSON ({error})")
                    continue
                yield (str(found),), raw


def _digest(objects: Objects, name: str) -> str:
    digest = hashlib.sha256()
    with objects.open_object(name, magic=None) as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _is_deleted(raw: bytes) -> bool:
    """Whether a description says that its work was taken back, however it is written."""
    told = msgspec.json.decode(raw) if b'"deleted"' in raw else None
    return isinstance(told, dict) and told.get("deleted") is True


def _mining(raw: bytes, seen: datetime) -> tuple[OptOut, ...]:
    """A publisher's word in ONIX that nobody may mine the text, as the reservation that it is."""
    if b'"mining":"prohibited"' not in raw:
        return ()
    return (OptOut(signal="tdm-reservation", value="1", place="ONIX EpubUsageConstraint", seen=seen),)


__all__ = ["BucketConnector"]
