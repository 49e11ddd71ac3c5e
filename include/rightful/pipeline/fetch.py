"""One shard of a source of sound, as far as its recordings: list → rule → download → rule again → raw bytes.

Nothing is asked for but the list before the gate has allowed a record. What needs no engine (a refusal, a transcript of
the publisher's) becomes rows here; each recording lies in the object store at the end and waits for ``transcribe``.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import msgspec

from rightful.catalogue.models import Source
from rightful.connectors.base import Completed, MediaConnector, connector_for
from rightful.disk import ensure_room, full_disk, no_room
from rightful.errors import ConfigurationError, FetchError, HostBusy, RateLimited
from rightful.model import (
    Credentials,
    FailedRecord,
    Fetched,
    Outcome,
    Page,
    Progress,
    Record,
    Run,
    Shard,
    ShardResult,
    Stored,
)
from rightful.pipeline.acquire import Report, Save
from rightful.pipeline.batch import BatchWork, Item
from rightful.pipeline.fetch_state import Keeper, Waiting, id_of, length_of, recalled
from rightful.pipeline.fetch_trouble import Troubles, failure
from rightful.pipeline.gate import Gate
from rightful.pipeline.plan import LIMIT, PARTIAL
from rightful.pipeline.sink import DrySink, Sink, StoreSink
from rightful.pipeline.tally import Tally
from rightful.settings import Settings
from rightful.store.work import WorkStore

log = logging.getLogger(__name__)


def fetch(
    source: Source,
    shard: Shard,
    *,
    run: Run,
    generation: str,
    settings: Settings,
    credentials: Credentials | None,
    save: Save,
    resume: Progress | None = None,
    report: Report | None = None,
    limit: int | None = None,
    dry_run: bool = False,
) -> Fetched:
    """Fetch one shard of a source of sound.

    Args:
        source: The catalogue entry; one that ``speaks``.
        shard: What to fetch, from :func:`rightful.pipeline.plan.plan`.
        run: Who does it; stands in every row.
        generation: Id of the plan; a ``resume`` of another generation or shard is ignored.
        settings: Where store, policy and contracts are.
        credentials: Of the source's connection, if it has one.
        save: Called after each download, and before an error leaves, with where to go on.
        resume: What ``save`` was given last time.
        report: Called about once a second with ``records``, ``recordings``, ``sound`` (seconds), ``bytes``, ``stage``.
        limit: At most so many records of this shard.
        dry_run: Rule on what is listed, but download and write nothing and need no store.

    Returns:
        Where the list of waiting recordings lies, and the result of the other records.
    """
    store = None if dry_run else WorkStore(settings)
    state = recalled(store, resume, shard, generation) if store is not None else None
    if state is not None and state.fetched is not None:
        log.info("shard %s was already fetched to its end", shard.id)
        return state.fetched
    with ExitStack() as stack:
        connector = stack.enter_context(
            connector_for(source, contact=settings.contact, credentials=credentials, settings=settings)
        )
        if not isinstance(connector, MediaConnector):
            raise ConfigurationError(f"kind `{source.kind}` brings no recordings", source=source.id)
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="rightful-fetch-")))
        sink: Sink = DrySink() if dry_run else StoreSink(source, shard, settings, run)
        before = state.result if state else ShardResult(shard=shard)
        tally = Tally(shard, before)
        with tally.stage("start"):
            sink.open(before.documents, before.ledger)
            gate = Gate.open(source, settings, tombstones=sink.tombstones, usage=sink.usage, reviews=sink.reviews)
            gate.given(before.counts.get(Outcome.ALLOW.value, 0), before.tokens, before.media_seconds)
        keeper = Keeper(source.id, shard, generation, store, save, sink, tally, state)
        work = BatchWork(source, shard, gate, sink, tally, run)
        loop = _Loop(source, connector, work, keeper, folder, report, shard.params.get(LIMIT, limit))
        return loop.go(connector.fetch(shard, state.cursor if state else None))


class _Loop:
    """Works through the pages of one shard."""

    def __init__(
        self,
        source: Source,
        connector: MediaConnector,
        work: BatchWork,
        keeper: Keeper,
        folder: Path,
        report: Report | None,
        limit: int | None,
    ) -> None:
        self.source, self.connector, self.work, self.keeper, self.folder = source, connector, work, keeper, folder
        self.tally, self.sink, self.shard = work.tally, work.sink, keeper.shard
        self.speech = source.speech_or_default
        self.report, self.limit = report, limit
        self.taken = {id_of(source.id, one.record) for one in keeper.waiting}
        self.troubles = Troubles(self._failed)
        self.bytes = 0
        self.begin = time.monotonic()

    def go(self, pages: Iterator[Page]) -> Fetched:
        limited = bool(self.shard.params.get(PARTIAL))
        try:
            while (page := self._next(pages)) is not None:
                self.work.evidence(page.evidence)
                cut = self._page(page)
                limited = limited or cut
                if cut or page.cursor is None:
                    break
                if self.keeper.is_due() and not self.troubles:
                    self.keeper.move_on(page.cursor)
            for item, key in self.troubles.take_put_off():
                self._allowed(item, key)
            self.troubles.tell()
        except Exception:
            # What is done is good: keep it, so that the next try goes on behind it.
            self.keeper.checkpoint(flush=True)
            raise
        fetched = self.keeper.finish(limited=limited)
        self._say("done")
        return fetched

    # ------------------------------------------------------------------ a page

    def _next(self, pages: Iterator[Page]) -> Page | None:
        with self.tally.stage("fetch"):
            return next(pages, None)

    def _page(self, page: Page) -> bool:
        """Take a page's records; whether the limit left something of it out."""
        keyed = self.keeper.keyed(page.records)
        room = None if self.limit is None else max(self.limit - self._count(), 0)
        cut = room is not None and len(keyed) > room
        keyed = keyed[:room]
        items = self.work.rule([record for record, _ in keyed])
        refused = [(item, key) for item, (_, key) in zip(items, keyed, strict=True) if not item.loads]
        if refused:
            self.work.load([item for item, _ in refused])
            for _, key in refused:
                self.keeper.written(key)
        for item, (_, key) in zip(items, keyed, strict=True):
            if item.loads:
                self._allowed(item, key)
                self._say("running")
        return cut

    def _count(self) -> int:
        return self.tally.fetched + len(self.keeper.waiting) + len(self.troubles)

    # ------------------------------------------------------------------ a record that the gate allows

    def _allowed(self, item: Item, key: str) -> None:
        status = "duplicate" if item.id in self.taken else self.sink.known([item.id])[0]
        if status != "new":
            item.outcome, item.reason = Outcome(status), status
            self._note(item, key)
            return
        if self.keeper.store is None:  # a dry run: the listed licence is all that is looked at
            self.taken.add(item.id)
            self.tally.outcome(item.outcome, item.reason)
            return
        own = Path(mkdtemp(dir=self.folder))
        try:
            self._completed(item, key, own, self.keeper.store)
        finally:
            shutil.rmtree(own)

    def _said_otherwise(
        self, item: Item, key: str, folder: Path, store: WorkStore, record: Record, *, again: bool
    ) -> None:
        """Its source says something else of it by now: the gate's word on that is its row, and may still be a yes."""
        assert isinstance(item.record, Record)
        self._same(item, record)
        own = record.raw != item.record.raw
        (ruled,) = self.work.rule([msgspec.structs.replace(record, evidence=None) if own else record])
        if not ruled.loads:
            self.work.load([ruled])
            self.keeper.written(key)
        elif again:
            self._failed(
                item, key, failure(record, "fetch_failed", "its source says something else of it at each look")
            )
        else:
            if own and (uri := self.sink.keep_evidence(record.raw)) is not None:
                self.work.already_kept(uri)
                ruled.record = msgspec.structs.replace(record, evidence=uri)
            self._completed(ruled, key, folder, store, again=True)

    def _same(self, item: Item, record: Record) -> None:
        if id_of(self.source.id, record) != item.id:
            made = id_of(self.source.id, record)
            raise ConfigurationError(f"the connector made {made} of it", source=self.source.id, record=item.id)

    def _completed(self, item: Item, key: str, folder: Path, store: WorkStore, *, again: bool = False) -> None:
        """``again``: its source said something else of it at the look before."""
        assert isinstance(item.record, Record)
        announced = max((file.bytes or 0 for file in item.record.media[:1]), default=0)
        needed = min(announced, self.speech.max_bytes)
        ensure_room(self.folder.parent, needed, source=self.source.id, record=item.id)
        try:
            with self.tally.stage("download"):
                got = self.connector.complete(item.record, folder, partial(self._downloading, item.id))
        except HostBusy as error:
            self.troubles.put_off(item, key, error)
            return
        except RateLimited:
            raise
        except OSError as error:
            if full_disk(error):
                raise no_room(self.folder.parent, needed, source=self.source.id, record=item.id) from error
            raise
        except FetchError as error:
            self.troubles.stumbled(item, key, error)
            return
        self.troubles.answered()
        if isinstance(got, FailedRecord):
            self._failed(item, key, got)
            return
        if isinstance(got, Record):
            self._said_otherwise(item, key, folder, store, got, again=again)
            return
        self._same(item, got.record)
        (ruled,) = self.work.rule([msgspec.structs.replace(got.record, media_seconds=length_of(got.record))])
        if got.file is None or not ruled.loads:
            if ruled.loads:
                self.taken.add(ruled.id)
            self.work.load([ruled])
            self.keeper.written(key)
            if self.keeper.is_due():
                self.keeper.checkpoint(flush=True)
            return
        evidence = self._evidence(got.record, own=got.record.claims != item.record.claims)
        self._recorded(ruled, key, got, got.file, store, evidence)

    def _recorded(self, item: Item, key: str, got: Completed, file: Path, store: WorkStore, evidence: str) -> None:
        """A recording is there: it waits, unless the slice has its very bytes already."""
        record, size = item.record, file.stat().st_size
        assert isinstance(record, Record)
        if not 0 < size <= self.speech.max_bytes:
            why = "too_large" if size else "empty"
            self._failed(item, key, failure(record, why, f"the file has {size} bytes"))
            return
        self.bytes += size
        digest = _digest(file)
        if digest in self.keeper.hashes:
            item.outcome, item.reason, item.raw_sha256 = Outcome.DUPLICATE, "duplicate", digest
            self._note(item, key)
            return
        with self.tally.stage("raw"):
            uri = store.put_file(f"audio/{self.keeper.place}/{digest}", file)
        record = msgspec.structs.replace(
            record,
            raw=b"",
            body=None,
            media_type=got.media_type or record.media_type,
            transcripts=(),
            stored=Stored(uri=uri, sha256=digest, bytes=size),
            evidence=evidence,
        )
        seconds = length_of(record) or 60 * self.speech.assumed_minutes
        self.taken.add(item.id)
        self.keeper.waits(Waiting(record=record, seconds=min(seconds, self.speech.max_seconds)), key)

    def _evidence(self, record: Record, *, own: bool) -> str:
        """Where that lies which the licence was read from: a recording does not tell it. ``own``: not only the list."""
        kept = self.work.evidence_uri(record.evidence) if record.evidence else None
        if (kept is None or own) and record.raw:
            kept = self.sink.keep_evidence(record.raw)
        if kept is None:
            raise ConfigurationError(
                "the connector brought nothing that the licence was read from",
                source=self.source.id,
                record=id_of(self.source.id, record),
                remedy="this is a bug in the connector",
            )
        return kept

    # ------------------------------------------------------------------ what goes wrong

    def _failed(self, item: Item, key: str, failure: FailedRecord) -> None:
        log.warning("%s: %s: %s", item.id, failure.reason, failure.detail)
        self._note(Item(failure, item.id, Outcome.FAILED, failure.reason, None, item.ruling), key)

    def _note(self, item: Item, key: str) -> None:
        self.work.note([item])
        self.keeper.written(key)

    # ------------------------------------------------------------------ what people see

    def _downloading(self, record: str, done: int, total: int | None) -> None:
        # Other tasks fill the same disk, and many a recording does not say how long it is.
        if total is None or done < total:
            ensure_room(self.folder.parent, (total or done) - done, source=self.source.id, record=record)
        self._say("running", done)

    def _say(self, stage: str, bytes_more: int = 0) -> None:
        if self.report is not None:
            self.report(
                {
                    "shard": self.shard.id,
                    "stage": stage,
                    "records": self._count(),
                    "documents": self.tally.counts[Outcome.ALLOW.value],
                    "recordings": len(self.keeper.waiting),
                    "sound": self.keeper.sound,
                    "bytes": self.bytes + bytes_more,
                    "seconds": time.monotonic() - self.begin,
                }
            )


def _digest(file: Path) -> str:
    digest = sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(2**20):
            digest.update(chunk)
    return digest.hexdigest()


__all__ = ["fetch"]
