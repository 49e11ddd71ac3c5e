"""What the tests of the connector share: a slice, a shard, and records read from saved answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
from tests.unit.http.site import Site, connector_of, source_of

from rightful.model import FailedRecord, Page, Record, Shard, Slice

DAY = Slice(start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 2, tzinfo=UTC))
SHARD = Shard(source="example", slice=DAY, id="all")
LICENSE = {"scope": "record", "claims": [{"from": "record.license"}]}


def fetch(answers: Any, fetch: dict[str, Any] | None = None, cursor: Any = None, **blocks: Any) -> list[Page]:
    source = source_of(fetch, **{"limits": {"retries": 0}, **blocks})
    return list(connector_of(source, Site(answers)).fetch(SHARD, cursor))


def records(answers: Any, fields: dict[str, Any] | None = None, **blocks: Any) -> list[Record | FailedRecord]:
    basic = {"id": "id", "url_template": "https://example.org/{id}", "text": "text", **(fields or {})}
    return [r for page in fetch(answers, {"fields": basic}, **blocks) for r in page.records]


def body(text: str | bytes, **headers: str) -> httpx.Response:
    raw = text if isinstance(text, bytes) else text.encode()
    return httpx.Response(200, headers={"content-type": "application/json", **headers}, content=raw)


ERRORS = {"error": "error", "retry_when": ["maxlag", "busy", "503"]}
EMPTY: dict[str, Any] = {"items": []}
