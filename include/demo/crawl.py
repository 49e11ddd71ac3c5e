"""A crawl: every day a snapshot of two archives, with pages that state a licence and many that don't.

Lists and archives lie as Common Crawl has them: ``collinfo.json``, ``warc.paths.gz``, WARC 1.0 (ISO 28500), each record
a gzip member of its own.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from demo.prose import paragraphs
from demo.stream import Moment, Stream
from demo.web import Request, Response, json_response

PAGES_A_DAY = 60
FILES = 2
LIST_DAYS = 60
"""So far back the list of snapshots goes."""

_CC = "https://creativecommons.org/licenses/"


@dataclass(frozen=True)
class Case:
    """How a page states its licence, on which site, and what follows (known here, not asked of the gate)."""

    site: str
    head: str = ""
    foot: str = ""
    header: str = ""
    outcome: str = "passed over"
    reason: str = "no_licence"


CASES = (
    Case(
        "journal.example",
        foot=f'<p>This article is licensed under a <a rel="license" href="{_CC}by/4.0/">CC BY 4.0</a> licence.</p>',
        outcome="allow",
        reason="allowed",
    ),
    Case(
        "atlas.example",
        head='<script type="application/ld+json">{"@context":"https://schema.org","@type":"Article","license":'
        f'"{_CC}by-sa/4.0/"}}</script>',
        outcome="allow",
        reason="allowed",
    ),
    Case(
        "garden.example",
        foot=f'<p>This text is licensed under <a rel="license" href="{_CC}by-nc/4.0/">CC BY-NC 4.0</a>.</p>',
        outcome="deny",
        reason="nc",
    ),
    Case(
        "closed.example",
        foot=f'<p>This article is licensed under a <a rel="license" href="{_CC}by/4.0/">CC BY 4.0</a> licence.</p>',
        outcome="deny",
        reason="robots",
    ),
    Case(
        "reserved.example",
        foot=f'<p>This article is licensed under a <a rel="license" href="{_CC}by/4.0/">CC BY 4.0</a> licence.</p>',
        header="TDM-Reservation: 1\r\n",
        outcome="quarantine",
        reason="tdm_reserved",
    ),
    *(Case(f"shop{number}.example", foot="<p>© The shop. Call us.</p>") for number in range(15)),
)
"""One page in four states a licence: a demonstration has no time for one in a hundred."""

ROBOTS = {"closed.example": b"User-agent: *\nDisallow: /\n"}


def stream_of(scale: int) -> Stream:
    """When the pages were fetched."""
    return Stream(PAGES_A_DAY, 601, scale, spread=0)


def case_of(moment: Moment) -> Case:
    """What a page states."""
    return CASES[moment.index % len(CASES)]


def url_of(moment: Moment) -> str:
    """Its address."""
    return f"https://{case_of(moment).site}/{moment.date}/{moment.index}"


def html_of(moment: Moment) -> bytes:
    """The page."""
    case, ready = case_of(moment), paragraphs("en", "plain")
    chosen = [json.loads(b'"' + ready[(moment.key * 7 + number * 31) % len(ready)] + b'"') for number in range(5)]
    text = "".join(f"<p>{paragraph}</p>" for paragraph in chosen)
    title = f"Notes of {moment.date}, number {moment.index}"
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>"
        f'<meta name=author content="The Editors of {case.site}">{case.head}</head>'
        '<body><nav><a href="/">Home</a></nav>'
        f"<main><article><h1>{title}</h1>{text}{case.foot}</article></main></body></html>"
    ).encode()


def version_of(moment: Moment) -> str:
    """What Rightful tells a page from its later self by."""
    return hashlib.sha256(html_of(moment)).hexdigest()[:16]


class CrawlSite:
    """``collinfo.json`` and ``crawl-data/<snapshot>/…`` below ``prefix``."""

    def __init__(self, prefix: str, scale: int = 1) -> None:
        self._prefix, self._stream = prefix, stream_of(scale)

    def answer(self, request: Request) -> Response:
        """A list, or an archive of a day that is over."""
        name = request.path.removeprefix(self._prefix)
        today = int(time.time()) // 86_400
        if name == "collinfo.json":
            return json_response([_collection(day) for day in range(today - 1, today - 1 - LIST_DAYS, -1)])
        folder, _, rest = name.partition("/")
        snapshot, _, file = rest.partition("/")
        day = _day_of(snapshot)
        if folder != "crawl-data" or day is None or day >= today:
            return Response(b"no such file", status=404, type="text/plain; charset=utf-8")
        files = [f"crawl-data/{snapshot}/{number:05d}.warc.gz" for number in range(FILES)]
        if file == "warc.paths.gz":
            return _file(gzip.compress("".join(f"{path}\n" for path in files).encode(), mtime=0))
        if f"crawl-data/{snapshot}/{file}" in files:
            return _file(self.archive(day, int(file[:5])))
        return Response(b"no such file", status=404, type="text/plain; charset=utf-8")

    def archive(self, day: int, number: int) -> bytes:
        """Archive ``number`` of a day (counted from 1970): its pages, and then the robots.txt of their sites."""
        moments = [m for m in _of_day(self._stream, day) if m.index % FILES == number]
        parts = [_member("warcinfo", "", b"software: the demo publisher\r\n", f"{day}-{number}", day * 86_400)]
        for moment in moments:
            answer = _answer(html_of(moment), "text/html; charset=utf-8", case_of(moment).header)
            parts.append(_member("response", url_of(moment), answer, f"{moment.key}", moment.unix))
        for site, rules in ROBOTS.items():
            answer = _answer(rules, "text/plain")
            parts.append(
                _member("response", f"https://{site}/robots.txt", answer, f"{site}{day}{number}", day * 86_400)
            )
        return b"".join(parts)


def _of_day(stream: Stream, day: int) -> Iterator[Moment]:
    found = stream.between(day * 86_400, (day + 1) * 86_400)
    return found.part(0, len(found))


def _day_of(snapshot: str) -> int | None:
    try:
        return int(datetime.fromisoformat(f"{snapshot.removeprefix('DEMO-')}T00:00:00+00:00").timestamp()) // 86_400
    except ValueError:
        return None


def _collection(day: int) -> dict[str, str]:
    date = time.strftime("%Y-%m-%d", time.gmtime(day * 86_400))
    return {
        "id": f"DEMO-{date}",
        "name": f"Demo crawl of {date}",
        "from": f"{date}T00:00:00",
        "to": f"{date}T23:59:59",
    }


def _file(body: bytes) -> Response:
    return Response(body, type="application/octet-stream", headers={"Accept-Ranges": "none"})


def _answer(body: bytes, media_type: str, more: str = "") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\n{more}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _member(kind: str, url: str, block: bytes, name: str, unix: int) -> bytes:
    """One WARC record, as a gzip member."""
    payload = block.partition(b"\r\n\r\n")[2] if kind == "response" else block
    lines = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Date: {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(unix))}",
        f"WARC-Record-ID: <urn:sha1:{hashlib.sha1(f'{kind} {name}'.encode()).hexdigest()}>",  # noqa: S324
        f"WARC-Block-Digest: {_sha1(block)}",
        f"WARC-Payload-Digest: {_sha1(payload)}",
        *([f"WARC-Target-URI: {url}"] if url else []),
        f"Content-Type: {'application/http; msgtype=response' if url else 'application/warc-fields'}",
        f"Content-Length: {len(block)}",
    ]
    return gzip.compress("\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n", mtime=0)


def _sha1(data: bytes) -> str:
    return f"sha1:{base64.b32encode(hashlib.sha1(data).digest()).decode()}"  # noqa: S324  # what WARC uses
