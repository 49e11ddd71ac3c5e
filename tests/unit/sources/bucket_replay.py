"""Runs a source of kind ``bucket`` through its real connector on a folder in the bucket's place, without a network."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.unit.sources.replay import SAVED, source_of

from rightful.catalogue.load import load_contracts
from rightful.connectors.bucket import BucketConnector
from rightful.connectors.files.objects import Objects
from rightful.licensing.decide import decide
from rightful.licensing.policy import load_policy
from rightful.model import FailedRecord, Record, Slice
from rightful.settings import PROJECT_ROOT
from rightful.text.plain import to_text


class Deliveries:
    """The folder."""

    def __init__(self, source_id: str, folder: Path) -> None:
        given, self.folder = source_of(source_id), folder
        fetch = given.bucket.model_copy(update={"base_url": f"file://{folder}/", "start_within": 0.0})
        self.source = given.model_copy(update={"fetch": fetch})

    def put(self, path: str, data: bytes, day: str) -> None:
        """A file that came on ``day``."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        os.utime(place, (slice_of(day).start.timestamp() + 3600,) * 2)

    def records(self, day: str) -> list[Record | FailedRecord]:
        """What came on ``day``."""
        with BucketConnector(self.source, objects=Objects(self.source)) as connector:
            shards = connector.plan(slice_of(day))
            return [record for shard in shards for page in connector.fetch(shard) for record in page.records]

    def text(self, record: Record) -> str:
        """The text of a work."""
        with BucketConnector(self.source, objects=Objects(self.source)) as connector:
            read = connector.complete_text(record)
        assert isinstance(read, Record), read
        return to_text(read.body or "", read.media_type)

    def rulings(self, day: str) -> list[tuple[str, str, str, str | None]]:
        """Native id, decision, reason and expression of each work, by the policy of this checkout."""
        policy = load_policy(PROJECT_ROOT / "include/policy.yaml")
        contracts, errors = load_contracts(PROJECT_ROOT / "include/contracts")
        assert not errors
        found = []
        for record in self.records(day):
            assert isinstance(record, Record), record
            published = record.published.date() if record.published else None
            on = slice_of(day).end.date()
            ruling = decide(record.claims, record.optouts, self.source, policy, contracts, {}, (), published, on)
            found.append((record.native_id, ruling.decision.value, ruling.reason.value, ruling.expression))
        return found


def slice_of(day: str) -> Slice:
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return Slice(start=start, end=start + timedelta(days=1))


def saved(name: str) -> bytes:
    """A saved file."""
    return (SAVED / name).read_bytes()
