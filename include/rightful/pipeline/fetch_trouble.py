"""What becomes of recordings that can't be had just now: rows of the ledger, or another try of their shard."""

from __future__ import annotations

import logging
from collections.abc import Callable

from rightful.errors import FetchError, HostBusy
from rightful.model import FailedRecord, Record
from rightful.pipeline.batch import Item

log = logging.getLogger(__name__)

_Held = tuple[Item, str, FetchError]

IN_A_ROW = 3
"""So many downloads in a row that fail in a way that may pass are the other side's trouble, not a record's: the shard
stops and is tried again. Fewer are rows of the ledger, so that one broken file never stops its shard."""


class Troubles:
    """Of one shard, while it runs. ``failed`` writes the row of a record that can't be had."""

    def __init__(self, failed: Callable[[Item, str, FailedRecord], None]) -> None:
        self._failed = failed
        self._stumbles: list[_Held] = []
        self._busy: list[_Held] = []

    def __len__(self) -> int:
        """How many records have no row yet."""
        return len(self._stumbles) + len(self._busy)

    def stumbled(self, item: Item, key: str, error: FetchError) -> None:
        """A download failed in a way that may pass. Raises the error when it is one too many in a row."""
        log.warning("%s: %s", item.id, error)
        self._stumbles.append((item, key, error))
        if len(self._stumbles) >= IN_A_ROW:
            self._stumbles.clear()  # without a row: the next try asks for them again
            raise error

    def put_off(self, item: Item, key: str, error: HostBusy) -> None:
        """Its host asks for more patience than a task has: it is asked once more when all others are through."""
        log.warning("%s: %s", item.id, error)
        self._busy.append((item, key, error))

    def take_put_off(self) -> list[tuple[Item, str]]:
        """What was put off and is to be asked for again."""
        held, self._busy = self._busy, []
        return [(item, key) for item, key, _ in held]

    def answered(self) -> None:
        """Somebody answered, whatever was said: what failed before had itself to blame."""
        self._tell(self._stumbles)

    def tell(self) -> None:
        """The shard is through: what has no row yet gets one."""
        self._tell(self._stumbles)
        self._tell(self._busy)

    def _tell(self, held: list[_Held]) -> None:
        for item, key, error in held:
            assert isinstance(item.record, Record)
            self._failed(item, key, failure(item.record, "fetch_failed", str(error)))
        held.clear()


def failure(record: Record, reason: str, detail: str) -> FailedRecord:
    """The record as one that can't be had."""
    return FailedRecord(
        native_id=record.native_id, url=record.url, reason=reason, detail=detail, fetched_at=record.fetched_at
    )


__all__ = ["IN_A_ROW", "Troubles", "failure"]
