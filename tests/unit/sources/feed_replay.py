"""Runs a source of kind ``feed`` through its real connector on saved feeds and pages, without a network.

Every address that is not named answers with ``saved/<id>.xml``; pages of WordPress with a number are not there. Linked
texts are fetched and ruled on as the pipeline does it: once the gate has allowed the record, or where only the page can
tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
from tests.unit.sources.replay import DAY, SAVED, source_of

from rightful.connectors.feed import FeedConnector
from rightful.licensing.decide import decide
from rightful.licensing.policy import load_policy
from rightful.model import Credentials, FailedRecord, Record, Ruling, Slice
from rightful.settings import PROJECT_ROOT


class Clock:
    """Time that only sleeping moves: waiting for a host's pace takes none."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Replay(httpx.BaseTransport):
    """A source on saved answers. ``named``: address (without its query) → name of a file in ``saved``; ``""`` is 404.
    ``feeds`` and ``pages`` stand for those of the file."""

    def __init__(
        self,
        source_id: str,
        named: Mapping[str, str] | None = None,
        *,
        jurisdiction: tuple[str, ...] = (),
        slice: Slice = DAY,
    ) -> None:
        self.source, self.slice = source_of(source_id), slice
        self.named = dict(named or {})
        self.policy = load_policy(PROJECT_ROOT / "include/policy.yaml", jurisdiction)
        self.requests: list[httpx.Request] = []

    @property
    def asked(self) -> list[str]:
        """Every address that was asked for, once, in order."""
        return list(dict.fromkeys(str(request.url) for request in self.requests))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        paginate = self.source.feed.paginate
        address = str(request.url.copy_with(query=None))
        name = self.named.get(str(request.url), self.named.get(address))
        if name is None:
            numbered = paginate.style == "page" and paginate.param in request.url.params
            name = "" if numbered or request.url.path == "/robots.txt" else f"{self.source.id}.xml"
        if not name or "/.well-known/" in address:
            return httpx.Response(404, stream=httpx.ByteStream(b"not found"), request=request)
        kind = "text/html; charset=utf-8" if name.endswith((".html", ".htm")) else "application/xml; charset=utf-8"
        body = httpx.ByteStream((SAVED / name).read_bytes())
        return httpx.Response(200, headers={"Content-Type": kind}, stream=body, request=request)

    def connector(self) -> FeedConnector:
        clock = Clock()
        return FeedConnector(
            self.source,
            self.policy if self.source.links else None,
            contact="tests@example.org",
            credentials=Credentials(password="a-key") if self.source.connection else None,
            transport=self,
            resolver=lambda host, port: ["203.0.113.7"],
            sleep=clock.sleep,
            clock=clock,
        )

    def records(self, *, complete: bool = True) -> list[Record | FailedRecord]:
        """All records of the slice; ``complete``: with the texts they link to, where the gate lets them be fetched."""
        with self.connector() as connector:
            found = [r for shard in connector.plan(self.slice) for page in connector.fetch(shard) for r in page.records]
            return [self._completed(connector, record) if complete else record for record in found]

    def _completed(self, connector: FeedConnector, record: Record | FailedRecord) -> Record | FailedRecord:
        if isinstance(record, FailedRecord) or record.linked is None:
            return record
        allowed = self.rule(record).decision.value == "allow"
        return connector.complete_text(record) if allowed or (connector.asks_pages and not record.claims) else record

    def rule(self, record: Record) -> Ruling:
        """By the policy of this checkout."""
        day = record.published.date() if record.published else None
        return decide(record.claims, record.optouts, self.source, self.policy, {}, {}, (), day, self.slice.end.date())

    def rulings(self) -> dict[str, tuple[Any, ...]]:
        """Native id → decision, reason and expression; of what failed, ``failed`` and why."""
        found: dict[str, tuple[Any, ...]] = {}
        for record in self.records():
            if isinstance(record, FailedRecord):
                found[record.native_id] = ("failed", record.reason, None)
                continue
            ruling = self.rule(record)
            found[record.native_id] = (ruling.decision.value, ruling.reason.value, ruling.expression)
        return found
