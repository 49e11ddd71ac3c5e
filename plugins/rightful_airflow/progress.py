"""What a running shard leaves behind: lines in the task log for people, its cursor for the next try."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from rightful.model import Progress, Shard
from rightful_airflow.plain import to_json

log = logging.getLogger(__name__)

KEY = "progress"
EVERY_SECONDS = 10.0
LARGE_BYTES = 60_000
"""Airflow takes more than this but warns from 65,535 bytes on; a progress this large means too many small files."""


class StateStore(Protocol):
    """The part of Airflow's ``task_state_store`` that is used here. Keyed by run, task and map index."""

    def get(self, key: str, default: Any = None) -> Any: ...

    def set(self, key: str, value: Any) -> None: ...

    def delete(self, key: str) -> None: ...


class ShardMemory:
    """Keeps a shard's :class:`~rightful.model.Progress` over retries.

    Airflow's store outlives success and a cleared run. What was saved under another plan (``generation``) or for
    another shard is therefore ignored, and :meth:`forget` is called before a task ends well: whoever clears it then
    wants it fetched again.
    """

    def __init__(self, store: StateStore, shard: Shard, generation: str) -> None:
        self.store, self.shard, self.generation = store, shard, generation

    def recall(self) -> Progress | None:
        """Where to go on, or None to start afresh."""
        stored = self.store.get(KEY)
        if stored is None:
            return None
        try:
            progress = msgspec.convert(stored, Progress)
        except msgspec.ValidationError as error:
            log.warning("shard %s: saved progress can't be read (%s); starting afresh", self.shard.id, error)
            return None
        if progress.generation != self.generation or progress.shard_id != self.shard.id:
            log.info("shard %s: saved progress belongs to an earlier plan; starting afresh", self.shard.id)
            return None
        log.info("shard %s: going on after %d records", self.shard.id, progress.result.fetched)
        return progress

    def save(self, progress: Progress) -> None:
        """Remember a checkpoint. Everything up to it is safely written."""
        value = to_json(progress)
        size = len(json.dumps(value))
        if size > LARGE_BYTES:
            log.warning(
                "shard %s: its progress has grown to %d bytes; cut the slice finer (`shard:`)", self.shard.id, size
            )
        self.store.set(KEY, value)

    def forget(self) -> None:
        """Drop what was saved."""
        self.store.delete(KEY)


class ProgressLog:
    """Turns the reports of ``acquire`` into one log line every ten seconds, and one at the end."""

    def __init__(self, *, every: float = EVERY_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self.every, self.clock = every, clock
        self.last: float | None = None

    def __call__(self, report: Mapping[str, Any]) -> None:
        now = self.clock()
        done = report.get("stage") == "done"
        if not done and self.last is not None and now - self.last < self.every:
            return
        self.last = now
        log.info(describe(report))


def describe(report: Mapping[str, Any]) -> str:
    """``shard 00h: 12,000 records (9,500 documents), 120 pages, 35.2 MB, 1,400 records/s``."""
    records, seconds = report.get("records", 0), report.get("seconds", 0.0)
    speed = f", {records / seconds:,.0f} records/s" if seconds and seconds > 0 else ""
    end = "; done" if report.get("stage") == "done" else ""
    return (
        f"shard {report.get('shard', '?')}: {records:,} records ({report.get('documents', 0):,} documents), "
        f"{report.get('pages', 0):,} pages, {report.get('bytes', 0) / 1e6:,.1f} MB{speed}{end}"
    )
