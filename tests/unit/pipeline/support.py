"""What the pipeline's unit tests share: a source, records, a connector of prepared pages, and a store in memory.

The store in memory is a sink that keeps rows as the real one would, and forgets what was not flushed when an attempt
dies; so a resumed shard can be compared with one that ran through.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
from tests.unit.licensing.cases import claim, contract
from tests.unit.licensing.cases import source as licensed_source

from rightful.catalogue.models import Source
from rightful.licensing.reviews import NO_REVIEWS, Reviews
from rightful.model import (
    JSON,
    DataFile,
    FailedRecord,
    LicenseClaim,
    Page,
    Record,
    Run,
    Shard,
    ShardResult,
    Slice,
    Stored,
)
from rightful.pipeline.batch import BatchWork
from rightful.pipeline.gate import Gate
from rightful.pipeline.sink import Location, refused_ids
from rightful.pipeline.tally import Tally
from rightful.settings import Settings
from rightful.store.ledger import NO_TOMBSTONES, Tombstones
from rightful.store.seen import SeenIndex, Status

SLICE = Slice(start=datetime(2026, 3, 1, tzinfo=UTC), end=datetime(2026, 3, 2, tzinfo=UTC))
NIGHT = datetime(2026, 3, 1, 12, tzinfo=UTC)
RUN = Run(run_id="run-1", task_id="acquire", map_index=3, try_number=2, code_version="abc")
SOURCE = licensed_source()
SHARD = Shard(source=SOURCE.id, slice=SLICE, id="all")

BY, NC, VAGUE = "CC-BY-4.0", "CC BY-NC 4.0", "CC BY"
"""Tags that the shipped policy allows, denies and quarantines."""

Fetched = Record | FailedRecord


def settings(**changed: Any) -> Settings:
    """Settings with the shipped policy; they point to no service."""
    return Settings(s3_access_key_id="k", s3_secret_access_key="s", code_version="abc", **changed)


def record(
    native_id: str,
    tag: str | None = BY,
    *,
    body: str | None = "",
    version: str = "1",
    raw: bytes | None = None,
    **more: Any,
) -> Record:
    """A record with one claim; its text and bytes are its own unless given (``body=None``: it holds no text)."""
    text = f"The text of {native_id} in version {version}, like no other." if body == "" else body
    values: dict[str, Any] = {
        "native_id": native_id,
        "version": version,
        "url": f"https://example.org/{native_id}",
        "raw": raw if raw is not None else f"<{native_id}@{version}>".encode(),
        "body": text,
        "media_type": "text/plain",
        "claims": (claim(tag),),
        "published": NIGHT,
        "fetched_at": NIGHT,
    }
    return Record(**(values | more))


def failed(native_id: str = "", detail: str = "items[0]: no text") -> FailedRecord:
    return FailedRecord(native_id=native_id, url="https://example.org/list", reason="malformed", detail=detail)


class Store:
    """What outlives an attempt: finished files, packs and evidence. ``elsewhere`` are (id, content) of other slices."""

    def __init__(self, elsewhere: Sequence[tuple[str, str]] = ()) -> None:
        self.files: dict[str, list[pa.RecordBatch]] = {}
        self.packs: list[tuple[str, list[bytes]]] = []
        self.evidence: list[bytes] = []
        self.elsewhere = elsewhere

    def rows(self, files: Sequence[DataFile]) -> list[dict[str, Any]]:
        return [row for file in files for batch in self.files[file.path] for row in batch.to_pylist()]


class MemorySink:
    """The sink of one attempt."""

    def __init__(self, store: Store | None = None, *, tombstones: Tombstones = NO_TOMBSTONES) -> None:
        self.store = store or Store()
        self.tombstones: Tombstones = tombstones
        self.reviews: Reviews = NO_REVIEWS
        self.usage: Mapping[str, Mapping[str, int]] = {}
        self._seen = SeenIndex()
        self._documents: list[pa.RecordBatch] = []
        self._ledger: list[pa.RecordBatch] = []

    def open(self, documents: Sequence[DataFile], ledger: Sequence[DataFile]) -> None:
        known = sorted(hash(pair) for pair in self.store.elsewhere)
        self._seen = SeenIndex(np.array(known, dtype=np.int64))
        for row in self.store.rows(documents):
            self._seen.check([row["id"]], [row["content_sha256"]])
        rulings = self.store.rows(ledger)
        refused = refused_ids(*([row[name] for row in rulings] for name in ("id", "outcome", "rule")))
        self._seen.check(refused, refused)

    def seen(self, ids: list[str], content_hashes: list[str]) -> list[Status]:
        return self._seen.check(ids, content_hashes)

    def known(self, ids: list[str]) -> list[Status]:
        return self._seen.known(ids)

    def keep_recording(self, stored: Stored) -> Location:
        return (stored.uri, 0, stored.bytes) if stored.uri else (None, None, None)

    def keep(self, blobs: Sequence[bytes], *, quarantine: bool) -> list[Location]:
        if not blobs:
            return []
        uri = f"s3://raw/{'quarantine' if quarantine else 'raw'}/{len(self.store.packs)}"
        self.store.packs.append((uri, list(blobs)))
        places: list[Location] = []
        offset = 0
        for blob in blobs:
            places.append((uri, offset, len(blob)))
            offset += len(blob)
        return places

    def bytes_at(self, location: Location) -> bytes:
        uri, offset, length = location
        (pack,) = [b"".join(blobs) for name, blobs in self.store.packs if name == uri]
        assert offset is not None
        assert length is not None
        return pack[offset : offset + length]

    def keep_evidence(self, blob: bytes) -> str | None:
        self.store.evidence.append(blob)
        return f"s3://raw/evidence/{hashlib.sha256(blob).hexdigest()}"

    def documents(self, rows: pa.RecordBatch) -> None:
        self._documents.append(rows)

    def ledger(self, rows: pa.RecordBatch) -> None:
        self._ledger.append(rows)

    def flush(self) -> tuple[list[DataFile], list[DataFile]]:
        documents, self._documents = self._finish(self._documents), []
        ledger, self._ledger = self._finish(self._ledger), []
        return documents, ledger

    def _finish(self, rows: list[pa.RecordBatch]) -> list[DataFile]:
        if not rows:
            return []
        path = f"s3://tables/{len(self.store.files)}.parquet"
        self.store.files[path] = rows
        return [DataFile(path=path, rows=sum(batch.num_rows for batch in rows), bytes=1)]


class Pages:
    """A connector of prepared pages. ``fails`` says what to raise in the place of a page, once each."""

    def __init__(self, pages: Sequence[Sequence[Fetched]], *, fails: Mapping[int, Exception] | None = None) -> None:
        self.pages, self.fails = pages, dict(fails or {})
        self.asked: list[int] = []
        self.closed = False
        self.evidence: Mapping[str, bytes] = {}
        self.shards: list[Shard] = []

    def plan(self, slice: Slice) -> list[Shard]:
        del slice
        return self.shards

    def fetch(self, shard: Shard, cursor: dict[str, JSON] | None = None) -> Iterator[Page]:
        del shard
        for number in range(cursor["page"] if cursor else 0, len(self.pages)):
            self.asked.append(number)
            if number in self.fails:
                raise self.fails.pop(number)
            following = {"page": number + 1} if number + 1 < len(self.pages) else None
            yield Page(records=tuple(self.pages[number]), cursor=following, evidence=self.evidence, bytes_received=100)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closed = True


class Batch:
    """One or more batches through the fixed order, and what came of them."""

    def __init__(
        self,
        *batches: Sequence[Fetched],
        source: Source = SOURCE,
        sink: MemorySink | None = None,
        gate: Gate | None = None,
        evidence: Mapping[str, bytes] | None = None,
        shard: Shard = SHARD,
    ) -> None:
        self.sink = sink or MemorySink()
        self.tally = Tally(shard)
        gate = gate or Gate.open(source, settings(), tombstones=self.sink.tombstones)
        self.sink.open((), ())
        self.work = BatchWork(source, shard, gate, self.sink, self.tally, RUN)
        self.work.evidence(evidence or {})
        for records in batches:
            self.work.do(records)
        documents, ledger = self.sink.flush()
        self.documents, self.ledger = self.sink.store.rows(documents), self.sink.store.rows(ledger)
        self.result: ShardResult = self.tally.result()

    def outcomes(self) -> dict[str, tuple[str, str]]:
        """Outcome and reason by id, as the ledger tells."""
        return {row["id"]: (row["outcome"], row["reason"]) for row in self.ledger}


__all__ = [
    "BY",
    "NC",
    "NIGHT",
    "RUN",
    "SHARD",
    "SLICE",
    "SOURCE",
    "VAGUE",
    "Batch",
    "Fetched",
    "LicenseClaim",
    "MemorySink",
    "Pages",
    "Store",
    "claim",
    "contract",
    "failed",
    "licensed_source",
    "record",
    "settings",
]
