"""A reader that looks at the tables all the time, as others would: what it sees must always be whole."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot

from rightful.errors import StoreError
from rightful.model import Slice
from rightful.settings import Settings
from rightful.store.files import equal
from rightful.store.tables import Tables

State = frozenset[str]
"""Ids of the documents of a slice."""

PAUSE = 0.5
"""Seconds between two looks."""


def visible(table: Table, slice: Slice, snapshot_id: int | None = None) -> State:
    """What a reader sees of a slice. A document that is there twice shows as ``… twice``."""
    condition = equal("slice", slice.start.isoformat())
    ids = table.scan(condition, selected_fields=("id",), snapshot_id=snapshot_id).to_arrow()["id"].to_pylist()
    return frozenset(ids) if len(set(ids)) == len(ids) else frozenset([*ids, "… twice"])


class Watch:
    """Looks at one slice of several sources until the block ends.

    Args:
        settings: Reach the store directly.
        slice: The slice.
        whole: The states that are allowed, by source.
    """

    def __init__(self, settings: Settings, slice: Slice, whole: dict[str, set[State]]) -> None:
        self._settings, self._slice, self._whole = settings, slice, whole
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.looks = self.failures = 0
        self.broken: list[str] = []
        self._older: set[int] = set()

    def __enter__(self) -> Self:
        self._older = {snapshot.snapshot_id for _, snapshot in self._snapshots()}
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def check(self) -> None:
        """No look, and no snapshot made since the beginning, showed anything but a whole slice."""
        assert self.looks > len(self._whole)  # the old state and the new one of at least one
        new = [(table, snapshot) for table, snapshot in self._snapshots() if snapshot.snapshot_id not in self._older]
        problems = [
            self._judge(table.name()[-1], visible(table, self._slice, snapshot.snapshot_id)) for table, snapshot in new
        ]
        assert self.broken + [problem for problem in problems if problem] == []
        assert {table.name()[-1] for table, _ in new} == set(self._whole)

    def _snapshots(self) -> list[tuple[Table, Snapshot]]:
        tables = Tables(self._settings)
        found = [tables.existing("corpus", source_id) for source_id in self._whole]
        return [(table, snapshot) for table in found if table is not None for snapshot in table.snapshots()]

    def _look(self) -> None:
        tables = Tables(self._settings)
        last: dict[str, int | None] = {}
        while not self._stop.is_set():
            for source_id in self._whole:
                try:
                    table = tables.existing("corpus", source_id)
                    snapshot = table.current_snapshot() if table is not None else None
                    current = snapshot.snapshot_id if snapshot is not None else None
                    if source_id in last and last[source_id] == current:
                        continue  # snapshots don't change
                    seen = visible(table, self._slice) if table is not None else frozenset()
                except (StoreError, OSError):
                    self.failures += 1  # the store is away
                    tables = Tables(self._settings)
                    continue
                self.looks += 1
                last[source_id] = current
                if problem := self._judge(source_id, seen):
                    self.broken.append(problem)
            self._stop.wait(PAUSE)

    def _judge(self, source_id: str, seen: State) -> str | None:
        if seen in self._whole[source_id]:
            return None
        return f"{source_id}: {len(seen)} documents, not one of {sorted(map(len, self._whole[source_id]))}"
