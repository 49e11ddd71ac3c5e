"""A host of files that knows ranges and validators, and breaks a connection where a test wants it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FileServer

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path).lstrip("/")
        ranged = self.headers.get("Range", "")
        self.server.asked.append((path, ranged))
        data = self.server.files.get(path)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if data is None:
                self._answer(404, b"", {})
                return
            tag = f'"{len(data)}-{hash(data)}"'
            first, _, last = ranged.removeprefix("bytes=").partition("-")
            begin, end = int(first or 0), min(int(last or len(data) - 1) + 1, len(data))
            part = bool(ranged) and self.headers.get("If-Range", tag) == tag
            headers = {"ETag": tag, "Content-Type": self.server.types.get(path, "application/octet-stream")}
            if part:
                headers["Content-Range"] = f"bytes {begin}-{end - 1}/{len(data)}"
            self._answer(206 if part else 200, data[begin:end] if part else data, headers, path)

    def _answer(self, status: int, body: bytes, headers: dict[str, str], path: str = "") -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        breaks = self.server.breaks.get(path, 0)
        if breaks > 0:
            self.server.breaks[path] = breaks - 1
            self.wfile.write(body[: len(body) // 3])
            self.close_connection = True
            return
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Be quiet."""


class FileServer(ThreadingHTTPServer):
    """``files`` by path, with their ``types``; ``breaks``: how often a file's connection is cut in its first third."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.types: dict[str, str] = {}
        self.breaks: dict[str, int] = {}
        self.asked: list[tuple[str, str]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextlib.contextmanager
def file_server() -> Iterator[FileServer]:
    """A running one."""
    server = FileServer()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
