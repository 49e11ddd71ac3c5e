"""Rule on a published slice again without fetching: from the ledger, and from the bytes in the raw store.

What has bytes is read and ruled again by the gate of today: documents, records that repeat one's text, what is
quarantined, and what a person denied. All else (denied, empty, failed) is carried over as the ledger has it, so that no
record is lost on the way.
Of a source of sound the text comes from the corpus (:mod:`rightful.pipeline.rerule_sound`).
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import msgspec

from rightful.catalogue.models import Source
from rightful.errors import ConfigurationError, StoreError
from rightful.model import Outcome, Run, Shard, ShardResult, Slice, Struct
from rightful.pipeline.acquire import Report
from rightful.pipeline.audit import audit
from rightful.pipeline.gate import Gate
from rightful.pipeline.plan import SHARDS
from rightful.pipeline.publish import PublishResult, publish
from rightful.pipeline.rerule_pass import SHARD_ID, Pass, SoundPass, Work
from rightful.pipeline.rerule_sound import how_to_fetch
from rightful.pipeline.sink import StoreSink
from rightful.pipeline.tally import Tally
from rightful.settings import Settings
from rightful.store.ledger import Ledgers
from rightful.store.publish import newest_order
from rightful.store.raw import PackReader, RawStore
from rightful.store.schemas import LEDGER
from rightful.store.tables import Tables

log = logging.getLogger(__name__)

IN_FLIGHT = timedelta(minutes=10)
"""For so long a publication that has its place in line and is not visible may still be on its way."""

_IN_TURN = (
    (Outcome.ALLOW,),
    (Outcome.DUPLICATE,),
    tuple(outcome for outcome in Outcome if outcome not in (Outcome.ALLOW, Outcome.DUPLICATE)),
)
"""What is in the corpus comes first: a text that a ruling lets in must not push out the same text of another record.
Then what stood back for a document, which may be going now."""


class Reread(Struct, frozen=True, kw_only=True):
    """A slice ruled again, written but not visible. ``result`` and ``replaces`` are what ``audit`` needs.

    ``replaces`` is the newest order of the slice's publications when it was read. ``changed`` counts records by
    ``"before → now"`` outcomes; ``expired`` those that stay quarantined because their bytes were kept for 90 days only,
    ``unreadable`` those that stay so because today's source file can't read them, ``unfetched`` recordings that may
    load now and were never downloaded.
    """

    result: ShardResult
    replaces: int
    changed: dict[str, int] = msgspec.field(default_factory=dict)
    expired: int = 0
    unreadable: int = 0
    unfetched: int = 0


class Reruled(Struct, frozen=True, kw_only=True):
    """What :func:`rerule` did. ``published`` is None when there was nothing to do; ``note`` then says why."""

    published: PublishResult | None
    note: str = ""
    changed: dict[str, int] = msgspec.field(default_factory=dict)
    expired: int = 0
    unreadable: int = 0
    unfetched: int = 0


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
    return Reruled(
        published=done,
        note=note,
        changed=again.changed,
        expired=again.expired,
        unreadable=again.unreadable,
        unfetched=again.unfetched,
    )


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
        work = Work(source, shard, gate, sink, tally, run)
        packs = PackReader(RawStore(settings))
    pass_ = (SoundPass if source.speaks else Pass)(source, slice, run, work, packs, tables, report)
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
    if pass_.unfetched:
        log.warning(
            "%s %s: %d recordings may load now and were never downloaded: %s",
            source.id,
            slice,
            pass_.unfetched,
            how_to_fetch(source, slice),
        )
    return Reread(
        result=tally.result(limited=bool(published["limited"])),
        replaces=order,
        changed=changed,
        expired=pass_.expired,
        unreadable=pass_.unreadable,
        unfetched=pass_.unfetched,
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


__all__ = ["Reread", "Reruled", "reread", "rerule"]
