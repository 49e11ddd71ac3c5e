"""Files of kind ``crawl`` from a real HTTP server and a real S3: what breaks, what goes on, and what stops."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.unit.connectors.test_crawl_planning import source_of

from rightful.catalogue.models import Source
from rightful.connectors.crawl.planning import plan_shards
from rightful.connectors.files.objects import Objects
from rightful.errors import ConfigurationError, FetchError, Forbidden, Malformed
from rightful.model import Credentials, Slice
from rightful.settings import Settings
from rightful.store import s3

pytestmark = pytest.mark.system

ARCHIVE = b"WARC/1.0" + bytes(number * 7 % 251 for number in range(3 * 2**20))


class Handler(BaseHTTPRequestHandler):
    """An archive of every temper."""

    protocol_version = "HTTP/1.1"
    server: Host

    def do_GET(self) -> None:
        ranged = self.headers.get("Range", "")
        self.server.asked.append((self.path, ranged, self.headers.get("If-Range", "")))
        tries = sum(path == self.path for path, *_ in self.server.asked)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if self.path == "/busy" and tries < 3:
                self._answer(503, b"slow down")
            elif self.path == "/closed":
                self._answer(403, b"no")
            elif self.path == "/page":
                self._answer(200, b"<html>503 Slow Down</html>")
            else:
                self._file(ranged, tries)

    def log_message(self, *args: Any) -> None:
        """Be quiet."""

    def _file(self, ranged: str, tries: int) -> None:
        changed = self.path == "/changed" and tries > 1
        tag = '"two"' if changed else '"one"'
        first, _, last = ranged.removeprefix("bytes=").partition("-")
        begin, end = int(first or 0), int(last or len(ARCHIVE) - 1) + 1
        if begin >= len(ARCHIVE):
            self._answer(416, b"")
            return
        end = min(end, len(ARCHIVE))
        same = self.headers.get("If-Range", tag) == tag
        whole = not ranged or not same or self.path.startswith("/whole")
        body = ARCHIVE if whole else ARCHIVE[begin:end]
        self.send_response(200 if whole else 206)
        if not whole:
            self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{len(ARCHIVE)}")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", tag)
        if (packed := self.path.partition("?")[2]) != "":
            self.send_header("Content-Encoding", packed)
        self.end_headers()
        if self.path in ("/breaks", "/changed", "/whole-breaks") and tries < 4:
            self.wfile.write(body[: len(body) // 3])
            self.close_connection = True
            return
        self.wfile.write(body)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Host(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str, str]] = []


@pytest.fixture
def host() -> Iterator[Host]:
    server = Host()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def opened(host: Host, naps: list[float]) -> Objects:
    source = source_of(
        Path("/unused"), base_url=f"http://127.0.0.1:{host.server_address[1]}/", allow_private=True, start_within=0
    )
    source = source.model_copy(update={"pace": source.pace.model_copy(update={"requests_per_second": 1000.0})})
    now = [0.0]

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        now[0] += seconds

    return Objects(source, sleep=sleep, clock=lambda: now[0])


def test_http_archives_are_streams_that_go_on_where_they_broke(host: Host) -> None:
    naps: list[float] = []
    with opened(host, naps) as objects:
        assert objects.open_object("breaks").read() == ARCHIVE
        assert len(host.asked) == 4
        assert {mark for _, ranged, mark in host.asked if ranged} == {'"one"'}

        assert objects.open_object("fine", 1000, 2000, magic=None).read() == ARCHIVE[1000:3000]
        with pytest.raises(FetchError, match="changed"):
            objects.open_object("changed").read()

        naps.clear()
        assert objects.open_object("busy").read() == ARCHIVE
        # Two 503: at least a second each (naps are cut into seconds).
        assert sum(naps) >= 2

        asked = len(host.asked)
        with pytest.raises(Forbidden):
            objects.open_object("closed")
        assert len(host.asked) == asked + 1
        with pytest.raises(Malformed, match="another format"):
            objects.open_object("page")
        with pytest.raises(Malformed, match="ends before"):
            objects.open_object("fine", len(ARCHIVE) + 5, 10)
        with pytest.raises(Malformed, match="before the part"):
            objects.open_object("fine", len(ARCHIVE) - 5, 10)
        # What can't be taken up where it broke is not begun anew in the middle of reading.
        with pytest.raises(Malformed, match="sends no parts of files"):
            objects.open_object("whole-breaks").read()
        for packed, name in (("gzip", "a.warc.gz"), ("x-gzip", "a.warc.gz"), ("identity", "a.warc")):
            with objects.open_object(f"http://127.0.0.1:{host.server_address[1]}/{name}?{packed}") as stream:
                assert stream.read(100) == ARCHIVE[:100]
        for packed, name in (("br", "a.warc.gz"), ("gzip", "a.warc"), ("gzip, gzip", "a.warc.gz")):
            with pytest.raises(Malformed, match="sent compressed"):
                objects.open_object(f"http://127.0.0.1:{host.server_address[1]}/{name}?{packed.replace(' ', '')}")
        seekable = objects.open_seekable("fine")
        seekable.seek(-9, 2)
        assert seekable.read() == ARCHIVE[-9:]


def in_bucket(source: Source, **fetch: Any) -> Source:
    return Source.model_validate(
        {**source.model_dump(by_alias=True), "fetch": {"allow_private": True, "start_within": 0, **fetch}}
    )


def test_s3_archives_are_listed_and_read_signed_and_as_the_own_store(settings: Settings, source_id: str) -> None:
    client, bucket = s3.client(settings), settings.raw_bucket
    prefix = f"crawl-{source_id}/"
    client.put_object(Bucket=bucket, Key=f"{prefix}a/one.warc", Body=ARCHIVE)
    client.put_object(Bucket=bucket, Key=f"{prefix}two.txt", Body=b"x")
    moment = client.head_object(Bucket=bucket, Key=f"{prefix}a/one.warc")["LastModified"]
    day = Slice(start=moment.replace(hour=0, minute=0, second=0), end=moment.replace(year=moment.year + 1))
    base = source_of(Path("/unused"))
    own = in_bucket(base, base_url=f"s3://{bucket}/{prefix}")
    with Objects(own) as objects:
        (shard,) = plan_shards(own, day, objects)
        assert shard.params["files"] == [{"file": "a/one.warc", "ranges": None}]
        assert objects.open_object("a/one.warc").read() == ARCHIVE
        assert objects.open_object("a/one.warc", 1000, 2000, magic=None).read() == ARCHIVE[1000:3000]
        with objects.open_object("a/one.warc") as stream:
            stream.read(10)
        with pytest.raises(Malformed, match="ends before"):
            objects.open_object("a/one.warc", len(ARCHIVE) + 5, 10)

    signed = {**base.model_dump(by_alias=True), "connection": "a_store"}
    signed["fetch"] = {
        "base_url": f"s3://{bucket}/{prefix}",
        "endpoint": settings.s3_endpoint,
        "allow_private": True,
        "start_within": 0,
    }
    secret = settings.s3_secret_access_key
    assert settings.s3_access_key_id is not None
    assert secret is not None
    right = Credentials(login=settings.s3_access_key_id, password=secret.get_secret_value())
    source = Source.model_validate(signed)
    with Objects(source, credentials=right) as objects:
        assert objects.open_object("a/one.warc").read() == ARCHIVE
    wrong = Credentials(login=right.login, password="wrong")
    with Objects(source, credentials=wrong) as objects, pytest.raises(Forbidden):
        objects.open_object("a/one.warc")
    with pytest.raises(ConfigurationError, match="no login or no password"):
        Objects(source)
    with pytest.raises(ConfigurationError, match="credentials of the project's own store"):
        Objects(Source.model_validate({**signed, "connection": None}))

    anonymous = in_bucket(base, base_url=f"s3://{bucket}/{prefix}", endpoint=settings.s3_endpoint, anonymous=True)
    with Objects(anonymous) as objects, pytest.raises(Forbidden):
        objects.open_object("a/one.warc")  # it is asked without a signature, which this store refuses
