"""An S3 that misbehaves: a proxy in front of a real one that breaks connections, refuses, or changes objects."""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

Do = str | int | Callable[[], None]


class Asked(NamedTuple):
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]


class UnrulyS3(ThreadingHTTPServer):
    """Hands requests on to ``endpoint``, each in the way that :meth:`will` has laid down, one after the other."""

    daemon_threads = True

    def __init__(self, endpoint: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = urlsplit(endpoint).netloc
        self.asked: list[Asked] = []
        self.listed_at_once: int | None = None
        self._coming: deque[Do] = deque()

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def will(self, *coming: Do) -> None:
        """What becomes of the next requests: ``cut`` (half of the body, then the connection ends), ``reset`` (no answer
        at all), a status, or something that happens just before the request is handed on. All that follow are fine."""
        self.asked.clear()
        self._coming = deque(coming)

    def next(self) -> Do | None:
        """What becomes of this one."""
        return self._coming.popleft() if self._coming else None


_CODES = {503: "SlowDown", 500: "InternalError", 403: "AccessDenied", 301: "PermanentRedirect"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: UnrulyS3

    def do_GET(self) -> None:
        self.server.asked.append(Asked("GET", self.path, dict(self.headers.items())))
        do = self.server.next()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if do == "reset":
                self.close_connection = True
            elif isinstance(do, int):
                self._refuse(do)
            else:
                if callable(do):
                    do()
                self._hand_on(cut=do == "cut")

    def log_message(self, *args: Any) -> None:
        """Be quiet."""

    def _refuse(self, status: int) -> None:
        body = f"<Error><Code>{_CODES[status]}</Code><Message>no</Message></Error>".encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _hand_on(self, *, cut: bool) -> None:
        path = self.path
        if self.server.listed_at_once and "list-type=2" in path:
            path += f"&max-keys={self.server.listed_at_once}"
        onward = http.client.HTTPConnection(self.server.behind)
        onward.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            onward.putheader(name, value)
        onward.endheaders()
        answer = onward.getresponse()
        body = answer.read()
        onward.close()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = cut
