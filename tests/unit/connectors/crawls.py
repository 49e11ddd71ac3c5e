"""Archives made for tests of kind ``crawl``, and sources that read them from a folder."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from rightful.catalogue.models import Source
from rightful.connectors.crawl.connector import CrawlConnector
from rightful.connectors.files.objects import Objects
from rightful.licensing.policy import Policy, load_policy
from rightful.model import Shard, Slice
from rightful.settings import PROJECT_ROOT

POLICY: Policy = load_policy(PROJECT_ROOT / "include/policy.yaml")
DAY = Slice(start=datetime(2026, 3, 1, tzinfo=UTC), end=datetime(2026, 3, 2, tzinfo=UTC))
CAPTURED = datetime(2026, 2, 20, 6, 30, tzinfo=UTC)
BY = "https://creativecommons.org/licenses/by/4.0/"
NC = "https://creativecommons.org/licenses/by-nc/4.0/"

WORDS = (
    "The lighthouse keeper wrote down the wind every morning, and in the evening he read it to his daughter. "
    "Nobody else on the island kept such a book, so it is now the only record of those storms. "
)


class Capture(NamedTuple):
    """One answer that a crawler kept."""

    url: str
    body: bytes
    status: str = "200 OK"
    headers: Sequence[tuple[str, str]] = (("Content-Type", "text/html; charset=utf-8"),)
    kind: str = "response"
    warc_headers: Sequence[tuple[str, str]] = ()
    date: datetime = CAPTURED


def page(license_url: str | None = None, *, rel: str = "license", text: str = WORDS, head: str = "") -> bytes:
    """An article, with a marked link to its licence where one is given."""
    mark = f'<p>This article is licensed under a <a rel="{rel}" href="{license_url}">licence</a>.</p>'
    return (
        f"<!doctype html><html lang=en><head><title>The wind book</title>{head}</head><body><main><article>"
        f"<h1>The wind book</h1><p>{text}</p><p>{text[::-1][:40]} {text}</p>{mark if license_url else ''}"
        f"</article></main></body></html>"
    ).encode()


def footer(license_url: str, text: str = WORDS) -> bytes:
    """An article whose site names a licence in its footer only."""
    return (
        f"<!doctype html><html lang=en><head><title>Note</title></head><body><main><article><p>{text}</p></article>"
        f'</main><footer><a href="{license_url}">CC BY 4.0</a></footer></body></html>'
    ).encode()


def robots(body: str, host: str = "https://islands.example", status: str = "200 OK") -> Capture:
    """A site's robots.txt as a crawler kept it."""
    return Capture(f"{host}/robots.txt", body.encode(), status, (("Content-Type", "text/plain"),))


def archive(captures: Iterable[Capture], *, gzip: bool = True) -> bytes:
    """A WARC of these captures."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=gzip)
    for one in captures:
        http = StatusAndHeaders(one.status, list(one.headers), protocol="HTTP/1.1")
        headers = {"WARC-Date": one.date.strftime("%Y-%m-%dT%H:%M:%SZ"), **dict(one.warc_headers)}
        if one.kind == "revisit":
            record = writer.create_revisit_record(
                one.url, "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ", one.url, "2026-01-01T00:00:00Z", http_headers=http
            )
        else:
            record = writer.create_warc_record(
                one.url,
                one.kind,
                payload=io.BytesIO(one.body),
                http_headers=http if one.kind == "response" else None,
                warc_headers_dict=headers,
                warc_content_type="text/plain" if one.kind == "conversion" else "",
            )
        writer.write_record(record)
    return out.getvalue()


def crawl(folder: Path, *, fetch: dict[str, Any] | None = None, **blocks: Any) -> Source:
    """A source that reads archives of a folder."""
    return Source.model_validate(
        {
            "id": "islands",
            "title": "Islands",
            "kind": "crawl",
            "channel": "crawl",
            "owner": "test@example.org",
            "homepage": "https://example.org",
            "start_date": "2026-01-01",
            "license": {
                "scope": "record",
                "claims": [{"from": "page", "strength": "page_metadata"}],
                "weakest_strength": "statement",
            },
            "pace": {"requests_per_second": 1000},
            "limits": {"retries": 0},
            "fetch": {"base_url": f"file://{folder}/", "start_within": 0, **(fetch or {})},
            **blocks,
        }
    )


def connector_of(source: Source) -> CrawlConnector:
    """Reads it for real, under the project's policy."""
    return CrawlConnector(source, policy=POLICY, objects=Objects(source))


def shard_of(*files: str, ranges: Sequence[Sequence[int]] | None = None) -> Shard:
    """A shard of these archives."""
    params = {"files": [{"file": file, "ranges": ranges} for file in files]}
    return Shard(source="islands", slice=DAY, id="0001", params=params)


LATER = CAPTURED + timedelta(days=1)
