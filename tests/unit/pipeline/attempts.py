"""Attempts at one shard with prepared pages and a store in memory, on a clock of their own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from tests.unit.licensing.cases import POLICY
from tests.unit.pipeline.support import (
    BY,
    NC,
    RUN,
    SHARD,
    SOURCE,
    Fetched,
    MemorySink,
    Pages,
    Store,
    record,
    settings,
)

from rightful.model import JSON, Progress, Shard, ShardResult
from rightful.pipeline import acquire

MODULE = sys.modules["rightful.pipeline.acquire"]


def pages(number: int, size: int = 3) -> list[list[Fetched]]:
    """Pages of records, every third of them denied."""
    return [
        [record(f"{page}-{place}", NC if place % 3 == 2 else BY) for place in range(size)] for page in range(number)
    ]


class Attempts:
    """Attempts at one shard: what they saved, reported and left in the store."""

    def __init__(self, connector: Pages, monkeypatch: pytest.MonkeyPatch, *, batch: int = 1, wait: float = 0.0) -> None:
        self.connector, self.store = connector, Store()
        self.saved: list[Progress] = []
        self.reports: list[Mapping[str, JSON]] = []
        monkeypatch.setattr(MODULE, "connector_for", lambda *args, **more: connector)
        monkeypatch.setattr(MODULE, "StoreSink", lambda *args: MemorySink(self.store))
        monkeypatch.setattr(MODULE, "BATCH_RECORDS", batch)
        monkeypatch.setattr(MODULE, "FIRST_CHECKPOINT_SECONDS", wait)
        monkeypatch.setattr(MODULE, "time", SimpleNamespace(monotonic=self._clock))
        monkeypatch.setattr(
            "rightful.pipeline.gate.load_policy", lambda path, jurisdiction=(): POLICY
        )  # read once, not per attempt

    def _clock(self) -> float:
        """A clock that moves only when a page is asked for: by ten seconds."""
        return 10.0 * len(self.connector.asked)

    def __call__(self, shard: Shard = SHARD, **more: Any) -> ShardResult:
        return acquire(
            SOURCE,
            shard,
            **{
                "run": RUN,
                "generation": "g1",
                "settings": settings(),
                "credentials": None,
                "save": lambda progress: self.saved.append(_through_json(progress)),
                "report": self.reports.append,
                **more,
            },
        )

    def documents(self, result: ShardResult) -> list[str]:
        return sorted(row["id"] for row in self.store.rows(result.documents))

    def ledger(self, result: ShardResult) -> list[str]:
        return sorted(row["id"] for row in self.store.rows(result.ledger))


def _through_json(progress: Progress) -> Progress:
    """As Airflow's task state keeps it."""
    return msgspec.json.decode(msgspec.json.encode(progress), type=Progress)


def ids(*which: str) -> list[str]:
    return sorted(f"demo:{name}@1" for name in which)
