"""Where a shard of a source of sound is while its recordings are fetched, kept so that a killed one goes on behind it.

The state grows with the shard, so it lies in the object store; Airflow keeps its address. It is written after every
download, and rows go to new files far less often: so it tells what is safe, and what has to be done again.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

import msgspec

from rightful.model import JSON, FailedRecord, Fetched, Progress, Record, Shard, ShardResult, Struct
from rightful.pipeline.acquire import CHECKPOINT_SHARE, FIRST_CHECKPOINT_SECONDS, Save
from rightful.pipeline.sink import Sink
from rightful.pipeline.tally import Tally
from rightful.store.work import WorkStore

log = logging.getLogger(__name__)

STATE = "state"
"""In the saved cursor: where the state lies."""

LONGEST_SECONDS = 7 * 86_400.0
"""An announced length beyond this is a mistake."""


class Waiting(Struct, frozen=True, kw_only=True):
    """A recording that waits for its transcript. ``seconds`` is its length as announced, or as assumed."""

    record: Record
    seconds: float


class State(Struct, frozen=True, kw_only=True):
    """Where a shard is. ``done`` are the records since ``cursor`` that need nothing more, ``result`` is of rows that
    are safely written."""

    generation: str
    shard_id: str
    cursor: dict[str, JSON] | None
    done: tuple[str, ...]
    waiting: tuple[Waiting, ...]
    result: ShardResult
    fetched: Fetched | None = None


def place_of_shard(source_id: str, generation: str, shard_id: str) -> str:
    """Under which key of the work store everything of one shard of one plan lies."""
    return f"{source_id}/{generation}/{sha256(shard_id.encode()).hexdigest()[:16]}"


def recalled(store: WorkStore, resume: Progress | None, shard: Shard, generation: str) -> State | None:
    """The saved state, if it is of this very plan and still there."""
    if resume is None or resume.cursor is None:
        return None
    if resume.generation != generation or resume.shard_id != shard.id:
        log.info("shard %s: saved progress is of another attempt's plan; starting afresh", shard.id)
        return None
    blob = store.get(str(resume.cursor.get(STATE)))
    if blob is None:
        log.warning("shard %s: its saved state is gone; starting afresh", shard.id)
        return None
    try:
        state = msgspec.json.decode(blob, type=State)
    except msgspec.DecodeError as error:
        log.warning("shard %s: its saved state can't be read (%s); starting afresh", shard.id, error)
        return None
    return state if (state.generation, state.shard_id) == (generation, shard.id) else None


class Keeper:
    """Keeps the state of one shard while it runs.

    ``done`` and ``unsafe`` name the records since the saved cursor that are settled: with their rows safely written,
    and with rows in files that are still open. Without a ``store`` (a dry run) nothing is kept.
    """

    def __init__(
        self,
        source_id: str,
        shard: Shard,
        generation: str,
        store: WorkStore | None,
        save: Save,
        sink: Sink,
        tally: Tally,
        state: State | None,
    ) -> None:
        self.source_id, self.shard, self.generation, self.store, self.save = source_id, shard, generation, store, save
        self.sink, self.tally = sink, tally
        self.place = place_of_shard(source_id, generation, shard.id)
        self.waiting = list(state.waiting) if state else []
        self.hashes = {one.record.stored.sha256 for one in self.waiting if one.record.stored}
        self._cursor = state.cursor if state else None
        self._safe = state.result if state else tally.result()
        self._done = list(state.done) if state else []
        self._before = set(self._done)
        self._unsafe: list[str] = []
        self._seen: Counter[str] = Counter()
        self._begin = self._last_flush = time.monotonic()

    def keyed(self, records: Iterable[Record | FailedRecord]) -> list[tuple[Record | FailedRecord, str]]:
        """The records that are not settled yet, each with what it is known by since the saved cursor: its id, numbered
        when it comes again."""
        found = []
        for record in records:
            name = id_of(self.source_id, record) if isinstance(record, Record) else f"?{record.native_id} {record.url}"
            self._seen[name] += 1
            key = f"{name} {self._seen[name]}"
            if key not in self._before:
                found.append((record, key))
        return found

    def written(self, key: str) -> None:
        """A record has its row. It is safe when the open files are."""
        self._unsafe.append(key)

    def waits(self, waiting: Waiting, key: str) -> None:
        """A recording lies in the store: nothing of it can get lost from now on."""
        self.waiting.append(waiting)
        self._done.append(key)
        if waiting.record.stored is not None:
            self.hashes.add(waiting.record.stored.sha256)
        self.checkpoint(flush=self.is_due())

    def is_due(self) -> bool:
        """Whether it is time to close the open files."""
        now = time.monotonic()
        return now - self._last_flush >= max(FIRST_CHECKPOINT_SECONDS, CHECKPOINT_SHARE * (now - self._begin))

    def move_on(self, cursor: dict[str, JSON]) -> None:
        """All pages before ``cursor`` are through: their records need not be remembered any longer."""
        self.flush()
        self._cursor = cursor
        self._done.clear()
        self._before.clear()
        self._seen.clear()
        self.checkpoint(flush=False)

    def checkpoint(self, *, flush: bool, fetched: Fetched | None = None) -> None:
        """Save where the shard is; ``flush`` closes the open files first."""
        if self.store is None:
            return
        if flush:
            self.flush()
        state = State(
            generation=self.generation,
            shard_id=self.shard.id,
            cursor=self._cursor,
            done=tuple(self._done),
            waiting=tuple(self.waiting),
            result=self._safe,
            fetched=fetched,
        )
        key = f"fetch/{self.place}.json"
        self.store.put(key, msgspec.json.encode(state))
        self.save(
            Progress(
                shard_id=self.shard.id,
                generation=self.generation,
                cursor={STATE: key},
                result=self._safe,
                complete=fetched is not None,
            )
        )

    def flush(self, *, limited: bool = False) -> None:
        """Close the open files."""
        with self.tally.stage("write"):
            documents, ledger = self.sink.flush()
        self.tally.documents.extend(documents)
        self.tally.ledger.extend(ledger)
        self._safe = self.tally.result(limited=limited)
        self._done.extend(self._unsafe)
        self._unsafe.clear()
        self._last_flush = time.monotonic()

    def finish(self, *, limited: bool) -> Fetched:
        """The shard is through: write the list of what waits."""
        self.flush(limited=limited)
        uri = None
        if self.waiting and self.store is not None:
            lines = b"".join(msgspec.json.encode(one) + b"\n" for one in self.waiting)
            uri = self.store.put(f"fetch/{self.place}.jsonl", lines)
        fetched = Fetched(
            result=self._safe,
            waiting=uri,
            waiting_records=len(self.waiting),
            waiting_seconds=self.sound,
        )
        self.checkpoint(flush=False, fetched=fetched)
        return fetched

    @property
    def sound(self) -> float:
        """Seconds of sound that wait."""
        return sum(one.seconds for one in self.waiting)


def id_of(source_id: str, record: Record) -> str:
    """The document's id."""
    return f"{source_id}:{record.native_id}@{record.version}"


def length_of(record: Record) -> float | None:
    """Its length in seconds as somebody announced it, where that can be a length."""
    announced = record.media_seconds
    if announced is None and record.media:
        announced = record.media[0].seconds
    return announced if announced is not None and 0 < announced <= LONGEST_SECONDS else None


__all__ = ["STATE", "Keeper", "State", "Waiting", "id_of", "length_of", "place_of_shard", "recalled"]
