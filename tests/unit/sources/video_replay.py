"""Runs a source of kind ``video`` through yt-dlp's own extractors on saved answers, without a network.

``saved/<id>.json`` holds an answer for each path (or title) that is asked for; null is a 404.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from tests.unit.sources.replay import DAY, SAVED, source_of

from rightful.catalogue.models import Source
from rightful.connectors.video.connector import VideoConnector
from rightful.http.stream import StreamClient
from rightful.licensing.decide import decide
from rightful.licensing.policy import load_policy
from rightful.model import FailedRecord, Record
from rightful.settings import PROJECT_ROOT


class Clock:
    """Time moves only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Answers(httpx.BaseTransport):
    """Answers like the platform did when the answers were saved."""

    def __init__(self, source_id: str) -> None:
        self.saved: dict[str, Any] = json.loads((SAVED / f"{source_id}.json").read_text("utf-8"))
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.path.rstrip("/")
        key = path if path != "/w/api.php" else request.url.params.get("titles", "list")
        found = self.saved.get(key)
        body = b"" if found is None else found.encode() if isinstance(found, str) else json.dumps(found).encode()
        kind = "text/html" if isinstance(found, str) else "application/json"
        status = 404 if key not in self.saved or found is None else 200
        return httpx.Response(status, headers={"Content-Type": kind}, stream=httpx.ByteStream(body), request=request)


@contextmanager
def connector(source: Source) -> Iterator[tuple[VideoConnector, Answers]]:
    """The source's connector on its saved answers."""
    answers, clock = Answers(source.id), Clock()
    client = StreamClient(
        source,
        contact="tests@example.org",
        transport=answers,
        resolver=lambda host, port: ["203.0.113.7"],
        sleep=clock.sleep,
        clock=clock,
    )
    with VideoConnector(source, contact="tests@example.org", client=client) as found:
        yield found, answers


def records(source_id: str) -> tuple[list[Record | FailedRecord], list[httpx.Request]]:
    """All records of the day, and the requests for them."""
    source = source_of(source_id)
    with connector(source) as (found, answers):
        read = [one for shard in found.plan(DAY) for page in found.fetch(shard) for one in page.records]
        return read, answers.requests


def ruled(source: Source, record: Record) -> tuple[str, str, str | None]:
    """Decision, reason and expression by the policy of this checkout."""
    policy = load_policy(PROJECT_ROOT / "include/policy.yaml")
    published = record.published.date() if record.published else None
    ruling = decide(record.claims, record.optouts, source, policy, {}, {}, (), published, DAY.end.date())
    return ruling.decision.value, ruling.reason.value, ruling.expression


def rulings(source_id: str) -> dict[str, tuple[str, str, str | None]]:
    """What the gate says of each record that could be read, by native id."""
    source = source_of(source_id)
    return {one.native_id: ruled(source, one) for one in records(source_id)[0] if isinstance(one, Record)}
