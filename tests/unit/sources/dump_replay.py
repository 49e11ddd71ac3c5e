"""Runs a source of kind ``dump`` through its real connector on files that a test puts into a folder, without a network.

The folder takes the place of ``fetch.base_url``: paths below it are those of the site.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.unit.sources.replay import SAVED, source_of

from rightful.catalogue.load import load_contracts
from rightful.catalogue.models import Source
from rightful.connectors.dump import DumpConnector
from rightful.connectors.files.objects import Objects
from rightful.licensing.decide import decide
from rightful.licensing.policy import load_policy
from rightful.model import FailedRecord, Page, Record, Shard, Slice
from rightful.settings import PROJECT_ROOT


class Site:
    """A folder that holds what the site's files would be."""

    def __init__(self, source_id: str, folder: Path) -> None:
        self.given, self.folder = source_of(source_id), folder
        fetch = self.given.dump.model_copy(update={"base_url": f"file://{folder}/", "start_within": 0.0})
        self.source: Source = self.given.model_copy(update={"fetch": fetch})

    def put(self, path: str, data: bytes) -> None:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)

    def plan(self, start: str, end: str) -> list[Shard]:
        with DumpConnector(self.source, objects=Objects(self.source)) as connector:
            return connector.plan(slice_of(start, end))

    def pages(self, start: str, end: str) -> list[Page]:
        """All pages of all shards of the slice."""
        with DumpConnector(self.source, objects=Objects(self.source)) as connector:
            return [page for shard in connector.plan(slice_of(start, end)) for page in connector.fetch(shard)]

    def records(self, start: str, end: str) -> list[Record | FailedRecord]:
        return [record for page in self.pages(start, end) for record in page.records]

    def rulings(
        self, start: str, end: str, jurisdiction: tuple[str, ...] | None = None
    ) -> list[tuple[str, str, str, str | None]]:
        """Native id, decision, reason and expression of each record, by the policy of this checkout."""
        policy = load_policy(PROJECT_ROOT / "include/policy.yaml", jurisdiction or ())
        contracts, errors = load_contracts(PROJECT_ROOT / "include/contracts")
        assert not errors
        found = []
        for record in self.records(start, end):
            if isinstance(record, FailedRecord):
                found.append((record.native_id, "failed", record.reason, None))
                continue
            on = slice_of(start, end).end.date()
            published = record.published.date() if record.published else None
            ruling = decide(record.claims, record.optouts, self.source, policy, contracts, {}, (), published, on)
            found.append((record.native_id, ruling.decision.value, ruling.reason.value, ruling.expression))
        return found


def slice_of(start: str, end: str) -> Slice:
    return Slice(
        start=datetime.fromisoformat(start).replace(tzinfo=UTC), end=datetime.fromisoformat(end).replace(tzinfo=UTC)
    )


def saved(name: str) -> bytes:
    """A saved file."""
    return (SAVED / name).read_bytes()
