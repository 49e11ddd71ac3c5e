"""Bulk files in a folder, and the connector that reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rightful.catalogue.models import Source
from rightful.connectors.dump import DumpConnector
from rightful.connectors.files.objects import Objects
from rightful.model import FailedRecord, Record, Shard, Slice

MARCH = Slice(start=datetime(2026, 3, 1, tzinfo=UTC), end=datetime(2026, 4, 1, tzinfo=UTC))
FIELDS = {"id": "id", "url_template": "https://example.org/{id}", "text": "text"}


def dump(folder: Path, *, fetch: dict[str, Any] | None = None, **blocks: Any) -> Source:
    """A source that reads ``<year>-<month>.jsonl`` of a folder, unless ``fetch`` says otherwise."""
    return Source.model_validate(
        {
            "id": "bulk",
            "title": "Bulk",
            "kind": "dump",
            "channel": "public_dataset",
            "owner": "test@example.org",
            "homepage": "https://example.org",
            "start_date": "2026-01-01",
            "schedule": "0 0 1 * *",
            "license": {"scope": "record", "claims": [{"from": "record.license"}]},
            "pace": {"requests_per_second": 1000},
            "limits": {"retries": 0, "record_bytes": 100_000},
            "fetch": {
                "base_url": f"file://{folder}/",
                "start_within": 0,
                "files": {"by": "date", "path": "{%Y-%m}.jsonl"},
                "format": "jsonl",
                "fields": FIELDS,
                **(fetch or {}),
            },
            **blocks,
        }
    )


def planned(source: Source, slice: Slice = MARCH) -> list[Shard]:
    with DumpConnector(source, objects=Objects(source)) as connector:
        return connector.plan(slice)


def files_of(shards: Sequence[Shard]) -> list[str]:
    return [file["file"] for shard in shards for file in shard.params["files"]]


def read(source: Source, shard: Shard | None = None, cursor: Any = None) -> list[Record | FailedRecord]:
    """All records of a shard, by default of the first of March's."""
    with DumpConnector(source, objects=Objects(source)) as connector:
        chosen = shard or connector.plan(MARCH)[0]
        return [record for page in connector.fetch(chosen, cursor) for record in page.records]
