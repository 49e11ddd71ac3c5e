"""Saved responses instead of a network: a site made of a function, a clock that only sleeping moves, and sources."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from rightful.catalogue.models import Source
from rightful.connectors.rest import RestConnector
from rightful.http.client import Client
from rightful.model import Credentials

Handler = Callable[[httpx.Request], httpx.Response]


class Clock:
    """Time stands still except while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Site:
    """Answers from a function, or from a list of responses in turn, the last one again and again."""

    def __init__(self, answers: Handler | list[httpx.Response | Exception]) -> None:
        self.requests: list[httpx.Request] = []
        self._answers = answers

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if callable(self._answers):
            answer: httpx.Response | Exception = self._answers(request)
        else:
            answer = self._answers[min(len(self.requests), len(self._answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        # A response can be read once only, and one made of bytes has been read when it was made.
        return httpx.Response(answer.status_code, headers=answer.headers, stream=answer.stream)

    @property
    def asked(self) -> list[str]:
        return [str(request.url) for request in self.requests]

    @property
    def queries(self) -> list[dict[str, str]]:
        return [dict(request.url.params) for request in self.requests]


def json_response(value: Any, status: int = 200, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    body = json.dumps(value).encode()
    return httpx.Response(status, headers={"content-type": "application/json", **named}, content=body)


def source_of(fetch: dict[str, Any] | None = None, **blocks: Any) -> Source:
    """A small source; ``fetch`` and ``blocks`` replace its parts."""
    return Source.model_validate(
        {
            "id": "example",
            "title": "Example",
            "kind": "rest",
            "channel": "public_dataset",
            "owner": "owner@example.org",
            "homepage": "https://example.org",
            "start_date": "2026-01-01",
            "license": {"scope": "source", "statement": "https://creativecommons.org/licenses/by/4.0/"},
            "pace": {"requests_per_second": 1000},
            "fetch": {
                "base_url": "https://api.example.org/v1",
                "path": "items",
                "paginate": {"style": "none"},
                "records": "items",
                "fields": {"id": "id", "url_template": "https://example.org/{id}", "text": "text"},
                **(fetch or {}),
            },
            **blocks,
        }
    )


def client_of(
    source: Source, site: Site, clock: Clock | None = None, credentials: Credentials | None = None, **more: Any
) -> Client:
    clock = clock or Clock()
    return Client(
        source,
        contact="https://example.org/bot",
        credentials=credentials,
        transport=httpx.MockTransport(site),
        sleep=clock.sleep,
        clock=clock,
        **more,
    )


def connector_of(
    source: Source, site: Site, clock: Clock | None = None, credentials: Credentials | None = None
) -> RestConnector:
    return RestConnector(source, client_of(source, site, clock, credentials))
