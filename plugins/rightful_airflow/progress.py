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
SOUND = "sound"
"""Beside the progress, for whoever looks from outside: how much sound is done, of how much, and how fast."""

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
    """Turns the reports of a shard into one log line every ten seconds, and one at the end. With a ``store`` it also
    leaves the minutes of sound there (:data:`SOUND`)."""

    def __init__(
        self,
        *,
        every: float = EVERY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        store: StateStore | None = None,
    ) -> None:
        self.every, self.clock, self.store = every, clock, store
        self.last: float | None = None

    def __call__(self, report: Mapping[str, Any]) -> None:
        now = self.clock()
        done = report.get("stage") == "done"
        if not done and self.last is not None and now - self.last < self.every:
            return
        self.last = now
        log.info(describe(report))
        if self.store is not None and "sound_total" in report:
            self.store.set(SOUND, sound_of(report))


def sound_of(report: Mapping[str, Any]) -> dict[str, Any]:
    """Minutes of sound done and in all, speed in times real time (None while nothing was heard), and recordings."""
    speed = report.get("speed")
    return {
        "done_minutes": round(report["sound_done"] / 60, 1),
        "total_minutes": round(report["sound_total"] / 60, 1),
        "speed": None if speed is None else round(speed, 1),
        "recordings": report["recordings"],
        "recordings_total": report["recordings_total"],
    }


def describe(report: Mapping[str, Any]) -> str:
    """One line on how far a shard is.

    ``shard 00h: 12,000 records (9,500 documents), 120 pages, 35.2 MB, 1,400 records/s``;
    of a fetch of sound ``shard 0: 9 records (1 documents), 3 recordings, 31.0 min of sound, 35.2 MB``;
    of a transcription ``shard 0: 12.4 of 31.0 min of sound, 8.2 × real time, 3 of 9 recordings``.
    """
    shard, end = report.get("shard", "?"), "; done" if report.get("stage") == "done" else ""
    if "sound_total" in report:
        sound = sound_of(report)
        fast = "" if sound["speed"] is None else f", {sound['speed']} × real time"
        return (
            f"shard {shard}: {sound['done_minutes']} of {sound['total_minutes']} min of sound{fast}, "
            f"{sound['recordings']} of {sound['recordings_total']} recordings{end}"
        )
    if "recordings" in report:
        return (
            f"shard {shard}: {report.get('records', 0):,} records ({report.get('documents', 0):,} documents), "
            f"{report['recordings']:,} recordings, {report.get('sound', 0.0) / 60:,.1f} min of sound, "
            f"{report.get('bytes', 0) / 1e6:,.1f} MB{end}"
        )
    records, seconds = report.get("records", 0), report.get("seconds", 0.0)
    speed = f", {records / seconds:,.0f} records/s" if seconds and seconds > 0 else ""
    return (
        f"shard {shard}: {records:,} records ({report.get('documents', 0):,} documents), "
        f"{report.get('pages', 0):,} pages, {report.get('bytes', 0) / 1e6:,.1f} MB{speed}{end}"
    )
