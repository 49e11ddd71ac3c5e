"""Runs a source of kind ``podcast`` on saved feeds and lists, without a network.

``saved/<id>.xml`` is a feed of the real format; ``saved/<id>.json`` the answer of the list where the source has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from tests.unit.sources.replay import DAY, SAVED, source_of

from rightful.catalogue.models import Source
from rightful.connectors.podcast import PodcastConnector
from rightful.licensing.decide import decide
from rightful.licensing.policy import load_policy
from rightful.model import Credentials, FailedRecord, Record
from rightful.settings import PROJECT_ROOT


class SavedFeeds(httpx.BaseTransport):
    """Answers every address of a list with the saved list (once: then it is empty), every other with the feed."""

    def __init__(self, source: Source) -> None:
        self.source, self.requests = source, list[httpx.Request]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        is_list = any(request.url.path.strip("/").endswith(held.path.strip("/")) for held in self.source.podcast.lists)
        body = (SAVED / f"{self.source.id}.{'json' if is_list else 'xml'}").read_bytes()
        if is_list and int(request.url.params.get("offset", 0)) > 0:
            return httpx.Response(404, stream=httpx.ByteStream(b'{"error": "nothing"}'))
        kind = "application/json" if is_list else "application/rss+xml; charset=utf-8"
        return httpx.Response(200, headers={"Content-Type": kind}, stream=httpx.ByteStream(body), request=request)


class Clock:
    """Time that only sleeping moves: waiting for a host's pace takes none."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@contextmanager
def connector(source: Source) -> Iterator[tuple[PodcastConnector, SavedFeeds]]:
    """The source's connector on its saved answers."""
    saved, clock = SavedFeeds(source), Clock()
    with PodcastConnector(
        source,
        contact="tests@example.org",
        credentials=Credentials(login="the-key", password="the-secret") if source.connection else None,
        transport=saved,
        resolver=lambda host, port: ["203.0.113.7"],
        sleep=clock.sleep,
        clock=clock,
    ) as found:
        yield found, saved


def records(source_id: str, feeds: tuple[str, ...] = ()) -> tuple[list[Record | FailedRecord], list[httpx.Request]]:
    """All records of the day, and the requests for them. ``feeds`` stand for a list that is still empty."""
    source = source_of(source_id)
    if feeds:
        source = source.model_copy(update={"fetch": source.podcast.model_copy(update={"feeds": feeds, "opml": ()})})
    with connector(source) as (found, saved):
        read = [r for shard in found.plan(DAY) for page in found.fetch(shard) for r in page.records]
        return read, saved.requests


def rulings(source_id: str, feeds: tuple[str, ...] = (), jurisdiction: str = "") -> dict[str, tuple[Any, ...]]:
    """Native id → decision, reason and expression, by the policy of this checkout."""
    policy = load_policy(PROJECT_ROOT / "include/policy.yaml", tuple(jurisdiction.split()))
    found = {}
    for record in records(source_id, feeds)[0]:
        assert isinstance(record, Record), record
        day = record.published.date() if record.published else None
        source = source_of(source_id)
        ruling = decide(record.claims, record.optouts, source, policy, {}, {}, (), day, DAY.end.date())
        found[record.native_id] = (ruling.decision.value, ruling.reason.value, ruling.expression)
    return found
