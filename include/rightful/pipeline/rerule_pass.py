"""Ruling again in two halves: a slice's records are read from ledger and store, and go through the batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any

import pyarrow as pa

from rightful.catalogue.models import Source
from rightful.connectors.reread import Observed, Rereader, rereader_for
from rightful.errors import AuditError, StoreError
from rightful.model import FailedRecord, Outcome, Record, Run, Shard, Slice
from rightful.pipeline.acquire import BATCH_BYTES, BATCH_RECORDS, Report
from rightful.pipeline.batch import BatchWork, Item
from rightful.pipeline.gate import Gate
from rightful.pipeline.observed import archived_of, claims_of, optouts_of
from rightful.pipeline.rerule_sound import landed, may_load_now
from rightful.pipeline.rows import assemble
from rightful.pipeline.sink import Location, Sink
from rightful.pipeline.tally import Tally
from rightful.store.raw import PackReader, in_quarantine
from rightful.store.schemas import LEDGER
from rightful.store.tables import Tables

SHARD_ID = "rerule"

_WITH_BYTES = {Outcome.ALLOW.value, Outcome.DUPLICATE.value, Outcome.QUARANTINE.value, Outcome.DENY.value}

_Row = Mapping[str, Any]


class Work(BatchWork):
    """Batches of records whose bytes are kept already, and whose earlier outcome is known."""

    def __init__(self, source: Source, shard: Shard, gate: Gate, sink: Sink, tally: Tally, run: Run) -> None:
        super().__init__(source, shard, gate, sink, tally, run)
        self.run = run
        self.changed: Counter[str] = Counter()
        self._before: dict[tuple[str, str], _Row] = {}

    def remember(self, row: _Row) -> None:
        """What the ledger has of a record of the batch to come."""
        self._before[row["id"], row["raw_sha256"] or ""] = row
        if row["evidence_ref"]:
            self._evidence[row["evidence_ref"]] = row["evidence_ref"]

    def do(self, records: Sequence[Record | FailedRecord]) -> None:
        """Take a batch from records to rows, and count what became of it."""
        super().do(records)
        self._before.clear()

    def carry(self, rows: list[dict[str, Any]]) -> None:
        """Write ledger rows as they are, now of this run; when and by which policy they were decided stays."""
        if not rows:
            return
        for row in rows:
            self.tally.outcome(Outcome(row["outcome"]), row["reason"])
        columns = {field.name: pa.array([row[field.name] for row in rows], field.type) for field in LEDGER}
        columns["run_id"] = pa.repeat(pa.scalar(self.run.run_id, pa.string()), len(rows))
        self.sink.ledger(assemble(LEDGER, len(rows), columns))

    def _keep_bytes(self, items: list[Item]) -> None:
        """What loads, or stands back for another record's text, lies for good; what is quarantined, for a time. So does
        what a person denied, who may err; of all else that is denied only the hash is kept."""
        for item in items:
            if isinstance(item.record, Record) and item.record.stored is not None and item.loads:
                item.location = self._place(item)
        here = [item for item in items if item.record.raw]
        loads = [item for item in here if item.loads or item.stands_back]
        held = [item for item in here if item.outcome is Outcome.QUARANTINE or _denied_by_a_person(item)]
        for these, quarantine in ((loads, False), (held, True)):
            elsewhere = [item for item in these if not self._lies(item, quarantine)]
            self._keep(elsewhere, quarantine=quarantine)
        for item in items:
            self._compare(item)

    def _lies(self, item: Item, quarantine: bool) -> bool:
        """Whether the bytes lie where they belong; the item then gets their place."""
        place = self._place(item)
        if place[0] is None or in_quarantine(place[0]) is not quarantine:
            return False
        item.location = place
        return True

    def _place(self, item: Item) -> Location:
        """Where the ledger says that the bytes lie."""
        row = self._before[item.id, item.raw_sha256 or ""]
        return row["raw_uri"], row["raw_offset"], row["raw_length"]

    def _compare(self, item: Item) -> None:
        before = self._before[item.id, item.raw_sha256 or ""]
        now = item.ruling.rule if item.ruling else None
        if (before["outcome"], before["reason"]) != (item.outcome.value, item.reason) or before["rule"] != now:
            self.changed[f"{before['outcome']} → {item.outcome.value}"] += 1


def _denied_by_a_person(item: Item) -> bool:
    return item.outcome is Outcome.DENY and item.ruling is not None and "review:" in item.ruling.rule


class Pass:
    """One pass over the ledger of a slice."""

    def __init__(
        self,
        source: Source,
        slice: Slice,
        run: Run,
        work: Work,
        packs: PackReader,
        tables: Tables,
        report: Report | None,
    ) -> None:
        self.source, self.slice, self.run, self.work, self.packs = source, slice, run, work, packs
        self.tables, self.report = tables, report
        self.expired = self.unreadable = self.unfetched = 0
        self._pending: list[Record] = []
        self._pending_bytes = 0

    def go(self, batches: Iterator[pa.RecordBatch]) -> None:
        """Rule on what has bytes again, carry over the rest. A document and a repetition of it come in separate calls:
        they may have id and bytes in common, by which it is known what a record was before."""
        for batch in batches:
            carried: list[dict[str, Any]] = []
            for row, record in self._records(batch.to_pylist()):
                if record is None:
                    carried.append(row)
                else:
                    self.work.remember(row)
                    self._take(record)
            self.work.carry(carried)
            self.say("running")
        self._finish()

    def _records(self, rows: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Record | None]]:
        """Each row with its record; None when the row is to be carried over."""
        for row in rows:
            yield row, self._record(row) if row["raw_uri"] and row["outcome"] in _WITH_BYTES else None

    def _take(self, record: Record) -> None:
        self._pending.append(record)
        self._pending_bytes += len(record.raw) or len(record.body or "")
        if len(self._pending) >= BATCH_RECORDS or self._pending_bytes >= BATCH_BYTES:
            self._finish()

    def _finish(self) -> None:
        if self._pending:
            self.work.do(self._pending)
            self._pending, self._pending_bytes = [], 0

    def _record(self, row: dict[str, Any]) -> Record | None:
        """The record of a row, from its bytes; None when the row is to be carried over."""
        with self.work.tally.stage("read"):
            raw = self.packs.read(row["raw_uri"], row["raw_offset"], row["raw_length"])
        if raw is None:
            self._lost(row, "its bytes are gone from the raw store")
            self.expired += row["outcome"] == Outcome.QUARANTINE.value
            row["raw_uri"] = row["raw_offset"] = row["raw_length"] = None
            return None
        if sha256(raw).hexdigest() != row["raw_sha256"]:
            raise StoreError(
                f"{row['raw_uri']} does not hold the bytes that were received",
                source=self.source.id,
                slice=self.slice,
                record=row["id"],
                remedy="the object is damaged: restore it, or acquire the slice again",
            )
        observed = Observed(
            url=row["source_url"],
            claims=claims_of(row),
            optouts=optouts_of(row),
            fetched_at=row["fetched_at"] or row["decided_at"],
            evidence=row["evidence_ref"],
            archived=archived_of(row),
        )
        read = self._rereader.reread(raw, observed)
        if isinstance(read, FailedRecord) or f"{self.source.id}:{read.native_id}@{read.version}" != row["id"]:
            self._lost(row, "the source file of today reads its bytes otherwise, or can't read them")
            self.unreadable += row["outcome"] == Outcome.QUARANTINE.value
            return None
        if read.linked is not None:  # it was refused before its text was asked for
            self._lost(row, "its text was never fetched")
            self.unfetched += may_load_now(self.work.gate, row)
            return None
        return read

    @cached_property
    def _rereader(self) -> Rereader:
        return rereader_for(self.source)

    def _lost(self, row: dict[str, Any], why: str) -> None:
        """What is quarantined may stay so; a document must not get lost in silence."""
        if row["outcome"] == Outcome.ALLOW.value:
            raise AuditError(
                f"a document can't be ruled on again: {why}",
                source=self.source.id,
                slice=self.slice,
                record=row["id"],
                remedy="acquire the slice again; until then it stays as it is",
            )

    def say(self, stage: str) -> None:
        """Tell how far it is."""
        if self.report is not None:
            tally = self.work.tally
            self.report(
                {
                    "shard": SHARD_ID,
                    "stage": stage,
                    "records": tally.fetched,
                    "documents": tally.counts[Outcome.ALLOW.value],
                    "pages": 0,
                    "bytes": self.packs.bytes,
                    "seconds": sum(tally.seconds.values()),
                }
            )


class SoundPass(Pass):
    """The same over a source of sound: documents are made from the corpus, for no recording is heard again."""

    def _records(self, rows: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Record | None]]:
        shown = [row for row in rows if row["outcome"] == Outcome.ALLOW.value]
        for row, record in landed(self.tables, self.source, self.slice, shown):
            if record is None:
                self._lost(dict(row), "it is not in the corpus")
            yield dict(row), record
        for row in rows:
            if row["outcome"] != Outcome.ALLOW.value:
                self.unfetched += may_load_now(self.work.gate, row)
                yield row, None


__all__ = ["SHARD_ID", "Pass", "SoundPass", "Work"]
