"""Answers of an OAI-PMH repository, and what a connector makes of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
from tests.unit.http.site import Site, client_of

from rightful.catalogue.models import Source
from rightful.connectors.oai import OaiConnector
from rightful.model import FailedRecord, Page, Record, Slice

DAY = Slice(start=datetime(2026, 3, 1, tzinfo=UTC), end=datetime(2026, 3, 2, tzinfo=UTC))
BY, NC = "http://creativecommons.org/licenses/by/4.0/", "http://creativecommons.org/licenses/by-nc/4.0/"
OAI = (
    '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
    "<responseDate>2026-03-02T00:00:00Z</responseDate><request>x</request>{}</OAI-PMH>"
)


def listing(*records: str, token: str | None = None, verb: str = "ListRecords") -> httpx.Response:
    end = "" if token is None else f'<resumptionToken completeListSize="9" cursor="0">{token}</resumptionToken>'
    return answer(f"<{verb}>{''.join(records)}{end}</{verb}>")


def answer(inside: str) -> httpx.Response:
    return httpx.Response(200, headers={"content-type": "text/xml"}, content=OAI.format(inside).encode())


def error(code: str) -> httpx.Response:
    return answer(f'<error code="{code}">words of the repository</error>')


LICENSED = f"<license>{BY}</license>"


def record(number: int, license: str = LICENSED, day: str = "2026-03-01", *, deleted: bool = False) -> str:
    head = f"<identifier>oai:x.org:{number}</identifier><datestamp>{day}</datestamp><setSpec>cs</setSpec>"
    if deleted:
        return f'<record><header status="deleted">{head}</header></record>'
    return (
        f"<record><header>{head}</header><metadata><x:arXiv xmlns:x='urn:x'><x:id>{number}</x:id>"
        f"<x:title>T {number}</x:title><x:abstract>Abstract {number} 潮汐.</x:abstract>"
        f"<x:authors><x:author><x:keyname>Å</x:keyname></x:author></x:authors>{license}</x:arXiv></metadata></record>"
    )


def source_of(fetch: dict[str, Any] | None = None, **blocks: Any) -> Source:
    return Source.model_validate(
        {
            "id": "papers",
            "title": "Papers",
            "kind": "oai_pmh",
            "channel": "public_dataset",
            "owner": "owner@example.org",
            "homepage": "https://x.example",
            "start_date": "2026-01-01",
            "license": {"scope": "record", "claims": [{"from": "record.metadata.arXiv.license"}]},
            "pace": {"requests_per_second": 1000},
            "limits": {"retries": 0},
            "fetch": {
                "base_url": "https://x.example/oai",
                "prefix": "arXiv",
                "lists": ["author"],
                "fields": {
                    "id": "header.local",
                    "version": "header.datestamp",
                    "url_template": "https://x.example/abs/{id}",
                    "title": "metadata.arXiv.title",
                    "text": "metadata.arXiv.abstract",
                    "creators": "metadata.arXiv.authors.author[].keyname",
                },
                **(fetch or {}),
            },
            **blocks,
        }
    )


class Harvest:
    """What a connector makes of these answers."""

    def __init__(self, *answers: Any, fetch: dict[str, Any] | None = None, **blocks: Any) -> None:
        self.source, self.site = source_of(fetch, **blocks), Site(list(answers))

    def pages(self, slice: Slice = DAY, cursor: Any = None) -> list[Page]:
        with OaiConnector(self.source, client_of(self.source, self.site)) as connector:
            return [page for shard in connector.plan(slice) for page in connector.fetch(shard, cursor)]

    def records(self, slice: Slice = DAY) -> list[Record | FailedRecord]:
        return [record for page in self.pages(slice) for record in page.records]

    def ids(self, slice: Slice = DAY) -> list[str]:
        return [record.native_id for record in self.records(slice)]
