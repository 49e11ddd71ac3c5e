"""The demo publisher: one small HTTP server that plays several sites. ``python -m demo.publisher --port 8098``."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import parse_qsl, urlsplit

from demo.changes import Changes
from demo.crawl import CrawlSite
from demo.news import NEWS_API_KEY, NewsSite
from demo.odd import OddSite
from demo.open_news import OpenNewsSite
from demo.podcast import PodcastSite
from demo.questions import QuestionSite
from demo.web import Request, Response, json_response
from demo.wiki import WikiSite

HOST = "127.0.0.1"
PORT = 8098
"""Where the demo's source files expect it."""

__all__ = ["NEWS_API_KEY", "PORT", "Publisher", "main"]


class Publisher:
    """The server with all its sites. A context manager; it serves in a thread of its own.

    Args:
        port: 0 takes a free one.
        scale: Multiplies the records a day.
        log: File that gets a JSON line for every request: time, method, path, status, bytes, agent.
        calm: Without the moods that make a client wait (for benchmarks).
        retention_days: How long the wikis' lists of recent changes remember; None: for ever.
        changes: File of what the publisher changed its mind about (see :mod:`demo.changes`); it may be written later.
    """

    def __init__(
        self,
        port: int = PORT,
        *,
        scale: int = 1,
        log: Path | None = None,
        calm: bool = False,
        retention_days: int | None = None,
        changes: Path | None = None,
        host: str = HOST,
    ) -> None:
        self.routes = _routes(scale, calm, retention_days, Changes(changes))
        self._log: IO[str] | None = log.open("a", encoding="utf-8", buffering=1) if log is not None else None
        self._lock = threading.Lock()
        publisher = self

        class Handler(_Handler):
            owner = publisher

        self.server = _Server((host, port), Handler)
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """``http://127.0.0.1:<port>``."""
        host, port = self.server.server_address[:2]
        return f"http://{host!s}:{port}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        if self._thread is not None:
            self._thread.join()
        self.close()

    def close(self) -> None:
        """Give up the port and the log."""
        self.server.server_close()
        if self._log is not None:
            self._log.close()

    def answer(self, request: Request) -> Response:
        """The answer of the site that the path belongs to."""
        for prefix, site in self.routes.items():
            if request.path == prefix or (prefix.endswith("/") and request.path.startswith(prefix)):
                return site(request)
        return json_response({"error": "not found", "known": list(self.routes)}, status=404)

    def note(self, line: dict[str, Any]) -> None:
        """Write one line of the log."""
        if self._log is not None:
            text = json.dumps(line) + "\n"
            with self._lock:
                if not self._log.closed:
                    self._log.write(text)


def _routes(
    scale: int, calm: bool, retention_days: int | None, changes: Changes
) -> dict[str, Callable[[Request], Response]]:
    wiki = WikiSite(scale, calm=calm, retention_days=retention_days, changes=changes)
    news = NewsSite(scale, calm=calm, changes=changes)
    questions = QuestionSite(scale, calm=calm, changes=changes)
    return {
        "/healthz": lambda request: json_response({"status": "ok", "scale": scale}),
        "/wiki/w/api.php": wiki.answer,
        "/stackexchange/2.3/questions": questions.answer,
        "/stackexchange/2.3/questions/": questions.answer,
        "/news/v1/search": lambda request: news.answer("search", request),
        "/news/v1/archive": lambda request: news.answer("archive", request),
        "/news/open/articles": OpenNewsSite(scale, changes=changes).answer,
        "/podcast/": PodcastSite("/podcast/", scale).answer,
        "/crawl/": CrawlSite("/crawl/", scale).answer,
        "/odd/": OddSite().answer,
    }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are daily life; anything else is told on standard error."""
        if not isinstance(sys.exception(), (BrokenPipeError, ConnectionResetError, TimeoutError)):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Turns HTTP into :class:`Request` and :class:`Response` into HTTP."""

    owner: Publisher
    protocol_version = "HTTP/1.1"
    server_version = "DemoPublisher/1"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = 65536  # head and body in one packet, where they fit
    timeout = 120

    def do_GET(self) -> None:
        """Any GET."""
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), headers)
        response = self.owner.answer(request)
        sent = -1
        try:
            sent = self._whole(response) if isinstance(response.body, bytes) else self._streamed(response)
        finally:
            self._note(response.status, sent)

    def log_message(self, *args: Any) -> None:
        """The log is our own; standard error stays quiet."""

    def _note(self, status: int, sent: int) -> None:
        self.owner.note(
            {
                "time": datetime.now(UTC).isoformat(),
                "method": self.command,
                "path": self.path.replace(NEWS_API_KEY, "***"),
                "status": status,
                "bytes": sent,
                "agent": self.headers.get("User-Agent", ""),
            }
        )

    def _start(self, response: Response) -> None:
        self.send_response(response.status)
        self.send_header("Content-Type", response.type)
        for name, value in response.headers.items():
            self.send_header(name, value)

    def _whole(self, response: Response) -> int:
        body = response.body if isinstance(response.body, bytes) else b"".join(response.body)
        self._start(response)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return len(body)

    def _streamed(self, response: Response) -> int:
        self._start(response)
        chunked = response.length is None
        self.send_header("Transfer-Encoding", "chunked") if chunked else self.send_header(
            "Content-Length", str(response.length)
        )
        self.end_headers()
        sent = 0
        for part in response.body:
            if not isinstance(part, bytes):
                raise TypeError("a streamed body is made of bytes")
            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
            sent += len(part)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")
        elif sent != response.length:
            self.close_connection = True  # less than was promised: the client must notice
        return sent


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. Says on standard output where, once it answers."""
    parser = argparse.ArgumentParser(prog="demo.publisher", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--host", default=HOST, help="address to listen on (default: %(default)s)")
    parser.add_argument("--log", type=Path, help="file for a JSON line per request")
    parser.add_argument("--scale", type=int, default=1, help="multiplies the records a day")
    parser.add_argument("--calm", action="store_true", help="never ask a client to wait (for benchmarks)")
    parser.add_argument("--retention-days", type=int, help="how long the wikis' recent changes remember")
    parser.add_argument("--changes", type=Path, help="JSON file of licences that changed and records that are gone")
    chosen = parser.parse_args(arguments)
    if chosen.scale < 1:
        parser.error("--scale must be at least 1")
    try:
        publisher = Publisher(
            chosen.port,
            scale=chosen.scale,
            log=chosen.log,
            calm=chosen.calm,
            retention_days=chosen.retention_days,
            changes=chosen.changes,
            host=chosen.host,
        )
    except OSError as error:
        print(f"can't listen on {chosen.host}:{chosen.port}: {error.strerror or error}", file=sys.stderr)
        return 1
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with publisher:
        print(f"demo publisher on {publisher.address}", flush=True)
        stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
