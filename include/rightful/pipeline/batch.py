"""One batch of records through the fixed order: rule → text → duplicates → bytes kept → rows written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from rightful.catalogue.models import Source
from rightful.model import Decision, FailedRecord, Outcome, Reason, Record, Ruling, Run, Shard
from rightful.pipeline.gate import Gate
from rightful.pipeline.rows import Rows, language_of
from rightful.pipeline.sink import NOWHERE, Location, Sink, seen_key
from rightful.pipeline.tally import Tally
from rightful.text.batch import Described, describe


@dataclass(slots=True)
class Item:
    """A record on its way through the batch."""

    record: Record | FailedRecord
    id: str
    outcome: Outcome
    reason: str
    raw_sha256: str | None
    ruling: Ruling | None = None
    described: Described | None = None
    location: Location = field(default=NOWHERE)
    detail: str | None = None
    """What was wrong with its text."""

    @property
    def loads(self) -> bool:
        """Whether it becomes a document."""
        return self.outcome is Outcome.ALLOW

    @property
    def stands_back(self) -> bool:
        """Whether it would load, if the slice had not its text from another record. When that one leaves, this one's
        own licence still holds."""
        allowed = self.ruling is not None and self.ruling.decision is Decision.ALLOW
        return allowed and self.outcome is Outcome.DUPLICATE and self.described is not None


_OUTCOMES = {
    Decision.ALLOW: Outcome.ALLOW,
    Decision.QUARANTINE: Outcome.QUARANTINE,
    Decision.DENY: Outcome.DENY,
}


class BatchWork:
    """Works through batches of one shard."""

    def __init__(self, source: Source, shard: Shard, gate: Gate, sink: Sink, tally: Tally, run: Run) -> None:
        self.source, self.gate, self.sink, self.tally = source, gate, sink, tally
        self.rows = Rows(source, shard, run)
        self._evidence: dict[str, str | None] = {}

    def evidence(self, blobs: Mapping[str, bytes]) -> None:
        """Keep what site-wide licence claims were read from (once per shard and name)."""
        for name, blob in blobs.items():
            if name not in self._evidence:
                self._evidence[name] = self.sink.keep_evidence(blob)

    def already_kept(self, uri: str) -> None:
        """An earlier step kept what claims were read from; records name it by this address."""
        self._evidence[uri] = uri

    def evidence_uri(self, name: str) -> str | None:
        """Where the evidence called ``name`` lies; None when it was not kept."""
        return self._evidence.get(name)

    def do(self, records: Sequence[Record | FailedRecord]) -> None:
        """Take a batch from records to rows."""
        self.load(self.rule(records))

    def rule(self, records: Sequence[Record | FailedRecord]) -> list[Item]:
        """What the gate says of each."""
        with self.tally.stage("rule"):
            return [self._rule(record) for record in records]

    def load(self, items: list[Item]) -> None:
        """Take records that were ruled on to rows."""
        with self.tally.stage("text"):
            self._describe([item for item in items if item.loads])
        with self.tally.stage("deduplicate"):
            self._deduplicate([item for item in items if item.ruling is not None])
            self._within_quota([item for item in items if item.loads])
        self.note(items)

    def note(self, items: list[Item]) -> None:
        """Write the rows of what is settled, and count it."""
        with self.tally.stage("raw"):
            self._keep_bytes(items)
        with self.tally.stage("write"):
            loaded = [item for item in items if item.loads]
            if loaded:
                self.sink.documents(self.rows.documents(loaded, self._evidence))
            self.sink.ledger(self.rows.ledger(items, datetime.now(UTC), self.gate.policy.version, self._evidence))
        self._count(items)

    def _rule(self, record: Record | FailedRecord) -> Item:
        digest = raw_sha256(record)
        if isinstance(record, FailedRecord):
            native = record.native_id or "?"
            return Item(record, f"{self.source.id}:{native}", Outcome.FAILED, record.reason, digest)
        document_id = f"{self.source.id}:{record.native_id}@{record.version}"
        ruling = self.gate.rule(record, document_id)
        # Written so that a decision this code does not know can only refuse.
        outcome = _OUTCOMES.get(ruling.decision, Outcome.DENY)
        return Item(record, document_id, outcome, ruling.reason.value, digest, ruling)

    def _describe(self, items: list[Item]) -> None:
        records = [item.record for item in items if isinstance(item.record, Record)]
        results = describe([record.body for record in records], [record.media_type for record in records])
        for item, result in zip(items, results, strict=True):
            if result.error is not None:
                item.outcome, item.reason, item.detail = Outcome.FAILED, "malformed", result.error
            elif not result.text.strip():
                item.outcome, item.reason = Outcome.EMPTY, "empty"
            else:
                item.described = result
                if self.gate.tombstones and isinstance(item.record, Record):
                    self._rule_on_content(item, item.record, result.content_sha256)

    def _rule_on_content(self, item: Item, record: Record, content_sha256: str) -> None:
        """A withdrawal may name a text by its hash, which the gate could not know when it ruled."""
        ruling = self.gate.rule(record, item.id, content_sha256)
        if ruling.decision is not Decision.ALLOW:
            item.outcome = _OUTCOMES.get(ruling.decision, Outcome.DENY)
            item.reason, item.ruling, item.described = ruling.reason.value, ruling, None

    def _deduplicate(self, items: list[Item]) -> None:
        """The same id or content twice in the slice is a duplicate, when the gate said the same of both. Where it did
        not, both rows stay, and the audit puts the record aside (:mod:`rightful.pipeline.uniqueness`)."""
        ids = [seen_key(item.id, item.outcome) for item in items]
        hashes = [
            item.described.content_sha256 if item.described else f"{item.outcome.value}:{item.raw_sha256}:{item.id}"
            for item in items
        ]
        for item, status in zip(items, self.sink.seen(ids, hashes), strict=True):
            if status == "duplicate":
                item.outcome, item.reason = Outcome.DUPLICATE, "duplicate"
            elif status == "unchanged" and item.loads:
                item.outcome, item.reason = Outcome.UNCHANGED, "unchanged"

    def _within_quota(self, items: list[Item]) -> None:
        """A contract's quota can be used up in the middle of a batch: what no longer fits is denied."""
        for item in items:
            length = item.record.media_seconds if isinstance(item.record, Record) else None
            if item.described is not None and not self.gate.take(item.described.n_tokens, length):
                item.outcome, item.reason = Outcome.DENY, Reason.CONTRACT_QUOTA.value

    def _keep_bytes(self, items: list[Item]) -> None:
        """Of what loads (now, or once the record that has the same text is gone) for good, of what is quarantined for a
        time, of the rest only the hash."""
        self._keep([item for item in items if item.loads or item.stands_back], quarantine=False)
        self._keep([item for item in items if item.outcome is Outcome.QUARANTINE], quarantine=True)

    def _keep(self, items: list[Item], *, quarantine: bool) -> None:
        for item in items:
            if isinstance(item.record, Record) and item.record.stored is not None and not quarantine:
                item.location = self.sink.keep_recording(item.record.stored)
        items = [item for item in items if item.record.raw]
        blobs = [item.record.raw for item in items]
        for item, location in zip(items, self.sink.keep(blobs, quarantine=quarantine), strict=True):
            item.location = location

    def _count(self, items: list[Item]) -> None:
        tally = self.tally
        for item in items:
            tally.outcome(item.outcome, item.reason)
            if item.loads and item.described is not None and item.ruling is not None:
                tally.licenses[item.ruling.expression or "?"] += 1
                tally.languages[language_of(item, self.source) or "und"] += 1
                tally.tokens += item.described.n_tokens
                tally.characters += item.described.n_chars
                if isinstance(item.record, Record):
                    tally.media_seconds += item.record.media_seconds or 0.0


def raw_sha256(record: Record | FailedRecord) -> str | None:
    """SHA-256 of the bytes as received: those of a recording where there is one."""
    if isinstance(record, Record) and record.stored is not None:
        return record.stored.sha256
    return sha256(record.raw).hexdigest() if record.raw else None
