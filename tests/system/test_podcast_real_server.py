"""Kind ``podcast`` against a real server on this machine: what is asked for, what breaks, and what goes on."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from email.utils import formatdate
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.unit.connectors.feeds import BY, DAY, NC, item, license_of, podcasts, rss

from rightful.catalogue.models import Source
from rightful.connectors.base import Completed, MediaConnector, connector_for
from rightful.errors import FetchError
from rightful.licensing.decide import decide
from rightful.licensing.policy import load_policy
from rightful.model import Decision, FailedRecord, Record
from rightful.settings import PROJECT_ROOT

pytestmark = pytest.mark.system

MEGABYTE = 2**20
SOUND = b"ID3\x04" + bytes(number * 7 % 251 for number in range(3 * MEGABYTE))
VTT = "WEBVTT\n\n00:00.000 --> 00:09.000\n<v Ada>Good evening and welcome to the harbour.\n"


class Handler(BaseHTTPRequestHandler):
    """A feed, recordings of every temper, transcripts."""

    protocol_version = "HTTP/1.1"
    server: Host

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Range", "")))
        word = self.path.rpartition("/")[2].partition(".")[0]
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            getattr(self, f"send_{word}", self.send_sound)()

    def log_message(self, *args: Any) -> None:
        """Be quiet."""

    def send_feed(self) -> None:
        self._whole(self.server.feed, "application/rss+xml")

    def send_words(self) -> None:
        self._whole(VTT.encode(), "text/vtt")

    def send_sound(self) -> None:
        self._whole(SOUND, "audio/mpeg")

    def send_breaks(self) -> None:
        """A third of what is left, then nothing: three connections are needed."""
        first = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        same = self.headers.get("If-Range") == '"one"'
        first = first if same else 0
        self._head(206 if first else 200, len(SOUND) - first, ETag='"one"', **self._range(first))
        self.wfile.write(SOUND[first : first + MEGABYTE + MEGABYTE // 2])
        self.close_connection = True

    def send_changes(self) -> None:
        """Breaks once; by the next request the file is another one, and the server says so by sending it whole."""
        if not self.headers.get("Range"):
            self._head(200, len(SOUND), ETag='"old"')
            self.wfile.write(b"ID3" + b"old" * 100_000)
            self.close_connection = True
            return
        self._whole(SOUND, "audio/mpeg")

    def send_endless(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number in range(5_000):
            piece = (b"ID3" if not number else b"\0\0\0") + bytes(MEGABYTE - 3)
            self.wfile.write(b"%x\r\n" % MEGABYTE + piece + b"\r\n")
            self.server.sent += MEGABYTE

    def send_drips(self) -> None:
        self._head(200, 1000)
        self.wfile.write(b"ID3")
        while not self.server.over.wait(0.05):
            self.wfile.write(b"x")

    def send_moved(self) -> None:
        self.send_response(302)
        self.send_header("Location", "/audio/sound.mp3")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _range(self, first: int) -> dict[str, str]:
        return {"Content-Range": f"bytes {first}-{len(SOUND) - 1}/{len(SOUND)}"} if first else {}

    def _whole(self, body: bytes, kind: str) -> None:
        self._head(200, len(body), **{"Content-Type": kind})
        self.wfile.write(body)

    def _head(self, status: int, length: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(length), **headers}.items():
            self.send_header(name, value)
        self.end_headers()


class Host(ThreadingHTTPServer):
    """Listens on a free port of this machine."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str]] = []
        self.sent = 0
        self.feed = rss()
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what these tests are about."""

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@pytest.fixture
def host() -> Iterator[Host]:
    with Host() as host:
        thread = threading.Thread(target=host.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield host
        host.over.set()
        host.shutdown()
        thread.join()


def source_of(host: Host, limits: dict[str, Any] | None = None, **blocks: Any) -> Source:
    fetch = {"base_url": host.url, "feeds": ["feed.xml"], "allow_private": True, **blocks.pop("fetch", {})}
    return podcasts(fetch, limits={"retries": 1, **(limits or {})}, **blocks)


def episode(host: Host, guid: str, *more: str, file: str = "sound.mp3") -> str:
    enclosure = f'<enclosure url="{host.url}/audio/{file}" length="{len(SOUND)}" type="audio/mpeg"/>'
    return item(guid, enclosure, *more, file="", date=formatdate(DAY.start.timestamp() + 3600, usegmt=True))


def records_of(connector: MediaConnector) -> list[Record]:
    found = [record for shard in connector.plan(DAY) for page in connector.fetch(shard) for record in page.records]
    assert all(isinstance(record, Record) for record in found), found
    return [record for record in found if isinstance(record, Record)]


def completed(host: Host, file: str, folder: Path, **more: Any) -> Completed | FailedRecord:
    host.feed = rss(episode(host, "an-episode-of-the-show", license_of(BY), file=file))
    with connector_for(source_of(host, **more)) as connector:
        assert isinstance(connector, MediaConnector)
        (record,) = records_of(connector)
        return connector.complete(record, folder)


def test_of_what_may_not_load_neither_sound_nor_transcript_is_asked_for(host: Host, tmp_path: Path) -> None:
    def with_words(name: str) -> str:
        return f'<podcast:transcript url="{host.url}/words/{name}/words.vtt" type="text/vtt"/>'

    host.feed = rss(
        episode(host, "an-episode-under-cc-by", license_of(BY), file="by.mp3"),
        episode(host, "another-that-has-words", license_of(BY), with_words("by"), file="words.mp3"),
        episode(host, "an-episode-without-any", with_words("none"), file="none.mp3"),
        episode(host, "an-episode-non-commercial", license_of(NC), with_words("nc"), file="nc.mp3"),
        episode(host, "an-episode-of-two-minds", license_of(BY, "cc-by-nc-4.0"), with_words("two"), file="two.mp3"),
    )
    policy, source = load_policy(PROJECT_ROOT / "include/policy.yaml"), source_of(host)
    with connector_for(source) as connector:
        assert isinstance(connector, MediaConnector)
        records = records_of(connector)
        assert set(host.paths()) == {"/feed.xml"}
        allowed = [
            record
            for record in records
            if decide(
                record.claims, record.optouts, source, policy, {}, {}, (), DAY.start.date(), DAY.end.date()
            ).decision
            is Decision.ALLOW
        ]
        done = [connector.complete(record, tmp_path) for record in allowed]
    assert [record.native_id for record in allowed] == ["an-episode-under-cc-by", "another-that-has-words"]
    sound, words = done
    assert isinstance(sound, Completed)
    assert isinstance(words, Completed)
    assert sound.sha256 == sha256(SOUND).hexdigest()
    assert words.record.body == "Good evening and welcome to the harbour."
    # The server's own log: of five episodes one recording and one transcript, and nothing of the other three.
    assert [path for path in host.paths() if path != "/feed.xml"] == ["/audio/by.mp3", "/words/by/words.vtt"]


def test_a_broken_download_goes_on_where_it_broke(host: Host, tmp_path: Path) -> None:
    found = completed(host, "breaks.mp3", tmp_path)
    assert isinstance(found, Completed), found
    assert found.file is not None
    assert found.file.read_bytes() == SOUND
    assert found.sha256 == sha256(SOUND).hexdigest()
    ranges = [range_ for path, range_ in host.asked if path.endswith("breaks.mp3")]
    assert ranges[0] == ""
    firsts = [int(one.removeprefix("bytes=").removesuffix("-")) for one in ranges[1:]]
    assert firsts
    assert all(first > 0 for first in firsts)
    assert firsts == sorted(firsts)


def test_a_file_that_changed_meanwhile_is_taken_from_its_beginning(host: Host, tmp_path: Path) -> None:
    found = completed(host, "changes.mp3", tmp_path)
    assert isinstance(found, Completed), found
    assert found.file is not None
    assert found.file.read_bytes() == SOUND
    assert found.sha256 == sha256(SOUND).hexdigest()


def test_an_endless_stream_ends_at_the_cap(host: Host, tmp_path: Path) -> None:
    found = completed(host, "endless.mp3", tmp_path, speech={"max_bytes": 4 * MEGABYTE})
    assert isinstance(found, FailedRecord)
    assert found.reason == "too_large"
    assert list(tmp_path.iterdir()) == []
    assert host.sent < 100 * MEGABYTE  # what the socket's buffers hold, not the whole


def test_a_recording_that_drips_ends_at_its_time(host: Host, tmp_path: Path) -> None:
    with pytest.raises(FetchError):
        completed(host, "drips.mp3", tmp_path, fetch={"download_seconds": 0.5})
    assert list(tmp_path.iterdir()) == []


def test_redirects_are_followed_where_the_guard_allows_it(host: Host, tmp_path: Path) -> None:
    found = completed(host, "moved.mp3", tmp_path)
    assert isinstance(found, Completed)
    assert found.bytes == len(SOUND)


def test_progress_is_told(host: Host, tmp_path: Path) -> None:
    host.feed = rss(episode(host, "an-episode-of-the-show", license_of(BY)))
    told: list[tuple[int, int | None]] = []
    with connector_for(source_of(host)) as connector:
        assert isinstance(connector, MediaConnector)
        (record,) = records_of(connector)
        connector.complete(record, tmp_path, lambda done, total: told.append((done, total)))
    assert told[-1] == (len(SOUND), len(SOUND))
