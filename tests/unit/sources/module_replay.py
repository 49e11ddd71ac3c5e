"""Runs a source of kind ``module`` through its real connector on saved answers, without a network.

``saved/<id>.json`` holds what the source answered, by path and query below ``fetch.base_url``; other requests are 404.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
from tests.unit.sources.replay import DAY, SAVED, source_of

from rightful.catalogue.models import Source
from rightful.connectors.module.connector import ModuleConnector
from rightful.http.client import Client
from rightful.licensing.decide import decide
from rightful.licensing.policy import load_policy
from rightful.model import FailedRecord, Page, Record
from rightful.settings import PROJECT_ROOT


class Saved(httpx.BaseTransport):
    """The site. ``asked`` are the paths with queries that were asked for."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self._answers, self.asked = answers, list[str]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode()
        self.asked.append(path)
        body = json.dumps(self._answers.get(path, {"error": "not found"})).encode()
        headers = {"Content-Type": "application/json"}
        status = 200 if path in self._answers else 404
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body), request=request)


def connector(source: Source, site: Saved, root: Path = PROJECT_ROOT) -> ModuleConnector:
    """The source's connector, asking ``site``."""
    client = Client(source, transport=site, resolver=lambda host, port: ["203.0.113.7"], sleep=lambda seconds: None)
    return ModuleConnector(source, client, load_policy(PROJECT_ROOT / "include/policy.yaml"), root)


def pages(source_id: str) -> list[Page]:
    """All pages of the slice."""
    answers = json.loads((SAVED / f"{source_id}.json").read_text())
    with connector(source_of(source_id), Saved(answers)) as found:
        return [page for shard in found.plan(DAY) for page in found.fetch(shard)]


def records(source_id: str) -> list[Record | FailedRecord]:
    """All records of the slice."""
    return [record for page in pages(source_id) for record in page.records]


def rulings(source_id: str) -> list[tuple[str, str, str, str | None]]:
    """Native id, decision, reason and expression of each record, by the policy of this checkout."""
    source, policy = source_of(source_id), load_policy(PROJECT_ROOT / "include/policy.yaml")
    found = []
    for record in records(source_id):
        assert isinstance(record, Record), record
        ruling = decide(record.claims, record.optouts, source, policy, {}, {}, (), None, DAY.end.date())
        found.append((record.native_id, ruling.decision.value, ruling.reason.value, ruling.expression))
    return found
