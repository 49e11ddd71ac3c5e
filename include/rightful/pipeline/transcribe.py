"""The recordings of one shard become documents: sound → Whisper → gate again → text → rows that nobody can see yet.

The model is loaded once, and only if there is something that no earlier attempt has heard: what was heard is kept by
the bytes of the recording, and inside of one by clip, so that neither a kill nor a re-run costs more than a moment.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec

from rightful.catalogue.models import Source
from rightful.disk import ensure_room, full_disk, no_room
from rightful.errors import ConfigurationError, StoreError
from rightful.model import FailedRecord, Fetched, Outcome, Progress, Run, ShardResult
from rightful.pipeline.acquire import CHECKPOINT_SHARE, FIRST_CHECKPOINT_SECONDS, Report, Save
from rightful.pipeline.batch import BatchWork, Item
from rightful.pipeline.fetch_state import Waiting
from rightful.pipeline.gate import Gate
from rightful.pipeline.heard import Heard, options_of, spoken
from rightful.pipeline.sink import StoreSink
from rightful.pipeline.tally import Tally
from rightful.settings import Settings
from rightful.store.work import WorkStore

if TYPE_CHECKING:
    from rightful.speech import SpeechProgress, Transcript

log = logging.getLogger(__name__)

NEXT, PCM = "next", "pcm"
"""In the saved cursor: how many recordings are settled, and what was heard in them (first digits of hashes)."""

PCM_DIGITS = 16

DECODED_BYTES = 32_000
"""On the disk for each second of decoded sound."""


def transcribe(
    source: Source,
    fetched: Fetched,
    *,
    run: Run,
    generation: str,
    settings: Settings,
    save: Save,
    resume: Progress | None = None,
    report: Report | None = None,
    dry_run: bool = False,
) -> ShardResult:
    """Transcribe what waits of one shard.

    Args:
        source: The catalogue entry; one that ``speaks``.
        fetched: From :func:`rightful.pipeline.fetch.fetch`.
        run: Who does it; stands in every row.
        generation: Id of the plan; a ``resume`` of another generation or shard is ignored.
        settings: Where store, policy and contracts are, and the default model.
        save: Called at each checkpoint with what is safely written.
        resume: What ``save`` was given last time.
        report: Called often with ``sound_done`` and ``sound_total`` (seconds), ``speed`` (times real time),
            ``recordings`` and ``recordings_total``, ``documents``, ``stage``.
        dry_run: There is nothing to do then: no recording was downloaded.

    Returns:
        The result of the whole shard: that of ``fetched`` and its own.

    Raises:
        ConfigurationError: When the model can't be had, or a recording is gone from the work store.
        StoreError: When the store fails in a way that may pass.
    """
    shard = fetched.result.shard
    if dry_run or fetched.waiting is None:
        return fetched.result
    if resume is not None and (resume.generation != generation or resume.shard_id != shard.id):
        log.info("shard %s: saved progress is of another attempt's plan; starting afresh", shard.id)
        resume = None
    if resume is not None and resume.complete:
        log.info("shard %s was already transcribed to its end", shard.id)
        return resume.result
    store = WorkStore(settings)
    waiting = _listed(store, source, fetched)
    before = resume.result if resume else fetched.result
    tally = Tally(shard, before)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="rightful-transcribe-")))
        with tally.stage("start"):
            sink = StoreSink(source, shard, settings, run)
            sink.open(before.documents, before.ledger)
            gate = Gate.open(source, settings, tombstones=sink.tombstones, usage=sink.usage, reviews=sink.reviews)
            gate.given(before.counts.get(Outcome.ALLOW.value, 0), before.tokens, before.media_seconds)
        heard = stack.enter_context(Heard(store, options_of(source, settings)))
        work = BatchWork(source, shard, gate, sink, tally, run)
        loop = _Loop(source, waiting, work, heard, folder, generation, save, report, fetched.result.limited)
        result = loop.go(resume)
    for one in waiting:  # the rows are safe, and what stays of the sound is in the raw store
        if one.record.stored is not None and one.record.stored.uri is not None:
            store.delete(one.record.stored.uri)
    return result


def _listed(store: WorkStore, source: Source, fetched: Fetched) -> list[Waiting]:
    """What waits, in the order in which it was fetched."""

    def wrong(what: str) -> ConfigurationError:
        slice, remedy = fetched.result.shard.slice, "clear the run from `fetch` on"
        return ConfigurationError(f"{fetched.waiting} {what}", source=source.id, slice=slice, remedy=remedy)

    blob = store.raw.get_whole(str(fetched.waiting))
    if blob is None:
        raise wrong("is gone, the list of what waits")
    try:
        waiting: list[Waiting] = msgspec.json.Decoder(Waiting).decode_lines(blob)
    except msgspec.DecodeError as error:
        raise wrong(f"is no list of what waits: {error}") from error
    if len(waiting) != fetched.waiting_records:
        raise wrong(f"lists {len(waiting)} recordings, not {fetched.waiting_records}")
    return waiting


class _Loop:
    """Works through the recordings of one shard, one at a time."""

    def __init__(
        self,
        source: Source,
        waiting: list[Waiting],
        work: BatchWork,
        heard: Heard,
        folder: Path,
        generation: str,
        save: Save,
        report: Report | None,
        limited: bool,
    ) -> None:
        self.source, self.waiting, self.work, self.heard, self.folder = source, waiting, work, heard, folder
        self.tally, self.sink, self.shard = work.tally, work.sink, work.tally.shard
        self.generation, self.save, self.report, self.limited = generation, save, report, limited
        self.flags: Counter[str] = Counter()
        self.pcm: set[str] = set()
        self.settled = 0
        self.sound_done = 0.0
        self.sound_total = sum(one.seconds for one in waiting)
        self.fresh_seconds = self.busy_seconds = self.resumed_seconds = 0.0
        self.listening_since: float | None = None
        self.begin = self.last_checkpoint = time.monotonic()

    def go(self, resume: Progress | None) -> ShardResult:
        if resume is not None and resume.cursor is not None:
            self.settled, self.pcm = int(resume.cursor[NEXT]), set(resume.cursor[PCM])
            self.sound_done = sum(one.seconds for one in self.waiting[: self.settled])
        try:
            for one in self.waiting[self.settled :]:
                self._one(one)
                self.settled += 1
                self._say("running")
                if self._is_due():
                    self._checkpoint()
        except Exception:
            self._checkpoint()
            raise
        result = self._checkpoint(complete=True)
        self._say("done")
        if self.flags:
            log.info("shard %s: transcripts flagged: %s", self.shard.id, dict(sorted(self.flags.items())))
        return result

    # ------------------------------------------------------------------ one recording

    def _one(self, one: Waiting) -> None:
        from rightful.speech import MediaError

        if one.record.evidence:
            self.work.already_kept(one.record.evidence)
        (item,) = self.work.rule([one.record])
        if not item.loads:  # the policy became stricter, or somebody withdrew it
            self.work.load([item])
            self._through(one, 0.0)
            return
        begin = self.listening_since = time.monotonic()
        try:
            with self.tally.stage("transcribe"):
                transcript, fresh = self._transcript(one)
        except MediaError as error:
            log.warning("%s: %s: %s", item.id, error.reason, error)
            failure = FailedRecord(
                native_id=one.record.native_id,
                url=one.record.url,
                reason=error.reason,
                detail=str(error),
                fetched_at=one.record.fetched_at,
            )
            self.work.note([Item(failure, item.id, Outcome.FAILED, error.reason, item.raw_sha256, item.ruling)])
            self._through(one, 0.0)
            return
        finally:
            resumed, self.resumed_seconds, self.listening_since = self.resumed_seconds, 0.0, None
        if fresh:
            self.fresh_seconds += transcript.seconds - resumed
            self.busy_seconds += time.monotonic() - begin
        digest = transcript.pcm_sha256[:PCM_DIGITS]
        if digest in self.pcm:
            item.outcome, item.reason = Outcome.DUPLICATE, "duplicate"
            self.work.note([item])
        else:
            self.pcm.add(digest)
            self.flags.update(flag.partition(":")[0] for flag in transcript.flags)
            keep = self.source.speech_or_default.keep_audio
            self.work.do([spoken(one.record, transcript, keep_audio=keep)])
        self._through(one, transcript.seconds)

    def _through(self, one: Waiting, seconds: float) -> None:
        """A recording is done with; its true length takes the place of the announced one."""
        self.sound_total += seconds - one.seconds
        self.sound_done += seconds

    def _transcript(self, one: Waiting) -> tuple[Transcript, bool]:
        """The transcript, and whether it was made just now."""
        stored = one.record.stored
        if stored is None or stored.uri is None:
            raise ConfigurationError("a record waits for its transcript and has no recording", source=self.source.id)
        known = self.heard.recall(stored.sha256)
        if known is not None:
            return known, False
        file = self.folder / "recording"
        needed = stored.bytes + int(one.seconds * DECODED_BYTES)
        where = {"source": self.source.id, "record": one.record.native_id}
        ensure_room(self.folder.parent, needed, **where)
        try:
            digest = self.heard.store.raw.get_file(stored.uri, file)
            if digest is None:
                raise ConfigurationError(
                    f"the recording {stored.uri} is gone",
                    source=self.source.id,
                    record=one.record.native_id,
                    remedy="clear the run from `fetch` on",
                )
            if digest != stored.sha256:
                raise StoreError(f"{stored.uri} does not hold the bytes that were received", source=self.source.id)
            return self.heard.transcribe(file, stored.sha256, self._listening), True
        except (OSError, StoreError) as error:
            if full_disk(error):
                raise no_room(self.folder.parent, needed, **where) from error
            raise
        finally:
            file.unlink(missing_ok=True)

    # ------------------------------------------------------------------ checkpoints and what people see

    def _is_due(self) -> bool:
        now = time.monotonic()
        return now - self.last_checkpoint >= max(FIRST_CHECKPOINT_SECONDS, CHECKPOINT_SHARE * (now - self.begin))

    def _checkpoint(self, *, complete: bool = False) -> ShardResult:
        with self.tally.stage("write"):
            documents, ledger = self.sink.flush()
        self.tally.documents.extend(documents)
        self.tally.ledger.extend(ledger)
        result = self.tally.result(limited=self.limited)
        self.save(
            Progress(
                shard_id=self.shard.id,
                generation=self.generation,
                cursor={NEXT: self.settled, PCM: sorted(self.pcm)},
                result=result,
                complete=complete,
            )
        )
        self.last_checkpoint = time.monotonic()
        return result

    def _listening(self, progress: SpeechProgress) -> None:
        self.resumed_seconds = progress.resumed_seconds
        self._say("running", progress.done_seconds)

    def _say(self, stage: str, seconds_more: float = 0.0) -> None:
        if self.report is None:
            return
        busy = self.busy_seconds + (time.monotonic() - self.listening_since if self.listening_since else 0.0)
        self.report(
            {
                "shard": self.shard.id,
                "stage": stage,
                "records": self.tally.fetched,
                "documents": self.tally.counts[Outcome.ALLOW.value],
                "recordings": self.settled,
                "recordings_total": len(self.waiting),
                "sound_done": self.sound_done + seconds_more,
                "sound_total": max(self.sound_total, self.sound_done + seconds_more),
                "speed": max(self.fresh_seconds + seconds_more - self.resumed_seconds, 0.0) / busy if busy else None,
                "seconds": time.monotonic() - self.begin,
            }
        )


__all__ = ["transcribe"]
