"""The HTTP client against a real server on this machine that misbehaves in every way it can."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tests.unit.http.site import source_of

from rightful.connectors.base import connector_for
from rightful.errors import BlockedAddress, FetchError, Malformed, TooLarge
from rightful.http.client import Client
from rightful.model import Shard, Slice

pytestmark = pytest.mark.system

MEGABYTE = 2**20


class Handler(BaseHTTPRequestHandler):
    """One path for each kind of trouble."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """Answer by the first word of the path, and note who asked."""
        self.server.asked.append((self.path, self.headers.get("Host", ""), self.client_address[1]))
        word = self.path.split("?")[0].strip("/").split("/")[-1]
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            getattr(self, f"send_{word}", self.send_items)()

    def log_message(self, *args: Any) -> None:
        """Be quiet."""

    def send_items(self) -> None:
        page = int(self.path.partition("page=")[2] or 1)
        body = json.dumps({"items": [{"id": page, "text": "x"}], "more": page < 3}).encode()
        self._head(**{"Content-Type": "application/json", "Content-Length": str(len(body))})
        self.wfile.write(body)

    def send_endless(self) -> None:
        """5 GB in chunks, as fast as they are taken."""
        self._head(**{"Content-Type": "application/json", "Transfer-Encoding": "chunked"})
        chunk = b" " * MEGABYTE
        for _ in range(5_000):
            self.wfile.write(f"{MEGABYTE:x}\r\n".encode() + chunk + b"\r\n")
            self.server.sent += MEGABYTE
        self.wfile.write(b"0\r\n\r\n")

    def send_bomb(self) -> None:
        """1 GB of zeros in about 1 MB."""
        block = gzip.compress(b"\0" * (64 * MEGABYTE))
        self._head(**{"Content-Encoding": "gzip", "Content-Length": str(16 * len(block))})
        for _ in range(16):
            self.wfile.write(block)

    def send_drip(self) -> None:
        """A byte now and then, for ever; never silent for long."""
        self._head(**{"Content-Type": "application/json", "Transfer-Encoding": "chunked"})
        while not self.server.over.wait(0.05):
            self.wfile.write(b"1\r\n \r\n")

    def send_dripping_head(self) -> None:
        """The same, within the headers."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not self.server.over.wait(0.05):
            self.wfile.write(b"x")

    def send_cut(self) -> None:
        """Less than announced."""
        self._head(**{"Content-Type": "application/json", "Content-Length": "1000"})
        self.wfile.write(b'{"items": [')
        self.close_connection = True

    def send_metadata(self) -> None:
        self._redirect("http://169.254.169.254/latest/meta-data/")

    def send_elsewhere(self) -> None:
        self._redirect("/items")

    def _redirect(self, target: str) -> None:
        self.send_response(302)
        self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _head(self, **headers: str) -> None:
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


class Server(ThreadingHTTPServer):
    """Listens on a free port of this machine."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str, int]] = []
        self.sent = 0
        self.over = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what these tests are about."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


def client(
    server: Server, host: str = "127.0.0.1", *, private: bool = True, limits: dict[str, Any] | None = None, **more: Any
) -> Client:
    source = source_of(
        {"base_url": f"http://{host}:{server.port}", "allow_private": private}, limits={"retries": 0, **(limits or {})}
    )
    return Client(source, **more)


def test_a_body_of_5_gb_stops_at_the_cap(server: Server) -> None:
    with client(server, limits={"response_bytes": 4 * MEGABYTE}) as asker, pytest.raises(TooLarge):
        asker.get("endless")
    assert asker.bytes_received <= 6 * MEGABYTE
    assert server.sent < 100 * MEGABYTE  # what the socket's buffers hold, not the whole


def test_a_gzip_bomb_stops_at_the_cap(server: Server) -> None:
    with client(server, limits={"response_bytes": 4 * MEGABYTE}) as asker, pytest.raises(TooLarge):
        asker.get("bomb")
    assert asker.bytes_received < MEGABYTE


@pytest.mark.parametrize("path", ["drip", "dripping_head"])
def test_an_answer_that_drips_ends_at_its_deadline(server: Server, path: str) -> None:
    with (
        client(server, limits={"answer_seconds": 0.5}) as asker,
        pytest.raises(FetchError, match=r"longer than 0\.5 s"),
    ):
        asker.get(path)


def test_a_silent_answer_ends_at_the_read_time_out(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        source = source_of(
            {"base_url": f"http://127.0.0.1:{silent.getsockname()[1]}", "allow_private": True},
            limits={"retries": 0, "read_seconds": 0.3},
        )
        with Client(source) as asker, pytest.raises(FetchError, match="time-out"):
            asker.get("x")


def test_a_body_that_is_cut_short_is_a_broken_connection(server: Server) -> None:
    with client(server) as asker, pytest.raises(FetchError, match="broken connection"):
        asker.get("cut")


def test_nobody_listens(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    source = source_of({"base_url": f"http://127.0.0.1:{port}", "allow_private": True}, limits={"retries": 0})
    with Client(source) as asker, pytest.raises(FetchError, match="broken connection"):
        asker.get("x")


def test_a_redirect_to_the_metadata_service_is_blocked(server: Server) -> None:
    with client(server) as asker:
        with pytest.raises(BlockedAddress):
            asker.get("metadata")
        assert asker.get("elsewhere").url.endswith("/items")


def test_a_private_server_hears_nothing_unless_the_source_says_so(server: Server) -> None:
    with client(server, private=False) as asker, pytest.raises(BlockedAddress):
        asker.get("items")
    with (
        client(server, "site.example", private=False, resolver=lambda host, port: ["127.0.0.1"]) as asker,
        pytest.raises(BlockedAddress, match="resolves to"),
    ):
        asker.get("items")
    assert server.asked == []


def test_the_checked_address_is_connected_to_and_the_name_is_kept(server: Server) -> None:
    answers = iter([["127.0.0.1"]])  # asked a second time, there would be no answer
    with client(server, "site.example", resolver=lambda host, port: next(answers)) as asker:
        assert asker.get("items").status == 200
        assert asker.get("items").status == 200
    assert [host for _, host, _ in server.asked] == [f"site.example:{server.port}"] * 2


def test_a_proxy_of_the_environment_is_used_for_hosts_outside(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
    source = source_of({"base_url": "http://site.example/v1"}, limits={"retries": 0})
    with Client(source) as asker:
        assert asker.get("items").status == 200
        with pytest.raises(BlockedAddress):
            asker.get("http://10.0.0.1/")
    assert [(path, host) for path, host, _ in server.asked] == [("http://site.example/v1/items", "site.example")]


def test_a_shard_is_read_over_one_connection(server: Server) -> None:
    source = source_of(
        {
            "base_url": f"http://127.0.0.1:{server.port}",
            "allow_private": True,
            "paginate": {"style": "page", "more": "more"},
        }
    )
    slice = Slice(start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 2, tzinfo=UTC))
    with connector_for(source) as connector:
        (shard,) = connector.plan(slice)
        pages = list(connector.fetch(shard))
    assert [record.native_id for page in pages for record in page.records] == ["1", "2", "3"]
    assert len({port for _, _, port in server.asked}) == 1
    assert all(page.bytes_received for page in pages)


def test_a_page_over_the_cap_does_not_cost_the_others(server: Server) -> None:
    source = source_of(
        {
            "base_url": f"http://127.0.0.1:{server.port}",
            "path": "endless",
            "allow_private": True,
            "paginate": {"style": "next_url"},
        },
        limits={"response_bytes": MEGABYTE, "retries": 0},
    )
    slice = Slice(start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 2, tzinfo=UTC))
    with connector_for(source) as connector, pytest.raises((TooLarge, Malformed)):
        list(connector.fetch(Shard(source="example", slice=slice, id="all")))
