"""Doors in the way of requests: a test sees that a slice has come to a certain point, and holds it there.

A relay stands before the object store and the table catalogue; the publisher has the doors built in.
"""

from __future__ import annotations

import http.client
import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

Match = Callable[[str, str, bytes], bool]
"""Whether a request (method, path with query, body) is meant."""

PATIENCE = 400.0
"""Seconds that a slice may take to come to a door, and that a forgotten door stays closed."""

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass
class Door:
    """Holds the ``nth`` request that is meant and all later ones: before it is served, or (``after``) its answer."""

    name: str
    match: Match
    nth: int = 1
    after: bool = False
    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)
    drop: bool = False
    _count: int = 0

    def open(self, *, drop: bool = False) -> None:
        """Let the held requests go on; with ``drop`` their connections break instead."""
        self.drop = drop
        self.opened.set()

    def wait_reached(self) -> None:
        """Return when a request stands at the door."""
        assert self.reached.wait(PATIENCE), f"nothing came to the door `{self.name}`"


class Doors:
    """All doors of one way. A request passes those that are open or not meant for it."""

    def __init__(self) -> None:
        self._closed: list[Door] = []
        self._lock = threading.Lock()

    def close(self, door: Door) -> Door:
        """Put a door up."""
        with self._lock:
            self._closed.append(door)
        return door

    def open_all(self) -> None:
        """Take all doors away."""
        with self._lock:
            for door in self._closed:
                door.open()
            self._closed.clear()

    def passed(self, method: str, target: str, body: bytes, *, after: bool) -> bool:
        """Wait at the door, if one is in the way; False when the connection shall break."""
        door = self._find(method, target, body, after)
        if door is None:
            return True
        door.reached.set()
        return door.opened.wait(PATIENCE) and not door.drop

    def _find(self, method: str, target: str, body: bytes, after: bool) -> Door | None:
        with self._lock:
            self._closed = [door for door in self._closed if not door.opened.is_set()]
            for door in self._closed:
                if door.after == after and door.match(method, target, body):
                    door._count += 1
                    if door._count >= door.nth:
                        return door
        return None


class Relay:
    """An HTTP server that hands every request to ``upstream`` unchanged, through the doors. A context manager."""

    def __init__(self, upstream: str, doors: Doors) -> None:
        relay = self

        class Handler(_Handler):
            owner = relay

        parts = urlsplit(upstream)
        self.upstream, self.doors = (parts.hostname or "", parts.port or 80), doors
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)

    @property
    def address(self) -> str:
        """Where to send requests."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Killed clients hang up: what breaks here is noticed on the other side."""


class _Handler(BaseHTTPRequestHandler):
    owner: Relay
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536
    timeout = 450

    def log_message(self, *args: object) -> None:
        """Quiet."""

    def handle_expect_100(self) -> bool:
        going_on = super().handle_expect_100()
        self.wfile.flush()  # the client waits for it
        return going_on

    def _relay(self) -> None:
        body = self._body()
        # What a killed client wanted must not be done after its death.
        if not self.owner.doors.passed(self.command, self.path, body, after=False) or self._client_gone():
            self.close_connection = True
            return
        connection = http.client.HTTPConnection(*self.owner.upstream, timeout=120)
        try:
            with suppress(OSError, http.client.HTTPException):
                answer, content = self._ask(connection, body)
                if self.owner.doors.passed(self.command, self.path, body, after=True):
                    self._answer(answer, content)
                    return
        finally:
            connection.close()
        self.close_connection = True

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _relay  # noqa: N815 - names of the base class

    def _body(self) -> bytes:
        if not self._chunked:
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return b"".join(parts)

    @property
    def _chunked(self) -> bool:
        return "chunked" in self.headers.get("Transfer-Encoding", "")

    def _ask(self, connection: http.client.HTTPConnection, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ("connection", "expect"):
                connection.putheader(name, value)
        connection.endheaders([body] if self._chunked else body, encode_chunked=self._chunked)
        answer = connection.getresponse()
        return answer, answer.read()

    def _answer(self, answer: http.client.HTTPResponse, content: bytes) -> None:
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(content))
        if length is not None and answer.status not in (204, 304):
            self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(content)

    def _client_gone(self) -> bool:
        readable, _, _ = select.select([self.connection], [], [], 0)
        if not readable:
            return False
        try:
            return not self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True
