"""One shard from the source to data files that nobody can see yet: fetch → rule → text → write.

Work goes in batches of some thousand records. At a checkpoint everything of the finished batches is safely written and
the cursor after them is saved, so that a shard that dies goes on at its page and writes nothing twice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack

from rightful.catalogue.models import Source
from rightful.connectors.base import LinkingConnector, connector_for
from rightful.model import JSON, Credentials, FailedRecord, Outcome, Page, Progress, Record, Run, Shard, ShardResult
from rightful.pipeline.batch import BatchWork
from rightful.pipeline.complete import Completing
from rightful.pipeline.gate import Gate
from rightful.pipeline.heap import settled_heap
from rightful.pipeline.plan import LIMIT, PARTIAL
from rightful.pipeline.sink import DrySink, Sink, StoreSink
from rightful.pipeline.tally import Tally
from rightful.settings import Settings

log = logging.getLogger(__name__)

BATCH_RECORDS = 2_000
BATCH_BYTES = 8 * 2**20
"""A batch ends at whichever comes first; it bounds the memory of a shard."""

FIRST_CHECKPOINT_SECONDS = 5.0
CHECKPOINT_SHARE = 0.05
"""The pause between checkpoints grows with the age of the shard, so that their number grows as its logarithm only."""

LONGEST_BATCH_SECONDS = 60.0
"""A batch ends by then, too, so that a shard in which little is found (archives with few licensed pages) has done, when
it dies, what it did long before; or when the next checkpoint is due, if that is later."""

Save = Callable[[Progress], None]
Report = Callable[[Mapping[str, JSON]], None]


def acquire(
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
) -> ShardResult:
    """Acquire one shard.

    Args:
        source: The catalogue entry.
        shard: What to acquire, from :func:`rightful.pipeline.plan.plan`.
        run: Who does it; stands in every row.
        generation: Id of the plan; a ``resume`` of another generation or shard is ignored.
        settings: Where store, policy and contracts are.
        credentials: Of the source's connection, if it has one.
        save: Called at each checkpoint, and before an error leaves, with what is safely written.
        resume: What ``save`` was given last time.
        report: Called about once a batch with ``records``, ``pages``, ``bytes``, ``documents``, ``seconds``, ``stage``.
        limit: At most so many records of this shard.
        dry_run: Fetch and rule, but write nothing and need no store.

    Returns:
        Keys of the written files, and counts that sum to the number of ledger rows.
    """
    if resume is not None and (resume.generation != generation or resume.shard_id != shard.id):
        log.info("shard %s: saved progress is of another attempt's plan; starting afresh", shard.id)
        resume = None
    if resume is not None and resume.complete:
        log.info("shard %s was already read to its end; nothing to fetch", shard.id)
        return resume.result
    with ExitStack() as stack:
        connector = stack.enter_context(
            connector_for(source, contact=settings.contact, credentials=credentials, settings=settings)
        )
        sink: Sink = DrySink() if dry_run else StoreSink(source, shard, settings, run)
        before = resume.result if resume else ShardResult(shard=shard)
        tally = Tally(shard, before)
        with tally.stage("start"):
            sink.open(before.documents, before.ledger)
            gate = Gate.open(source, settings, tombstones=sink.tombstones, usage=sink.usage, reviews=sink.reviews)
            gate.given(before.counts.get(Outcome.ALLOW.value, 0), before.tokens, before.media_seconds)
        loop = _Loop(source, shard, gate, sink, tally, run, generation, save, report, shard.params.get(LIMIT, limit))
        if isinstance(connector, LinkingConnector) and source.links:
            loop.completing = Completing(source, connector, loop.work)
        stack.enter_context(settled_heap())
        return loop.go(connector.fetch(shard, resume.cursor if resume else None), resume)


class _Loop:
    """The state of one shard while it runs."""

    def __init__(
        self,
        source: Source,
        shard: Shard,
        gate: Gate,
        sink: Sink,
        tally: Tally,
        run: Run,
        generation: str,
        save: Save,
        report: Report | None,
        limit: int | None,
    ) -> None:
        self.shard, self.sink, self.tally, self.generation, self.save, self.limit = (
            shard,
            sink,
            tally,
            generation,
            save,
            limit,
        )
        self.work = BatchWork(source, shard, gate, sink, tally, run)
        self.completing: Completing | None = None
        self.report = report
        self.pages = self.bytes = 0
        self.begin = self.last_checkpoint = time.monotonic()

    def go(self, pages: Iterator[Page], resume: Progress | None) -> ShardResult:
        cursor = resume.cursor if resume else None
        pending: list[Record | FailedRecord] = []
        pending_bytes = 0
        limited = bool(self.shard.params.get(PARTIAL))
        while True:
            try:
                page = self._next(pages)
                records, cut = self._taken(page, len(pending))
            except Exception:
                # The pages before the one that failed are good: keep them, so that the next try goes on at that page.
                self._finish(pending)
                if cursor is not None:
                    self._checkpoint(cursor)
                raise
            if page is None:
                break
            pending.extend(records)
            pending_bytes += sum(len(record.raw) for record in records)
            cursor, limited = page.cursor, limited or cut
            if cut or cursor is None:
                break
            full = len(pending) >= BATCH_RECORDS or pending_bytes >= BATCH_BYTES
            if full or self._due(LONGEST_BATCH_SECONDS):
                self._finish(pending)
                pending, pending_bytes = [], 0
                if self._due():
                    self._checkpoint(cursor)
        self._finish(pending)
        result = self._checkpoint(None, limited=limited, complete=True)
        self._say("done")
        return result

    def _next(self, pages: Iterator[Page]) -> Page | None:
        with self.tally.stage("fetch"):
            page = next(pages, None)
        if page is not None:
            self.tally.passed_over.update(page.passed_over)
            self.pages += page.requests
            self.bytes += page.bytes_received
        return page

    def _taken(self, page: Page | None, pending: int) -> tuple[Sequence[Record | FailedRecord], bool]:
        """The records of a page that are to be worked on, with their texts, and whether the limit leaves some out."""
        if page is None:
            return (), False
        records, cut = self._within_limit(page.records, pending)
        self.work.evidence(page.evidence)
        if self.completing is None:
            return records, cut
        with self.tally.stage("fetch"):
            return list(self.completing.completed(records)), cut

    def _within_limit(
        self, records: tuple[Record | FailedRecord, ...], pending: int
    ) -> tuple[tuple[Record | FailedRecord, ...], bool]:
        """What of a page may still be taken, and whether that leaves something out."""
        if self.limit is None:
            return records, False
        room = self.limit - self.tally.fetched - pending
        return (records, False) if len(records) <= room else (records[: max(room, 0)], True)

    def _finish(self, pending: list[Record | FailedRecord]) -> None:
        if pending:
            self.work.do(pending)
            self._say("running")

    def _due(self, least: float = 0.0) -> bool:
        """Whether it is time for a checkpoint, ``least`` seconds after the last one at the earliest."""
        now = time.monotonic()
        pause = max(least, FIRST_CHECKPOINT_SECONDS, CHECKPOINT_SHARE * (now - self.begin))
        return now - self.last_checkpoint >= pause

    def _checkpoint(
        self, cursor: dict[str, JSON] | None, *, limited: bool = False, complete: bool = False
    ) -> ShardResult:
        with self.tally.stage("write"):
            documents, ledger = self.sink.flush()
        self.tally.documents.extend(documents)
        self.tally.ledger.extend(ledger)
        result = self.tally.result(limited=limited)
        self.save(
            Progress(
                shard_id=self.shard.id, generation=self.generation, cursor=cursor, complete=complete, result=result
            )
        )
        self.last_checkpoint = time.monotonic()
        return result

    def _say(self, stage: str) -> None:
        if self.report is not None:
            self.report(
                {
                    "shard": self.shard.id,
                    "stage": stage,
                    "records": self.tally.fetched,
                    "documents": self.tally.counts["allow"],
                    "pages": self.pages,
                    "bytes": self.bytes,
                    "seconds": time.monotonic() - self.begin,
                }
            )
