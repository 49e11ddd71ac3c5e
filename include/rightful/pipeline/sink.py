"""Where a shard's rows and bytes go: the store, or nowhere (dry run)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from rightful.catalogue.models import Source
from rightful.licensing.reviews import NO_REVIEWS, Reviews
from rightful.model import DataFile, Outcome, Run, Shard, Stored
from rightful.settings import Settings
from rightful.store.ledger import NO_TOMBSTONES, Ledgers, Tombstones
from rightful.store.raw import RawStore
from rightful.store.read import columns_of
from rightful.store.seen import SeenIndex, Status
from rightful.store.tables import Tables
from rightful.store.write import DataFileWriter

if TYPE_CHECKING:
    import pyarrow as pa

Location = tuple[str | None, int | None, int | None]
"""URI of the object, offset and length of a record's bytes in it; all None when only the hash is kept."""

NOWHERE: Location = (None, None, None)


class Sink(Protocol):
    """What the pipeline needs of a store while a shard runs."""

    @property
    def tombstones(self) -> Tombstones:
        """What must stay out."""

    @property
    def usage(self) -> Mapping[str, Mapping[str, float]]:
        """What each contract has given so far, without the slice that is being acquired."""

    @property
    def reviews(self) -> Reviews:
        """What people ruled on tags of this source."""

    def open(self, documents: Sequence[DataFile], ledger: Sequence[DataFile]) -> None:
        """Get ready; given are the files of an interrupted attempt that is being continued."""

    def seen(self, ids: list[str], content_hashes: list[str]) -> list[Status]:
        """Whether each document is new, a duplicate in this slice, or unchanged since another slice."""

    def known(self, ids: list[str]) -> list[Status]:
        """As :meth:`seen`, for a source of sound whose records have no content yet; nothing is remembered."""

    def keep(self, blobs: Sequence[bytes], *, quarantine: bool) -> list[Location]:
        """Store bytes as received."""

    def keep_recording(self, stored: Stored) -> Location:
        """Store for good a recording that lies somewhere in the object store; where it lies then."""

    def keep_evidence(self, blob: bytes) -> str | None:
        """Store what licence claims were read from; gives its URI."""

    def documents(self, rows: pa.RecordBatch) -> None:
        """Add document rows (schema ``CORPUS``)."""

    def ledger(self, rows: pa.RecordBatch) -> None:
        """Add ledger rows (schema ``LEDGER``)."""

    def flush(self) -> tuple[list[DataFile], list[DataFile]]:
        """Finish all open files: (documents, ledger) written since the last flush, safely stored on return."""


class StoreSink:
    """The real one: S3 for bytes, Iceberg's data files for rows."""

    def __init__(self, source: Source, shard: Shard, settings: Settings, run: Run) -> None:
        self._source, self._shard = source, shard
        self._tables = Tables(settings)
        self._raw = RawStore(settings)
        ledgers = Ledgers(self._tables)
        self.tombstones = ledgers.tombstones(source.id)
        self.reviews = Reviews.from_rows(ledgers.reviews(source.id))
        contract = source.license.contract
        self.usage = {contract: ledgers.usage(contract, but=(source.id, shard.slice))} if contract else {}
        self._documents = DataFileWriter.for_corpus(self._tables, source.id, shard.slice)
        self._ledger = DataFileWriter.for_ledger(self._tables, source.id, shard.slice)
        self._seen = SeenIndex()

    def open(self, documents: Sequence[DataFile], ledger: Sequence[DataFile]) -> None:
        self._seen = SeenIndex.load(
            self._tables, self._source.id, self._shard.slice, ids=self._source.speaks or self._source.links
        )
        self._seen.seed(self._tables, documents)
        for file in ledger:
            for rows in columns_of(self._tables, file, ["id", "outcome", "rule"]):
                refused = refused_ids(*(rows.column(name).to_pylist() for name in ("id", "outcome", "rule")))
                self._seen.check(refused, [f"refused:{key}" for key in refused])

    def seen(self, ids: list[str], content_hashes: list[str]) -> list[Status]:
        return self._seen.check(ids, content_hashes)

    def known(self, ids: list[str]) -> list[Status]:
        return self._seen.known(ids)

    def keep(self, blobs: Sequence[bytes], *, quarantine: bool) -> list[Location]:
        if not blobs:
            return []
        pack = self._raw.put_pack(blobs, quarantine=quarantine)
        return [(pack.uri, offset, length) for offset, length in zip(pack.offsets, pack.lengths, strict=True)]

    def keep_recording(self, stored: Stored) -> Location:
        if stored.uri is None:
            return NOWHERE
        return self._raw.keep(stored.uri, stored.sha256), 0, stored.bytes

    def keep_evidence(self, blob: bytes) -> str | None:
        return self._raw.put(blob)

    def documents(self, rows: pa.RecordBatch) -> None:
        self._documents.add(rows)

    def ledger(self, rows: pa.RecordBatch) -> None:
        self._ledger.add(rows)

    def flush(self) -> tuple[list[DataFile], list[DataFile]]:
        return self._documents.finish(), self._ledger.finish()


def seen_key(id: str, outcome: Outcome) -> str:
    """What a record is known by in its shard. One that did not load does not count as the repetition of an allowed one
    with its id, nor the other way round: a refusal contradicts it, which the audit has to see, and one without text
    may come again with it."""
    return f"{outcome.value}:{id}" if outcome in _NOT_LOADED else id


CONTRADICTING = (Outcome.QUARANTINE, Outcome.DENY)
_NOT_LOADED = (*CONTRADICTING, Outcome.EMPTY, Outcome.FAILED)


def refused_ids(ids: Sequence[str], outcomes: Sequence[str], rules: Sequence[str | None]) -> list[str]:
    """Of an earlier attempt's ledger the keys of what was ruled on and did not load: it counts as seen, as it did
    then, or a resumed shard would call a repeated one anything but a duplicate. Those that loaded are told by their
    documents; what never came as far as a ruling leaves no trace."""
    return [
        seen_key(id, Outcome(outcome))
        for id, outcome, rule in zip(ids, outcomes, rules, strict=True)
        if rule is not None and outcome in _REFUSED
    ]


_REFUSED = {outcome.value for outcome in _NOT_LOADED}


class DrySink:
    """Keeps nothing and needs no service: sees duplicates within the shard, but no tombstones and quotas."""

    def __init__(self) -> None:
        self.tombstones = NO_TOMBSTONES
        self.reviews = NO_REVIEWS
        self.usage: Mapping[str, Mapping[str, float]] = {}
        self._seen = SeenIndex()

    def open(self, documents: Sequence[DataFile], ledger: Sequence[DataFile]) -> None:
        del documents, ledger

    def seen(self, ids: list[str], content_hashes: list[str]) -> list[Status]:
        return self._seen.check(ids, content_hashes)

    def known(self, ids: list[str]) -> list[Status]:
        return self._seen.known(ids)

    def keep(self, blobs: Sequence[bytes], *, quarantine: bool) -> list[Location]:
        return [NOWHERE] * len(blobs)

    def keep_recording(self, stored: Stored) -> Location:
        return NOWHERE

    def keep_evidence(self, blob: bytes) -> str | None:
        return None

    def documents(self, rows: pa.RecordBatch) -> None:
        del rows

    def ledger(self, rows: pa.RecordBatch) -> None:
        del rows

    def flush(self) -> tuple[list[DataFile], list[DataFile]]:
        return [], []
