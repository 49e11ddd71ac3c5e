"""A little Common Crawl: two snapshots of three archives with their lists and columnar index, and who serves them."""

from __future__ import annotations

import contextlib
import gzip
import json
import random
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
from tests.unit.connectors.crawls import BY, NC, WORDS, Capture, archive, footer, page, robots

from rightful.connectors.crawl.domains import domain_of
from rightful.model import Slice

OLD, NEW = "LITTLE-2026-07", "LITTLE-2026-11"
ARCHIVES = 3
FORBIDDEN = "https://www.islands.example/204"
"""What a robots.txt that lies apart from the pages keeps out."""


class Placed(NamedTuple):
    """A record of an archive, where it lies, and what the index says of it."""

    capture: Capture
    file: str
    offset: int
    length: int


def articles(domain: str, first: int, count: int, licence: str | None = BY) -> list[Capture]:
    return [
        Capture(f"https://www.{domain}/{number}", page(licence, text=f"Note {number} of {domain}. {WORDS}"))
        for number in range(first, first + count)
    ]


def far_away(seed: int) -> Capture:
    """So large that neither what lies before and behind it is asked for together, nor what its middle is near to."""
    noise = random.Random(seed).randbytes(2_200_000)
    return Capture(f"https://noise.example/{seed}", noise, headers=(("Content-Type", "image/png"),))


class LittleCrawl:
    """Writes the files of the crawl to ``folder``. The newer snapshot ends in ``slice``."""

    def __init__(self, folder: Path, slice: Slice) -> None:
        self.folder, self.placed = folder, list[Placed]()
        ends = {OLD: slice.start - timedelta(days=30), NEW: slice.start + timedelta(hours=6)}
        for name, end in ends.items():
            records = self._archives(name)
            if name == NEW:
                self.placed = records
            self._index(name, records, end)
        described = [
            {"id": name, "from": f"{end:%Y-%m-%d}", "to": f"{end:%Y-%m-%dT%H:%M:%S}"} for name, end in ends.items()
        ]
        self._write("collinfo.json", json.dumps(described[::-1]).encode())

    def wanted(self, domain: str) -> list[Placed]:
        """The newer snapshot's pages of a domain that are under an open licence."""
        return [
            one
            for one in self.placed
            if domain_of(one.capture.url) == domain and BY.encode() in one.capture.body and b"Note " in one.capture.body
        ]

    def file(self, number: int, snapshot: str = NEW) -> str:
        return f"crawl-data/{snapshot}/segments/1/warc/{number:05d}.warc.gz"

    def add_to_index(self, *rows: tuple[str, int, int]) -> None:
        """Rows of islands.example that lead to these places."""
        self._part(NEW, 9, [_row("https://islands.example/made-up", *place) for place in rows])

    def _archives(self, snapshot: str) -> list[Placed]:
        found: list[Placed] = []
        for number in range(ARCHIVES):
            first = 100 * number + (1000 if snapshot == OLD else 0)
            captures = [
                *articles("other.example", first, 2),
                *articles("islands.example", first, 3),
                *articles("other.example", first + 2, 1),  # between two that are wanted: read, and left out
                *articles("islands.example", first + 3, 1),
                Capture(f"https://islands.example/paid-{first}", page(NC, text=f"Paid {first}. {WORDS}")),
                Capture(f"https://islands.example/foot-{first}", footer(BY, f"Foot {first}. {WORDS}")),
                far_away(first),
                *articles("islands.example", first + 4, 2),
                *articles("islands.example", first + 6, 1, None),
                *articles("closed.example", first, 1),
                robots("User-agent: *\nDisallow: /\n", "https://www.closed.example"),
            ]
            file = self.file(number, snapshot)
            blobs = [archive([capture]) for capture in captures]
            at = 0
            for capture, blob in zip(captures, blobs, strict=True):
                found.append(Placed(capture, file, at, len(blob)))
                at += len(blob)
            self._write(file, b"".join(blobs))
        return found

    def _robots(self, snapshot: str) -> None:
        """robots.txt files apart from the pages, in archives and a part of the index of their own."""
        rows, blobs = list[dict[str, Any]](), list[bytes]()
        file = f"crawl-data/{snapshot}/segments/1/robotstxt/00000.warc.gz"
        host, _, path = FORBIDDEN.rpartition("/")
        for capture in (robots("", "https://www.other.example"), robots(f"User-agent: *\nDisallow: /{path}$\n", host)):
            blobs.append(archive([capture]))
            rows.append(_row(capture.url, file, sum(map(len, blobs[:-1])), len(blobs[-1])))
        self._write(file, b"".join(blobs))
        place = self.folder / self._part_path(snapshot, 0, "robotstxt")
        place.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows), place)

    def _index(self, snapshot: str, records: list[Placed], end: datetime) -> None:
        rows = [_row(one.capture.url, one.file, one.offset, one.length) for one in records]
        rows.sort(key=lambda row: (row["url_host_registered_domain"], row["url"]))
        self._robots(snapshot)
        half = len(rows) // 2
        for part, some in enumerate((rows[:half], rows[half:])):
            self._part(snapshot, part, some)
        for name, paths in (
            ("warc.paths.gz", [self.file(number, snapshot) for number in range(ARCHIVES)]),
            ("cc-index-table.paths.gz", self._parts(snapshot, 0, 1)),
        ):
            self._list(snapshot, name, paths)

    def _part(self, snapshot: str, part: int, rows: list[dict[str, Any]]) -> None:
        place = self.folder / self._part_path(snapshot, part)
        place.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows), place, row_group_size=8)
        if part > 1:
            self._list(snapshot, "cc-index-table.paths.gz", self._parts(snapshot, 0, 1, part))

    def _parts(self, snapshot: str, *parts: int) -> list[str]:
        """All parts of the index stand in one list."""
        return [self._part_path(snapshot, 0, "robotstxt"), *(self._part_path(snapshot, part) for part in parts)]

    def _part_path(self, snapshot: str, part: int, subset: str = "warc") -> str:
        return f"cc-index/table/cc-main/warc/crawl={snapshot}/subset={subset}/part-{part:05d}.c000.gz.parquet"

    def _list(self, snapshot: str, name: str, paths: list[str]) -> None:
        self._write(f"crawl-data/{snapshot}/{name}", gzip.compress("".join(f"{path}\n" for path in paths).encode()))

    def _write(self, path: str, data: bytes) -> None:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def _row(url: str, file: str, offset: int, length: int) -> dict[str, Any]:
    return {
        "url": url,
        "url_host_registered_domain": domain_of(url),
        "content_languages": "eng",
        "content_mime_detected": "image/png" if "noise" in url else "text/html",
        "fetch_status": 200,
        "warc_filename": file,
        "warc_record_offset": offset,
        "warc_record_length": length,
    }


class Served(ThreadingHTTPServer):
    """Serves a folder. A context manager.

    Args:
        folder: What to serve.
        ranges: Whether it knows them.
        archives_at: Where it sends those who ask for archives.
        hangs_in: An archive whose second half never comes, until :attr:`go_on` is set.
    """

    daemon_threads = True

    def __init__(self, folder: Path, *, ranges: bool = True, archives_at: str = "", hangs_in: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder, self.ranges, self.archives_at, self.hangs_in = folder, ranges, archives_at, hangs_in
        self.asked: list[tuple[str, str]] = []
        self.hangs, self.go_on = threading.Event(), threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.go_on.set()
        self.shutdown()
        self.server_close()

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def archives(self) -> list[str]:
        """Of which archives something was asked for, each as often as it was."""
        return [path for path, _ in self.asked if path.endswith(".warc.gz")]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Served

    def do_GET(self) -> None:
        path = urlsplit(self.path).path.lstrip("/")
        wanted = self.headers.get("Range", "")
        self.server.asked.append((path, wanted))
        place = self.server.folder / path
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if self.server.archives_at and path.endswith(".warc.gz"):
                self._answer(302, b"", Location=f"{self.server.archives_at}/{path}")
            elif not place.is_file():
                self._answer(404, b"<html>404</html>")
            else:
                self._file(path, place.read_bytes(), wanted if self.server.ranges else "")

    def log_message(self, *args: Any) -> None:
        """Be quiet."""

    def _file(self, path: str, body: bytes, wanted: str) -> None:
        more = {"ETag": f'"{len(body)}"'}
        if path.endswith(".gz"):
            more["Content-Encoding"] = "gzip"  # as many servers say of files that are packed themselves
        if not wanted:
            self._answer(200, body, hangs=path == self.server.hangs_in, **more)
            return
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        begin, end = int(first), min(int(last or len(body)) + 1, len(body))
        if begin >= len(body):
            self._answer(416, b"")
            return
        more["Content-Range"] = f"bytes {begin}-{end - 1}/{len(body)}"
        self._answer(206, body[begin:end], **more)

    def _answer(self, status: int, body: bytes, *, hangs: bool = False, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        half = len(body) // 2 if hangs else 0
        self.wfile.write(body[:half])
        if hangs:
            self.server.hangs.set()
            self.server.go_on.wait()
        self.wfile.write(body[half:])
