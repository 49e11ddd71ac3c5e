"""Runs a source of kind ``synthetic`` through its real connector, without a network and without a store.

``saved/<id>.json`` holds seeds as the corpus would tell them, and what the endpoint answers to each: a chat completion,
or ``{"status": …, "body": …}``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from tests.unit.sources.replay import DAY, SAVED, source_of

from rightful.catalogue.models import Source
from rightful.connectors.synthetic.connector import SyntheticConnector
from rightful.connectors.synthetic.seeds import Seed
from rightful.http.client import Client
from rightful.licensing.decide import decide
from rightful.licensing.policy import load_policy
from rightful.model import FailedRecord, Page, Record, Slice, Strength
from rightful.settings import PROJECT_ROOT


@dataclass
class Shelf:
    """Seeds that are there, in the store's place."""

    seeds: dict[str, Seed]

    def chosen(self, slice: Slice) -> tuple[list[str], dict[str, int]]:
        return list(self.seeds), {}

    def read(self, ids: Sequence[str], slice: Slice) -> dict[str, Seed]:
        return {name: self.seeds[name] for name in ids if name in self.seeds}


class Endpoint(httpx.BaseTransport):
    """Answers by the seed's title, which the prompt holds. ``requests`` are those that were made."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.requests: list[httpx.Request] = []
        self._answers = answers

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        asked = json.loads(request.content)["messages"][-1]["content"]
        told = next(answer for title, answer in self._answers.items() if title in asked)
        status, body = (told["status"], told["body"]) if "status" in told else (200, told)
        stream = httpx.ByteStream(json.dumps(body).encode())
        return httpx.Response(status, headers={"Content-Type": "application/json"}, stream=stream, request=request)


def seed(**told: Any) -> Seed:
    """A seed, with what is not told filled in."""
    number = told["id"]
    return Seed(
        **{
            "url": f"https://example.org/{number}",
            "text": "A text.",
            "title": number,
            "creators": ("Ada",),
            "attribution": f"“{number}” by Ada, CC-BY-4.0",
            "license": "CC-BY-4.0",
            "strength": Strength.PUBLISHER,
            "optouts": (),
            "language": "en",
            "content_sha256": "0" * 64,
            "depth": 0,
            **{name: tuple(value) if isinstance(value, list) else value for name, value in told.items()},
        }
    )


def connector(source: Source, seeds: Sequence[Seed], endpoint: httpx.BaseTransport) -> SyntheticConnector:
    """The source's connector on these seeds."""
    client = Client(source, transport=endpoint, resolver=lambda host, port: ["203.0.113.7"], sleep=lambda seconds: None)
    shelf: Any = Shelf({one.id: one for one in seeds})
    return SyntheticConnector(source, client, shelf)


def saved(source_id: str) -> tuple[Source, list[Seed], Endpoint]:
    """A source of the catalogue, and what is saved for it."""
    told = json.loads((SAVED / f"{source_id}.json").read_text())
    return source_of(source_id), [seed(**one) for one in told["seeds"]], Endpoint(told["answers"])


def pages(source_id: str) -> list[Page]:
    """All pages of the slice."""
    with connector(*saved(source_id)) as found:
        return [page for shard in found.plan(DAY) for page in found.fetch(shard)]


def records(source_id: str) -> list[Record | FailedRecord]:
    """All records of the slice."""
    return [record for page in pages(source_id) for record in page.records]


def rulings(source_id: str) -> list[tuple[str, str, str, str | None]]:
    """Seed, decision, reason and expression of each text, by the policy of this checkout; failed ones are left out."""
    source = source_of(source_id)
    policy = load_policy(PROJECT_ROOT / "include/policy.yaml")
    found = []
    for record in records(source_id):
        if isinstance(record, Record) and record.synthesis is not None:
            ruling = decide(record.claims, record.optouts, source, policy, {}, {}, (), None, DAY.end.date())
            found.append((record.synthesis.seeds[0], ruling.decision.value, ruling.reason.value, ruling.expression))
    return found
