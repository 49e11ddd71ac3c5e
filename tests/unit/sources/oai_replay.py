"""Runs a source of kind ``oai_pmh`` through its real connector on a saved answer, without a network."""

from __future__ import annotations

import httpx
from tests.unit.sources.replay import DAY, SAVED, source_of

from rightful.catalogue.load import load_contracts
from rightful.connectors.oai import OaiConnector
from rightful.http.client import Client
from rightful.licensing.decide import decide
from rightful.licensing.policy import load_policy
from rightful.model import FailedRecord, Record, Slice
from rightful.settings import PROJECT_ROOT


class Repository(httpx.BaseTransport):
    """Answers with what was saved as ``<id>.xml``, whatever is asked."""

    def __init__(self, source_id: str) -> None:
        self.source = source_of(source_id)
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        body = httpx.ByteStream((SAVED / f"{self.source.id}.xml").read_bytes())
        return httpx.Response(200, headers={"Content-Type": "text/xml"}, stream=body, request=request)

    def records(self, slice: Slice = DAY) -> list[Record | FailedRecord]:
        client = Client(
            self.source,
            contact="tests@example.org",
            transport=self,
            resolver=lambda host, port: ["203.0.113.7"],
            sleep=lambda seconds: None,
        )
        with OaiConnector(self.source, client) as connector:
            shards = connector.plan(slice)
            return [record for shard in shards for page in connector.fetch(shard) for record in page.records]

    def rulings(self, slice: Slice = DAY) -> list[tuple[str, str, str, str | None]]:
        """Native id, decision, reason and expression of each record, by the policy of this checkout."""
        policy = load_policy(PROJECT_ROOT / "include/policy.yaml")
        contracts, errors = load_contracts(PROJECT_ROOT / "include/contracts")
        assert not errors
        found = []
        for record in self.records(slice):
            assert isinstance(record, Record), record
            withdrawn = (record.native_id,) if record.deleted else ()
            published = record.published.date() if record.published else None
            on = slice.end.date()
            ruling = decide(record.claims, record.optouts, self.source, policy, contracts, {}, withdrawn, published, on)
            found.append((record.native_id, ruling.decision.value, ruling.reason.value, ruling.expression))
        return found
