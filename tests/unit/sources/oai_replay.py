"""Runs a source of kind ``oai_pmh`` through its real connector on a saved answer, without a network.

Linked texts are fetched and ruled on as the pipeline does it: once the gate has allowed the record, or where only the
page can tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx
from tests.unit.sources.replay import DAY, SAVED, source_of

from rightful.catalogue.load import load_contracts
from rightful.connectors.oai import OaiConnector
from rightful.http.client import Client
from rightful.licensing.decide import decide
from rightful.licensing.policy import load_policy
from rightful.model import Decision, FailedRecord, Record, Ruling, Slice
from rightful.settings import PROJECT_ROOT

Told = tuple[str, str, str, str | None]
_TYPES = {"html": "text/html; charset=utf-8", "pdf": "application/pdf", "txt": "text/plain"}


class Repository(httpx.BaseTransport):
    """Answers with what was saved as ``<id>.xml``, whatever is asked. ``pages``: address of another host → name of a
    file in ``saved``; all else of other hosts is not there."""

    def __init__(self, source_id: str, pages: Mapping[str, str] | None = None) -> None:
        self.source, self.pages = source_of(source_id), dict(pages or {})
        self.policy = load_policy(PROJECT_ROOT / "include/policy.yaml")
        self.requests: list[httpx.Request] = []

    @property
    def asked(self) -> list[str]:
        """Every address that was asked for."""
        return [str(request.url) for request in self.requests]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        own = str(request.url.copy_with(query=None)) == self.source.fetch.base_url
        name = f"{self.source.id}.xml" if own else self.pages.get(str(request.url))
        if name is None:
            return httpx.Response(404, stream=httpx.ByteStream(b"not found"), request=request)
        kind = "text/xml" if own else _TYPES[name.rpartition(".")[2]]
        body = httpx.ByteStream((SAVED / name).read_bytes())
        return httpx.Response(200, headers={"Content-Type": kind}, stream=body, request=request)

    @contextmanager
    def connector(self) -> Iterator[OaiConnector]:
        client = Client(
            self.source,
            contact="tests@example.org",
            transport=self,
            resolver=lambda host, port: ["203.0.113.7"],
            sleep=lambda seconds: None,
        )
        with OaiConnector(self.source, client, self.policy if self.source.links else None) as connector:
            yield connector

    def records(self, slice: Slice = DAY) -> list[Record | FailedRecord]:
        """As they are listed."""
        with self.connector() as connector:
            shards = connector.plan(slice)
            return [record for shard in shards for page in connector.fetch(shard) for record in page.records]

    def completed(self, slice: Slice = DAY) -> list[Record | FailedRecord]:
        """With the texts that they link to, where the gate lets them be fetched."""
        listed = self.records(slice)
        with self.connector() as connector:
            return [
                connector.complete_text(one)
                if isinstance(one, Record) and one.linked is not None and self._is_wanted(one, slice)
                else one
                for one in listed
            ]

    def _is_wanted(self, record: Record, slice: Slice) -> bool:
        asks = any(rule.from_ == "page" for rule in self.source.license.claims)
        return self.rule(record, slice).decision is Decision.ALLOW or (asks and not record.claims)

    def rule(self, record: Record, slice: Slice = DAY) -> Ruling:
        """What the gate says of a record by the policy of this checkout."""
        contracts, errors = load_contracts(PROJECT_ROOT / "include/contracts")
        assert not errors
        withdrawn = (record.native_id,) if record.deleted else ()
        published = record.published.date() if record.published else None
        on = slice.end.date()
        return decide(record.claims, record.optouts, self.source, self.policy, contracts, {}, withdrawn, published, on)

    def rulings(self, slice: Slice = DAY, *, complete: bool = False) -> list[Told]:
        """Native id, decision, reason and expression of each record as listed, or (``complete``) with its text."""
        return [self._told(record, slice) for record in (self.completed(slice) if complete else self.records(slice))]

    def _told(self, record: Record | FailedRecord, slice: Slice) -> Told:
        if isinstance(record, FailedRecord):
            return record.native_id, "failed", record.reason, None
        ruling = self.rule(record, slice)
        return record.native_id, ruling.decision.value, ruling.reason.value, ruling.expression
