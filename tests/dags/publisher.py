"""A JSON API on this machine for tests of whole runs: pages of records, or single ones; it fails on demand."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

PAGE = 3

LICENSES = ("CC-BY-4.0", "CC0-1.0", "CC BY-NC 4.0", None, "CC BY")
"""The first two may load, the third is denied; nobody can tell what the others allow."""


class Publisher:
    """What the server knows. ``failures`` maps a page to the answers it gives before it works."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.failures: dict[int, list[tuple[int, dict[str, str]]]] = {}
        self.requests: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.port = 0

    def fill(self, day: str, number: int) -> None:
        """``number`` records published on ``day``, with the licences taking turns."""
        self.records += [
            {
                "id": f"{day}-{position}",
                "url": f"https://example.org/{day}/{position}",
                "text": f"On {day} the council met for the {position}th time and agreed on a plan for the river.",
                "license": LICENSES[position % len(LICENSES)],
                "published": f"{day}T12:00:00Z",
            }
            for position in range(number)
        ]

    def pages_asked(self) -> list[int]:
        """Every page that was asked for, in order."""
        return [int(request["page"]) for request in self.requests]

    def source(self, source_id: str, **changed: Any) -> dict[str, Any]:
        """Blocks of a source file that reads this publisher."""
        fetch = {
            "base_url": f"http://127.0.0.1:{self.port}/items",
            "allow_private": True,
            "window": {
                "start": {"param": "from", "format": "iso"},
                "end": {"param": "to", "format": "iso"},
            },
            "paginate": {"style": "page", "more": "has_more"},
            "records": "items",
            "fields": {"id": "id", "url": "url", "text": "text", "published": "published"},
        }
        return {
            "fetch": fetch | changed.pop("fetch", {}),
            "limits": {"retries": 0},
            "pace": {"requests_per_second": 1000, "max_connections": 1},
            **changed,
        }


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        publisher = cast("_Server", self.server).publisher
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if not urlsplit(self.path).path.startswith("/items"):
            self._answer(404, {}, {})
            return
        publisher.requests.append(asked)
        publisher.headers.append(dict(self.headers.items()))
        if "ids" in asked:
            wanted = asked["ids"].split(",")
            named = [record for record in publisher.records if record["id"] in wanted]
            self._answer(200, {}, {"items": named, "has_more": False})
            return
        page = int(asked["page"])
        if publisher.failures.get(page):
            status, headers = publisher.failures[page].pop(0)
            self._answer(status, headers, {"error": "as asked"})
            return
        first, end = asked["from"][:10], asked["to"][:10]
        found = [record for record in publisher.records if first <= record["published"][:10] < end]
        start = (page - 1) * PAGE
        body = {"items": found[start : start + PAGE], "has_more": start + PAGE < len(found)}
        self._answer(200, {}, body)

    def _answer(self, status: int, headers: dict[str, str], body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Silence: the tests look at ``requests``."""


class _Server(ThreadingHTTPServer):
    publisher: Publisher
    daemon_threads = True


@contextmanager
def running() -> Iterator[Publisher]:
    """A publisher on a free port of 127.0.0.1."""
    publisher = Publisher()
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.publisher = publisher
        publisher.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield publisher
        finally:
            server.shutdown()
            thread.join()
