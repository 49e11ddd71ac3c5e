"""What the tests of podcasts share: feeds made of parts, a source of them, and its connector on saved answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
from tests.unit.http.site import Clock, Site

from rightful.catalogue.models import Source
from rightful.connectors.podcast import PodcastConnector
from rightful.model import Credentials, Slice

DAY = Slice(start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 2, tzinfo=UTC))
ON_DAY = "Thu, 01 Jan 2026 10:00:00 GMT"
FEED = "https://feeds.example.org/show"
BY, NC = "https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/licenses/by-nc/4.0/"
SPACES = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:podcast="https://podcastindex.org/namespace/1.0" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:creativeCommons="http://backend.userland.com/creativeCommonsRssModule" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:dcterms="http://purl.org/dc/terms/"'
)


def license_of(url: str, text: str = "") -> str:
    return f'<podcast:license url="{url}">{text}</podcast:license>'


def item(guid: str = "an-episode-of-the-show", *more: str, date: str = ON_DAY, file: str = "1.mp3") -> str:
    return (
        f"<item><title>{guid}</title>"
        + (f"<guid>{guid}</guid>" if guid else "")
        + (f"<pubDate>{date}</pubDate>" if date else "")
        + (f'<enclosure url="https://audio.example.net/{file}" length="1000" type="audio/mpeg"/>' if file else "")
        + "".join(more)
        + "</item>"
    )


def rss(*parts: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    channel = "<title>The Show</title><language>en-GB</language><itunes:author>Ada</itunes:author>"
    return f'{head}<rss version="2.0" {SPACES}><channel>{channel}{"".join(parts)}</channel></rss>'.encode()


def podcasts(fetch: Mapping[str, Any] | None = None, **blocks: Any) -> Source:
    """A source of one feed; ``fetch`` and ``blocks`` replace its parts."""
    return Source.model_validate(
        {
            "id": "shows",
            "title": "Shows",
            "kind": "podcast",
            "channel": "public_dataset",
            "owner": "owner@example.org",
            "homepage": "https://example.org",
            "start_date": "2026-01-01",
            "license": {"scope": "record", "claims": [{"from": "record.license"}]},
            "pace": {"requests_per_second": 1000},
            "limits": {"retries": 0},
            "fetch": {"base_url": "https://feeds.example.org", "feeds": ["show"], "any_host": True, **(fetch or {})},
            **blocks,
        }
    )


def site_of(pages: Mapping[str, bytes | httpx.Response | Callable[[httpx.Request], httpx.Response]]) -> Site:
    """Answers by address without its query; 404 for all others."""

    def answer(request: httpx.Request) -> httpx.Response:
        page = pages.get(str(request.url.copy_with(query=None)))
        if page is None:
            return httpx.Response(404)
        if callable(page):
            return page(request)
        return page if isinstance(page, httpx.Response) else httpx.Response(200, content=page)

    return Site(answer)


def connector_of(source: Source, site: Site, credentials: Credentials | None = None) -> PodcastConnector:
    clock = Clock()
    return PodcastConnector(
        source,
        credentials=credentials,
        transport=httpx.MockTransport(site),
        resolver=lambda host, port: ["93.184.216.34"],
        sleep=clock.sleep,
        clock=clock,
    )
