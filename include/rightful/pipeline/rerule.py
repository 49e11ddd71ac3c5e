"""Rule on a published slice again without fetching: from the ledger, and from the bytes in the raw store.

What has bytes is read and ruled again by the gate of today: documents, records that repeat one's text, what is
quarantined, and what a person denied. All else (denied, empty, failed) is carried over as the ledger has it, so that no
record is lost on the way.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
import pyarrow as pa

from rightful.catalogue.models import Source
from rightful.connectors.reread import Observed, Rereader, rereader_for
from rightful.errors import AuditError, ConfigurationError, StoreError
from rightful.model import FailedRecord, Outcome, Record, Run, Shard, ShardResult, Slice, Struct
from rightful.pipeline.acquire import BATCH_BYTES, BATCH_RECORDS, Report
from rightful.pipeline.audit import audit
from rightful.pipeline.batch import BatchWork, Item
from rightful.pipeline.gate import Gate
from rightful.pipeline.observed import claims_of, optouts_of
from rightful.pipeline.plan import SHARDS
from rightful.pipeline.publish import PublishResult, publish
from rightful.pipeline.rows import assemble
from rightful.pipeline.sink import Location, Sink, StoreSink
from rightful.pipeline.tally import Tally
from rightful.settings import Settings
from rightful.store.ledger import Ledgers
from rightful.store.publish import newest_order
from rightful.store.raw import PackReader, RawStore, in_quarantine
from rightful.store.schemas import LEDGER
from rightful.store.tables import Tables

log = logging.getLogger(__name__)

SHARD_ID = "rerule"
IN_FLIGHT = timedelta(minutes=10)
"""For so long a publication that has its place in line and is not visible may still be on its way."""

_IN_TURN = (
    (Outcome.ALLOW,),
    (Outcome.DUPLICATE,),
    tuple(outcome for outcome in Outcome if outcome not in (Outcome.ALLOW, Outcome.DUPLICATE)),
)
"""What is in the corpus comes first: a text that a ruling lets in must not push out the same text of another record.
Then what stood back for a document, which may be going now."""

_WITH_BYTES = {Outcome.ALLOW.value, Outcome.DUPLICATE.value, Outcome.QUARANTINE.value, Outcome.DENY.value}

_Row = Mapping[str, Any]


class Reread(Struct, frozen=True, kw_only=True):
    """A slice ruled again, written but not visible. ``result`` and ``replaces`` are what ``audit`` needs.

    ``replaces`` is the newest order of the slice's publications when it was read. ``changed`` counts records by
    ``"before → now"`` outcomes; ``expired`` those that stay quarantined because their bytes were kept for 90 days only,
    ``unreadable`` those that stay so because today's source file can't read them.
    """

    result: ShardResult
    replaces: int
    changed: dict[str, int] = msgspec.field(default_factory=dict)
    expired: int = 0
    unreadable: int = 0


class Reruled(Struct, frozen=True, kw_only=True):
    """What :func:`rerule` did. ``published`` is None when there was nothing to do; ``note`` then says why."""

    published: PublishResult | None
    note: str = ""
    changed: dict[str, int] = msgspec.field(default_factory=dict)
    expired: int = 0
    unreadable: int = 0


def rerule(source: Source, slice: Slice, *, run: Run, settings: Settings, report: Report | None = None) -> Reruled:
    """Rule on every record of a published slice again and publish it anew; makes no request. Safe to repeat.

    The three steps of it are :func:`reread`, then ``audit(…, replaces=…)`` and ``publish`` as for any run.

    Raises:
        AuditError: When the slice was published anew meanwhile, or a row may not load; the old slice stays.
        StoreError: When the store fails in a way that may pass, or another run is just publishing the slice.
    """
    again = reread(source, slice, run=run, settings=settings, report=report)
    if again is None:
        return Reruled(published=None, note="nothing of this slice is published")
    done, note = None, "ruled again, nothing changed"
    if again.changed:
        found = audit(source, slice, [again.result], run=run, settings=settings, replaces=again.replaces)
        note = found.note
        if found.manifest is not None:
            done = publish(source, slice, found.manifest, run=run, settings=settings)
            note = done.note
    return Reruled(published=done, note=note, changed=again.changed, expired=again.expired, unreadable=again.unreadable)


def reread(
    source: Source, slice: Slice, *, run: Run, settings: Settings, report: Report | None = None
) -> Reread | None:
    """Write the slice as the gate of today rules on it; None when no such slice is published, or it holds no record.

    Raises:
        ConfigurationError: When the source is under a contract, or another interval with this start is published.
        AuditError: When a document's bytes are gone or can't be read any more: the slice must be acquired again.
        StoreError: When the store fails in a way that may pass, or another run is just publishing the slice.
    """
    if source.license.scope == "contract":
        raise ConfigurationError(
            "a slice under a contract is not ruled again: what its contract says of old documents is carried out apart",
            source=source.id,
            slice=slice,
            remedy="acquire the slice again",
        )
    tables = Tables(settings)
    ledgers = Ledgers(tables)
    order = _order(tables, ledgers, source, slice)
    published = ledgers.published_slice(source.id, slice)
    if published is None or not published["fetched"]:
        return None
    if published["slice_end"] != slice.end:
        raise ConfigurationError(
            f"published is the interval from {slice.start} to {published['slice_end']}",
            source=source.id,
            slice=slice,
            remedy="name the interval that is published",
        )
    shard = Shard(source=source.id, slice=slice, id=SHARD_ID, params={SHARDS: 1})
    tally = Tally(shard)
    with tally.stage("start"):
        sink = StoreSink(source, shard, settings, run)
        sink.open((), ())
        gate = Gate.open(source, settings, tombstones=sink.tombstones, usage=sink.usage, reviews=sink.reviews)
        work = _Work(source, shard, gate, sink, tally, run)
        packs = PackReader(RawStore(settings))
    pass_ = _Pass(source, slice, run, work, packs, rereader_for(source), report)
    for part in _IN_TURN:
        pass_.go(ledgers.current_rulings(source.id, LEDGER.names, [outcome.value for outcome in part], slice))
    pass_.say("done")
    with tally.stage("write"):
        documents, ledger = sink.flush()
    tally.documents.extend(documents)
    tally.ledger.extend(ledger)
    changed = {change: number for change, number in sorted(work.changed.items()) if number}
    log.info("%s %s ruled again: %s", source.id, slice, changed or "nothing changed")
    if pass_.expired:
        log.warning("%s %s: %d records stay quarantined, their bytes have expired", source.id, slice, pass_.expired)
    if pass_.unreadable:
        log.warning("%s %s: %d quarantined records can't be read any more", source.id, slice, pass_.unreadable)
    return Reread(
        result=tally.result(limited=bool(published["limited"])),
        replaces=order,
        changed=changed,
        expired=pass_.expired,
        unreadable=pass_.unreadable,
    )


def _order(tables: Tables, ledgers: Ledgers, source: Source, slice: Slice) -> int:
    """The newest order of the slice's publications. One that has its place in line and never became visible belongs to
    a run that died, unless it is young: then it may be about to."""
    order, taken = newest_order(tables, source.id, slice)
    # Looked at second, so that a publication that becomes visible in between is among what is read.
    published = ledgers.published_slice(source.id, slice)
    visible = int(published["publish_order"] or 0) if published is not None else 0
    if order > visible and taken is not None and datetime.now(UTC) - taken < IN_FLIGHT:
        raise StoreError(
            "another run is publishing the slice, or died while it did",
            source=source.id,
            slice=slice,
            remedy=f"try again; after {IN_FLIGHT.seconds // 60} minutes it counts as dead",
        )
    return order


class _Pass:
    """One pass over the ledger of a slice."""

    def __init__(
        self,
        source: Source,
        slice: Slice,
        run: Run,
        work: _Work,
        packs: PackReader,
        rereader: Rereader,
        report: Report | None,
    ) -> None:
        self.source, self.slice, self.run, self.work, self.packs = source, slice, run, work, packs
        self.rereader, self.report = rereader, report
        self.expired = self.unreadable = 0
        self._pending: list[Record] = []
        self._pending_bytes = 0

    def go(self, batches: Iterator[pa.RecordBatch]) -> None:
        """Rule on what has bytes again, carry over the rest. A document and a repetition of it come in separate calls:
        they may have id and bytes in common, by which it is known what a record was before."""
        for batch in batches:
            carried: list[dict[str, Any]] = []
            for row in batch.to_pylist():
                record = self._record(row) if row["raw_uri"] and row["outcome"] in _WITH_BYTES else None
                if record is None:
                    carried.append(row)
                else:
                    self._take(record)
            self.work.carry(carried)
            self.say("running")
        self._finish()

    def _take(self, record: Record) -> None:
        self._pending.append(record)
        self._pending_bytes += len(record.raw)
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
        )
        read = self.rereader.reread(raw, observed)
        if isinstance(read, FailedRecord) or f"{self.source.id}:{read.native_id}@{read.version}" != row["id"]:
            self._lost(row, "the source file of today reads its bytes otherwise, or can't read them")
            self.unreadable += row["outcome"] == Outcome.QUARANTINE.value
            return None
        self.work.remember(row)
        return read

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


class _Work(BatchWork):
    """Batches of records whose bytes are kept already, and whose earlier outcome is known."""

    def __init__(self, source: Source, shard: Shard, gate: Gate, sink: Sink, tally: Tally, run: Run) -> None:
        super().__init__(source, shard, gate, sink, tally, run)
        self.run = run
        self.changed: Counter[str] = Counter()
        self._before: dict[tuple[str, str], _Row] = {}

    def remember(self, row: _Row) -> None:
        """What the ledger has of a record of the batch to come."""
        self._before[row["id"], row["raw_sha256"]] = row
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
        loads = [item for item in items if item.loads or item.stands_back]
        held = [item for item in items if item.outcome is Outcome.QUARANTINE or _denied_by_a_person(item)]
        for these, quarantine in ((loads, False), (held, True)):
            elsewhere = [item for item in these if not self._lies(item, quarantine)]
            self._keep(elsewhere, quarantine=quarantine)
        for item in items:
            self._compare(item)

    def _lies(self, item: Item, quarantine: bool) -> bool:
        """Whether the bytes lie where they belong; the item then gets their place."""
        row = self._before[item.id, item.raw_sha256 or ""]
        place: Location = (row["raw_uri"], row["raw_offset"], row["raw_length"])
        if in_quarantine(row["raw_uri"]) is not quarantine:
            return False
        item.location = place
        return True

    def _compare(self, item: Item) -> None:
        before = self._before[item.id, item.raw_sha256 or ""]
        now = item.ruling.rule if item.ruling else None
        if (before["outcome"], before["reason"]) != (item.outcome.value, item.reason) or before["rule"] != now:
            self.changed[f"{before['outcome']} → {item.outcome.value}"] += 1


def _denied_by_a_person(item: Item) -> bool:
    return item.outcome is Outcome.DENY and item.ruling is not None and "review:" in item.ruling.rule


__all__ = ["Reread", "Reruled", "reread", "rerule"]
