"""A PeerTube instance and an archive on this machine, with real recordings: as much of both as yt-dlp asks for."""

from __future__ import annotations

import contextlib
import html
import json
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import av
import numpy as np

METADATA = "http://169.254.169.254/latest/meta-data"


def recording(seconds: float, pitch: float) -> bytes:
    """A tone as Ogg Opus."""
    rate = 48_000
    samples = (8_000 * np.sin(2 * np.pi * pitch * np.arange(int(seconds * rate)) / rate)).astype(np.int16)
    file = BytesIO()
    with av.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = rate
        for part in av.AudioResampler(format="s16", layout="mono", rate=rate, frame_size=960).resample(frame):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return file.getvalue()


@dataclass
class Video:
    """A video of the instance.

    ``trouble``: ``cuts`` breaks every first answer off, ``inward`` leads to a metadata service, ``huge`` announces too
    much and ``endless`` sends it, ``drips`` takes ages, ``private`` and ``deleted`` are not shown.
    """

    uuid: str
    name: str
    license: str | None
    published: str
    media: bytes = b""
    trouble: str = ""
    account: str = "framasoft"
    captions: list[dict[str, Any]] = field(default_factory=list)


class VideoSite(ThreadingHTTPServer):
    """Serves ``videos`` as PeerTube does, and ``items`` (metadata and files by identifier) as the archive does."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.videos: dict[str, Video] = {}
        self.items: dict[str, dict[str, Any]] = {}
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.ranges: list[str] = []
        self.cut = Counter[str]()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def add(self, video: Video) -> None:
        self.videos[video.uuid] = video

    def paths(self, start: str) -> list[str]:
        """What was asked for below ``start``."""
        return [path for path in self.asked if path.startswith(start)]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error of this site."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: VideoSite

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.agents.add(self.headers.get("User-Agent", ""))
        path = unquote(urlsplit(self.path).path)
        query = {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if path == "/api/v1/videos":
                self._list(query)
            elif found := re.fullmatch(r"/api/v1/videos/([^/]+)/?(\w*)", path):
                self._video(*found.groups())
            elif found := re.fullmatch(r"/static/([^/]+)\.ogg", path):
                self._media(found[1])
            elif found := re.fullmatch(r"/captions/(.+)", path):
                self._send(self.server.files.get(found[1]), "text/vtt")
            elif path == "/services/search/v1/scrape":
                self._scrape()
            elif found := re.fullmatch(r"/(embed|metadata)/([^/]+)", path):
                self._item(*found.groups())
            elif found := re.fullmatch(r"/download/(.+)", path):
                self._send(self.server.files.get(found[1]), "audio/mpeg")
            else:
                self._send(None, "text/plain")

    def log_message(self, *args: Any) -> None:
        """Be quiet."""

    # ------------------------------------------------------------------ PeerTube

    def _list(self, query: dict[str, str]) -> None:
        newest = sorted(self.server.videos.values(), key=lambda video: video.published, reverse=True)
        start, count = int(query["start"]), int(query["count"])
        data = [
            {"uuid": video.uuid, "name": video.name, "publishedAt": video.published, "duration": 3}
            for video in newest[start : start + count]
        ]
        self._json({"total": len(newest), "data": data})

    def _video(self, uuid: str, more: str) -> None:
        video = self.server.videos.get(uuid)
        if video is None or video.trouble == "deleted":
            self._json({"type": "about:blank", "title": "Not Found", "detail": "Video not found"}, 404)
        elif video.trouble == "private":
            self._json({"title": "Forbidden", "detail": "Cannot fetch information of private video"}, 403)
        elif more == "captions":
            self._json({"total": len(video.captions), "data": video.captions})
        else:
            self._json(self._details(video))

    def _details(self, video: Video) -> dict[str, Any]:
        account = f"https://framatube.org/accounts/{video.account}"
        known = {"Attribution": 1, "CC BY 4.0": 1}
        return {
            "uuid": video.uuid,
            "name": video.name,
            "description": "What it is about.",
            "publishedAt": video.published,
            "duration": 3,
            "nsfw": False,
            "language": {"id": "en", "label": "English"},
            "licence": {"id": known.get(video.license or ""), "label": video.license or "Unknown"},
            "account": {"id": 3, "displayName": video.account.title(), "url": account},
            "channel": {"id": 7, "displayName": "A channel", "url": f"{account}-channel"},
            "files": [
                {
                    "resolution": {"id": 0, "label": "0p"},
                    "size": len(video.media),
                    "fps": 0,
                    "fileUrl": f"{self.server.url}/static/{video.uuid}.ogg",
                }
            ],
            "streamingPlaylists": [],
        }

    def _media(self, uuid: str) -> None:
        video = self.server.videos[uuid]
        if video.trouble == "inward":
            self.send_response(302)
            self.send_header("Location", METADATA)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if video.trouble == "drips":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            for _ in range(1_000):
                time.sleep(0.05)
                self.wfile.write(b"x")
                self.wfile.flush()
            return
        if video.trouble == "endless":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for _ in range(2_000):
                self.wfile.write(b"10000\r\n" + bytes(2**16) + b"\r\n")
            return
        wanted = self.headers.get("Range", "")
        start = int(wanted.removeprefix("bytes=").partition("-")[0]) if wanted else 0
        if wanted:
            self.server.ranges.append(wanted)
        body = video.media[start:]
        length = 10**12 if video.trouble == "huge" else len(body)
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Type", "audio/ogg")
        self.send_header("Content-Length", str(length))
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(video.media) - 1}/{len(video.media)}")
        self.end_headers()
        self.server.cut[uuid] += 1
        if video.trouble == "cuts" and self.server.cut[uuid] <= 2:
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.close_connection = True
            return
        self.wfile.write(body)

    # ------------------------------------------------------------------ the archive

    def _scrape(self) -> None:
        items = [item["listed"] for item in self.server.items.values()]
        self._json({"items": items, "count": len(items), "total": len(items)})

    def _item(self, word: str, identifier: str) -> None:
        item = self.server.items.get(identifier)
        if item is None:
            self._send(None if word == "embed" else b"{}", "application/json")
        elif word == "metadata":
            self._json(item["metadata"])
        else:
            playlist = html.escape(json.dumps(item["playlist"]), quote=True)
            self._send(f'<html><play-av playlist="{playlist}"></play-av></html>'.encode(), "text/html")

    # ------------------------------------------------------------------ answers

    def _json(self, value: Any, status: int = 200) -> None:
        self._send(json.dumps(value).encode(), "application/json", status)

    def _send(self, body: bytes | None, kind: str, status: int = 200) -> None:
        self.send_response(status if body is not None else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")
