"""yt-dlp on a short lead: extracts and downloads with fixed options, and reads no file, plugin or cookie of anybody."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import yt_dlp
from yt_dlp import globals as yt_dlp_globals
from yt_dlp.networking.common import RequestDirector
from yt_dlp.utils import YoutubeDLError, determine_protocol

from rightful.catalogue.models import Source
from rightful.connectors.video.handler import CheckedRH, Errand, Network
from rightful.connectors.video.trouble import Unavailable, lack_of_room, meaning
from rightful.errors import TooLarge
from rightful.http.retry import user_agent
from rightful.http.stream import StreamClient
from rightful.model import JSON, OptOut

log = logging.getLogger(__name__)

MOST_HOPS = 5
"""So many times a page may send yt-dlp on to another before it is given up."""

_PARTS_IN_A_ROW = 8
"""Tries to go on with a download that breaks off, within one errand; each goes on where the last one ended."""

_DIRECT = ("http", "https")
_TYPES = {
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "mp4": "video/mp4", "webm": "video/webm", "ogg": "audio/ogg",
    "oga": "audio/ogg", "opus": "audio/ogg", "ogv": "video/ogg", "flac": "audio/flac", "wav": "audio/wav",
    "mkv": "video/x-matroska", "mov": "video/quicktime", "avi": "video/x-msvideo", "aac": "audio/aac",
}  # fmt: skip


class Session:
    """yt-dlp for one source. A context manager; not to be shared between threads.

    Args:
        source: Of kind ``video``.
        client: Makes every request; not closed here.
        contact: For the User-Agent.
    """

    def __init__(self, source: Source, client: StreamClient, contact: str = "") -> None:
        self.source, self.network = source, Network(source, client)
        self._agent = user_agent(contact or source.owner)
        # Whoever can write to the user's folders would else run code here.
        yt_dlp_globals.plugin_dirs.value = []
        yt_dlp_globals.all_plugins_loaded.value = True
        self._reader = self._made({})

    def close(self) -> None:
        """Let go of yt-dlp."""
        self._reader.close()

    def entries(self, url: str) -> Iterator[dict[str, JSON]]:
        """What a channel or playlist lists, one by one as it is asked for; a single video is a list of one.

        Elements are as flat as the platform's list: ``url``, ``id`` and what else it tells.
        """
        with self._doing(url, Errand(self.source.video.extract_seconds)):
            found = self._extracted(url)
            listed = found.get("entries")
        if listed is None:
            yield found
            return
        walk = iter(listed)
        while True:
            with self._doing(url, Errand(self.source.video.extract_seconds)):
                entry = next(walk, None)
            if entry is None:
                return
            if isinstance(entry, dict):
                yield entry

    def info(self, url: str) -> tuple[list[dict[str, JSON]], tuple[OptOut, ...]]:
        """The metadata of a video, or of each recording of an item that has several; and what headers said of mining.

        Raises :class:`Unavailable`, and what the client raises.
        """
        errand = Errand(self.source.video.extract_seconds)
        with self._doing(url, errand):
            found = self._extracted(url)
            listed = found.get("entries")
            if listed is None:
                return [found], errand.optouts
            shared = {key: value for key, value in found.items() if key not in ("_type", "entries", "id", "title")}
            several = [{**shared, **entry} for entry in listed if isinstance(entry, dict)]
        return several, errand.optouts

    def download(
        self, info: dict[str, JSON], folder: Path, most_bytes: int, report: Callable[[int, int | None], None] | None
    ) -> tuple[Path, str, tuple[OptOut, ...]]:
        """Download the best file by ``fetch.format``; its path, its media type, and what headers said of mining.

        ``info`` is of :meth:`info`, and is used up. What breaks off goes on where it was.
        """
        wanted = str(info.get("id"))
        whole = info.get("formats") or [info]
        direct = [one for one in whole if one.get("url") and determine_protocol(one) in _DIRECT]
        if not direct:
            raise Unavailable("no file that can be fetched whole: it is offered in fragments only", "malformed")
        errand = Errand(self.source.video.download_seconds, most_bytes, report)
        options = {
            "format": self.source.video.format,
            "outtmpl": {"default": str(folder / "recording.%(ext)s")},
            "paths": {"home": str(folder), "temp": str(folder)},
            "match_filter": lambda found, **_: None if str(found.get("id")) == wanted else "another one",
            "retries": _PARTS_IN_A_ROW,
            "file_access_retries": 0,
            "skip_unavailable_fragments": False,
        }
        with self._doing(str(info.get("webpage_url")), errand), self._made(options) as downloader:
            done = downloader.process_ie_result(
                {
                    **info,
                    **({"formats": direct} if "formats" in info else {}),
                    "_type": "video",
                    "subtitles": {},
                    "automatic_captions": {},
                },
                download=True,
            )
            # A download that is blocked or fails quietly gives a result all the same, without a file in it.
            files = [one.get("filepath") for one in (done or {}).get("requested_downloads") or ()]
            if len(files) != 1 or not files[0]:
                raise Unavailable("yt-dlp brought no file", "fetch_failed")
        path = Path(files[0])
        if path.resolve().parent != folder.resolve() or not path.is_file():
            raise Unavailable("yt-dlp put the file elsewhere", "fetch_failed")
        return path, _TYPES.get(path.suffix.removeprefix(".").lower(), "application/octet-stream"), errand.optouts

    def text(self, url: str, most_bytes: int) -> tuple[bytes, tuple[OptOut, ...]]:
        """A small file beside a video, such as its captions; and what headers said of mining."""
        errand = Errand(self.source.video.extract_seconds, most_bytes)
        with self._doing(url, errand):
            body = self._reader.urlopen(url).read()
        assert isinstance(body, bytes)
        if len(body) > most_bytes:
            raise TooLarge(f"{len(body):,} bytes, more than `limits.record_bytes`", source=self.source.id)
        return body, errand.optouts

    def reads(self, url: str) -> bool:
        """Whether one of the source's extractors knows addresses like ``url``."""
        return any(extractor.suitable(url) for extractor in self._reader._ies.values())

    # ------------------------------------------------------------------ within

    def _extracted(self, url: str) -> dict[str, JSON]:
        """What the extractors make of ``url``, not processed: nothing is chosen, and a list not read yet."""
        key = None
        for _ in range(MOST_HOPS):
            found = self._reader.extract_info(url, download=False, ie_key=key, process=False)
            if not isinstance(found, dict):
                raise Unavailable("no extractor of `fetch.extractors` reads it", "malformed")
            if found.get("_type") not in ("url", "url_transparent"):
                return found
            url, key = str(found.get("url") or ""), found.get("ie_key")
        raise Unavailable("it leads from page to page", "malformed")

    @contextmanager
    def _doing(self, url: str, errand: Errand) -> Iterator[None]:
        """Errors of yt-dlp's become ours; what the network refused comes first, whatever yt-dlp made of it."""
        self.network.errand = errand
        try:
            yield
        except Unavailable as error:
            if errand.trouble is not None:
                raise errand.trouble from error
            raise
        except YoutubeDLError as error:
            self._told(url, errand, error)
        except (AttributeError, KeyError, IndexError, TypeError, ValueError, AssertionError) as error:
            # An extractor met an answer that it did not expect.
            if errand.trouble is not None:
                raise errand.trouble from error
            raise Unavailable(
                f"its extractor failed ({type(error).__name__}: {str(error)[:200]})", "malformed"
            ) from error
        finally:
            errand.close()
        if errand.trouble is not None:
            raise errand.trouble  # an extractor that goes on without an answer must not hide why there was none

    def _told(self, url: str, errand: Errand, error: Exception) -> NoReturn:
        if errand.trouble is not None:
            raise errand.trouble from error
        if (full := lack_of_room(error)) is not None:
            raise full from error
        raise meaning(self.source, self.network.client.public(url), error, errand.statuses) from error

    def _made(self, options: dict[str, Any]) -> Any:
        """A YoutubeDL that has our handler and no other."""
        return _Reader(
            self.network,
            {
                # None of these comes from a source file, a file of the user's or the environment.
                "allowed_extractors": [re.escape(name) for name in self.source.video.extractors],
                "ignoreconfig": True,
                "cachedir": False,
                "cookiefile": None,
                "cookiesfrombrowser": None,
                "usenetrc": False,
                "enable_file_urls": False,
                "remote_components": [],
                # YouTube alone asks for one; it runs without network and files.
                "js_runtimes": {"deno": {}}
                if any(n.startswith("youtube") for n in self.source.video.extractors)
                else {},
                "external_downloader": {},
                "hls_prefer_native": True,
                "ffmpeg_location": "/nonexistent",  # it would make requests of its own
                "fixup": "never",
                "postprocessors": [],
                "writesubtitles": bool(self.source.video.captions),  # extractors then list them; they are fetched here
                "writeautomaticsub": False,
                "check_formats": False,
                "continuedl": True,
                "nopart": False,
                "updatetime": False,
                "overwrites": True,
                "extract_flat": "in_playlist",
                "lazy_playlist": True,
                "noplaylist": True,
                "geo_bypass": False,
                "ignoreerrors": False,
                "ignore_no_formats_error": False,
                "extractor_retries": 0,
                "socket_timeout": self.source.limits.read_seconds,
                "http_headers": {"User-Agent": self._agent},
                "proxy": "",
                "quiet": True,
                "no_warnings": True,
                "noprogress": True,
                "color": "never",
                "logger": _Log(self.network.client.redacted),
                **options,
            },
        )


class _Reader(yt_dlp.YoutubeDL):  # type: ignore[misc]  # yt-dlp has no types
    """Makes no handler of yt-dlp's own, which know no guard: whoever asks for any gets ours."""

    def __init__(self, network: Network, options: dict[str, Any]) -> None:
        self._network = network
        super().__init__(options, auto_init=True)

    def build_request_director(self, handlers: object, preferences: object = None) -> RequestDirector:
        del handlers, preferences
        logger = self.params["logger"]
        director = RequestDirector(logger=logger)
        director.add_handler(CheckedRH(self._network, logger=logger, headers=self.params["http_headers"]))
        return director


class _Log:
    """What yt-dlp says, without secrets; errors come as exceptions too."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        self._redact = redact

    def debug(self, message: str, **_: object) -> None:
        log.debug("%s", self._redact(str(message)[:500]))

    info = warning = error = stdout = debug


__all__ = ["Session"]
