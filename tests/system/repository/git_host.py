"""Repositories over HTTP, by git's own program. Arguments: the folder of the repositories, a port.

A file ``busy`` in the folder makes the next request fail with 503, once; ``log`` there lists the requests.
"""

from __future__ import annotations

import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    """Hands each request to ``git http-backend`` (git-http-backend(1)), as a web server would."""

    protocol_version = "HTTP/1.1"
    root: Path

    def do_GET(self) -> None:
        """See the class."""
        with (self.root / "log").open("a", encoding="utf-8") as log:
            log.write(f"{self.command} {self.path}\n")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if (busy := self.root / "busy").exists():
            busy.unlink()
            self._answer(503, [("Retry-After", "1"), ("Content-Type", "text/plain")], b"busy")
            return
        path, _, query = self.path.partition("?")
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            capture_output=True,
            check=False,
            env={
                **os.environ,
                "GIT_PROJECT_ROOT": str(self.root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
            },
        )
        head, _, rest = done.stdout.partition(b"\r\n\r\n")
        headers = [(name, value) for name, _, value in (line.partition(": ") for line in head.decode().splitlines())]
        status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200 if head else 500)
        self._answer(status, [pair for pair in headers if pair[0] != "Status"], rest)

    def do_POST(self) -> None:
        """See the class."""
        self.do_GET()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Be quiet."""


def main() -> None:
    Handler.root = Path(sys.argv[1])
    with ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler) as server:
        print("ready", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
