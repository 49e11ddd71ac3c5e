"""What the tests of kind ``feed`` share: feeds made of parts, a source of them, and its connector on saved answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
from tests.unit.connectors.feeds import DAY, ON_DAY, site_of
from tests.unit.http.site import Clock, Site
from tests.unit.licensing.cases import POLICY

from rightful.catalogue.models import Source
from rightful.connectors.feed import FeedConnector
from rightful.model import FailedRecord, Page, Record, Slice

FEED = "https://news.example.org/feed"
BEFORE = "Wed, 31 Dec 2025 09:00:00 GMT"
AFTER = "Fri, 02 Jan 2026 08:00:00 GMT"
BY, NC = "https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/licenses/by-nc/4.0/"
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:cc="http://backend.userland.com/creativeCommonsRssModule" '
    'xmlns:fh="http://purl.org/syndication/history/1.0"'
)


def licensed(url: str = BY) -> str:
    return f"<cc:license>{url}</cc:license>"


def article(name: str, *more: str, date: str = ON_DAY, text: str | None = "", link: str | None = None) -> str:
    """An item; ``text`` None leaves the article out, ``""`` makes one up."""
    link = f"https://news.example.org/{name}" if link is None else link
    whole = f"<p>All of the article {name}.</p>" if text == "" else text
    return (
        f"<item><title>Title of {name}</title><link>{link}</link>"
        f'<guid isPermaLink="false">news.example.org-{name}</guid>'
        + (f"<pubDate>{date}</pubDate>" if date else "")
        + f"<description>Teaser of {name} […]</description>"
        + (f"<content:encoded><![CDATA[{whole}]]></content:encoded>" if whole is not None else "")
        + "".join(more)
        + "</item>"
    )


OLD = article("old", date=BEFORE)


def rss(*parts: str) -> bytes:
    channel = "<title>The News</title><link>https://news.example.org</link><language>pt-BR</language>"
    return f'<rss version="2.0" {SPACES}><channel>{channel}{"".join(parts)}</channel></rss>'.encode()


def atom(*parts: str, attributes: str = "") -> bytes:
    head = "<id>urn:x</id><title>The News</title><author><name>Desk</name></author>"
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}>{head}{"".join(parts)}</feed>'.encode()


def articles(fetch: Mapping[str, Any] | None = None, **blocks: Any) -> Source:
    """A source of one feed; ``fetch`` and ``blocks`` replace its parts."""
    return Source.model_validate(
        {
            "id": "news",
            "title": "News",
            "kind": "feed",
            "channel": "public_dataset",
            "owner": "owner@example.org",
            "homepage": "https://example.org",
            "start_date": "2026-01-01",
            "license": {"scope": "record", "claims": [{"from": "record.license"}]},
            "pace": {"requests_per_second": 1000},
            "limits": {"retries": 0},
            "fetch": {"base_url": "https://news.example.org", "feeds": ["feed"], **(fetch or {})},
            **blocks,
        }
    )


def connector_of(source: Source, site: Site) -> FeedConnector:
    clock = Clock()
    return FeedConnector(
        source,
        POLICY if source.links else None,
        transport=httpx.MockTransport(site),
        resolver=lambda host, port: ["93.184.216.34"],
        sleep=clock.sleep,
        clock=clock,
    )


def pages(source: Source, site: Site, slice: Slice = DAY) -> list[Page]:
    """All pages of all shards of the slice."""
    with connector_of(source, site) as connector:
        return [page for shard in connector.plan(slice) for page in connector.fetch(shard)]


def records(feed: bytes | Mapping[str, Any], fetch: Mapping[str, Any] | None = None, **blocks: Any) -> list[Any]:
    """All records of the day; ``feed`` is the one feed, or all answers by address."""
    site = site_of({FEED: feed} if isinstance(feed, bytes) else feed)
    return [record for page in pages(articles(fetch, **blocks), site) for record in page.records]


def one_of(feed: bytes, fetch: Mapping[str, Any] | None = None, **blocks: Any) -> Record:
    """The one record of the day."""
    (record,) = records(feed, fetch, **blocks)
    assert isinstance(record, Record), record
    return record


__all__ = [
    "AFTER", "BEFORE", "BY", "DAY", "FEED", "NC", "OLD", "ON_DAY", "FailedRecord", "article", "articles", "atom",
    "connector_of", "licensed", "one_of", "pages", "records", "rss", "site_of",
]  # fmt: skip
