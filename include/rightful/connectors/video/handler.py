"""The only way by which yt-dlp reaches the network here: every request goes through the source's own client.

So each address is checked before it is connected to, redirects too, requests are paced, robots.txt is obeyed, and no
bytes come without a cap and a deadline. yt-dlp's own handlers are never made.
"""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import tenacity
from yt_dlp.networking.common import Features, Request, RequestHandler, Response
from yt_dlp.networking.exceptions import (
    HTTPError,
    RequestError,
    TransportError,
    UnsupportedRequest,
)

from rightful.catalogue.models import Source
from rightful.connectors.video.trouble import Unavailable
from rightful.errors import BlockedAddress, FetchError, Malformed, RateLimited, RightfulError, TooLarge
from rightful.http.body import ACCEPT_ENCODING, read_body
from rightful.http.pace import LONGEST_WAIT
from rightful.http.retry import pause_before_retry, retry_after
from rightful.http.robots import KeptOut
from rightful.http.stream import Opened, StreamClient
from rightful.licensing.optouts import combined
from rightful.model import OptOut

log = logging.getLogger(__name__)

_METHODS = ("GET", "HEAD", "POST")
_PASSING = frozenset({408, 425})


class Errand:
    """One thing that yt-dlp is asked to do: its deadline, its cap, and what happened on the way.

    Args:
        seconds: By then it must be done.
        most_bytes: Of one streamed answer.
        report: Told of the bytes of a streamed answer, and of how many there are, about once a second.
    """

    def __init__(
        self, seconds: float, most_bytes: int = 0, report: Callable[[int, int | None], None] | None = None
    ) -> None:
        self.seconds, self.most_bytes, self.report = seconds, most_bytes, report
        self.end = time.monotonic() + seconds
        self.trouble: RightfulError | None = None
        """The first error of ours: yt-dlp would make something of its own of it, or go on."""
        self.statuses: list[int] = []
        """Of the answers that were errors."""
        self.optouts: tuple[OptOut, ...] = ()
        self.streams: list[Any] = []

    def close(self) -> None:
        """End what is still open: yt-dlp does not."""
        while self.streams:
            self.streams.pop().close()


class Network:
    """Answers yt-dlp's requests with the source's client. ``errand`` must be set before any."""

    def __init__(self, source: Source, client: StreamClient) -> None:
        self.source, self.client, self.errand = source, client, Errand(0)
        self._site, self._base = source.video.site, source.video.base_url.rstrip("/")

    def send(self, request: Any) -> Any:
        """The answer, as yt-dlp expects it. Raises yt-dlp's ``RequestError``; see :attr:`Errand.trouble`."""
        if self.errand.trouble is not None:
            raise _Stopped(self.errand.trouble)
        try:
            return self._answer(request)
        except (BlockedAddress, KeptOut, TooLarge, RateLimited, Unavailable) as error:
            self.errand.trouble = error
            raise _Stopped(error) from error
        except FetchError as error:
            if self.left <= 0:
                self.errand.trouble = self.late()
                raise _Stopped(self.errand.trouble) from error
            raise TransportError(error.what, cause=error) from error
        except RightfulError as error:
            raise RequestError(error.what, cause=error) from error

    @property
    def left(self) -> float:
        """Seconds until the errand must be done."""
        return self.errand.end - time.monotonic()

    def _answer(self, request: Any) -> Any:
        # What yt-dlp's downloader takes as it comes; everything else is read whole.
        streamed = request.headers.get("Accept-Encoding") == "identity"
        if streamed:
            return self._once(request, streamed=True)
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.source.limits.retries + 1),
            wait=pause_before_retry,
            retry=tenacity.retry_if_exception(self._may_pass),
            sleep=self.client.nap,
            reraise=True,
        )
        return retrying(self._once, request, streamed=False)

    def _may_pass(self, error: BaseException) -> bool:
        if self.left <= 0:
            return False
        return error.retry_after <= LONGEST_WAIT if isinstance(error, RateLimited) else isinstance(error, FetchError)

    def _once(self, request: Any, *, streamed: bool) -> Any:
        if self.left <= 0:
            raise self.late()
        headers = {**request.headers, "Accept-Encoding": "identity" if streamed else ACCEPT_ENCODING}
        agent = headers.get("User-Agent") if self.source.video.user_agent == "extractor" else None
        opened = self.client.open(
            self._where(request.url),
            method=request.method,
            headers=headers,
            content=request.data or b"",
            seconds=self.left if streamed else min(self.left, self.source.limits.answer_seconds),
            agent=agent,
        )
        try:
            return self._judged(opened, request, streamed=streamed)
        except BaseException:
            opened.response.close()
            raise

    def _judged(self, opened: Opened, request: Any, *, streamed: bool) -> Any:
        response, status = opened.response, opened.response.status_code
        self.errand.optouts = combined(self.errand.optouts, opened.optouts)
        if status < 400:
            if streamed:
                stream = _Streamed(opened, self)
                self.errand.streams.append(stream)
                return stream
            body = b"" if request.method == "HEAD" else self._body(opened)
            return _Whole(body, opened, self._shown(opened.url))
        self.errand.statuses.append(status)
        patience = retry_after(response.headers, datetime.now(UTC))
        if status == 429 or (patience is not None and (status >= 500 or status in _PASSING)):
            raise self.client.rate_limited(opened.url, f"status {status}", patience)
        if status >= 500 or status in _PASSING:
            raise FetchError(f"{opened.url[:500]}: status {status}", source=self.source.id, remedy="try again later")
        raise HTTPError(_Whole(self._body(opened), opened, self._shown(opened.url)))

    def _body(self, opened: Opened) -> bytes:
        def fail(kind: type[RightfulError], what: str, remedy: str) -> RightfulError:
            return self.client.fail(kind, opened.url, what, remedy)

        try:
            return read_body(opened.response, self.source.limits.response_bytes, fail, self.client.count)
        except httpx.TransportError as error:
            raise fail(FetchError, f"broken connection ({type(error).__name__})", "try again later") from None
        finally:
            opened.response.close()

    def late(self) -> Unavailable:
        """The error for an errand that takes too long."""
        return Unavailable(
            f"not done after {self.errand.seconds:g} s",
            "timeout",
            source=self.source.id,
            remedy="raise `fetch.extract_seconds` or `fetch.download_seconds`, or try again later",
        )

    def _where(self, url: str) -> str:
        """``url``, or its like on the mirror that the source file names."""
        return url if self._site is None else _moved(url, self._site, self._base)

    def _shown(self, url: str) -> str:
        """The reverse: extractors look at the address of an answer for what a redirect led to."""
        return url if self._site is None else _moved(url, self._base, self._site)


class _Stopped(RequestError):  # type: ignore[misc]  # yt-dlp has no types
    """Ends the errand: yt-dlp tries again after a ``TransportError``, but not after this."""

    def __init__(self, error: RightfulError) -> None:
        super().__init__(error.what, cause=error)


class _Whole(Response):  # type: ignore[misc]
    """An answer that was read to its end, decompressed."""

    def __init__(self, body: bytes, opened: Opened, url: str) -> None:
        super().__init__(io.BytesIO(body), url, _headers(opened.response), opened.response.status_code)


class _Streamed(Response):  # type: ignore[misc]
    """An answer that is read piece by piece, up to the errand's cap."""

    def __init__(self, opened: Opened, network: Network) -> None:
        self._network, self._response = network, opened.response
        self._pieces: Iterator[bytes] = opened.response.iter_raw()
        self._rest, self._done, self._told = b"", 0, 0.0
        length = opened.response.headers.get("content-length", "")
        self._length = int(length) if length.isascii() and length.isdigit() and len(length) < 20 else None
        headers = _headers(opened.response, raw=True)
        super().__init__(io.BytesIO(), opened.url, headers, opened.response.status_code)
        most = network.errand.most_bytes
        if opened.response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise network.client.fail(
                Malformed, opened.url, "a compressed recording, which was not asked for", "skip it"
            )
        if self._length is not None and self._length > most:
            self._too_large()

    def read(self, amt: int | None = None) -> bytes:
        """At most ``amt`` bytes, ``b""`` at the end. Raises yt-dlp's ``TransportError`` for a broken connection."""
        try:
            while not self._rest:
                piece = next(self._pieces, None)
                if piece is None:  # less than announced would have been an error of the connection
                    return b""
                self._network.client.count(len(piece))
                self._rest = piece
        except httpx.TransportError as error:
            raise TransportError(f"broken connection ({type(error).__name__})", cause=error) from error
        except FetchError as error:
            late = self._network.late()
            self._network.errand.trouble = late
            raise _Stopped(late) from error
        found, self._rest = (self._rest, b"") if amt is None else (self._rest[:amt], self._rest[amt:])
        self._done += len(found)
        if self._done > self._network.errand.most_bytes:
            self._too_large()
        self._tell()
        return found

    def close(self) -> None:
        self._response.close()
        super().close()

    def _too_large(self) -> None:
        error = TooLarge(
            f"larger than {self._network.errand.most_bytes:,} bytes",
            source=self._network.source.id,
            remedy="raise `speech.max_bytes`, or choose smaller files by `fetch.format`",
        )
        self._network.errand.trouble = error
        self.close()
        raise _Stopped(error)

    def _tell(self) -> None:
        report, now = self._network.errand.report, time.monotonic()
        if report is not None and now - self._told >= 1:
            self._told = now
            report(self._done, self._length)


class CheckedRH(RequestHandler):  # type: ignore[misc]
    """yt-dlp's side of :class:`Network`; the name's end is how yt-dlp knows a handler."""

    _SUPPORTED_URL_SCHEMES = ("http", "https")
    _SUPPORTED_PROXY_SCHEMES = None  # proxies of the environment are the client's affair
    _SUPPORTED_FEATURES = (Features.ALL_PROXY, Features.NO_PROXY)

    def __init__(self, network: Network, **options: Any) -> None:
        super().__init__(**options)
        self._network = network

    def _check_extensions(self, extensions: dict[str, Any]) -> None:
        super()._check_extensions(extensions)
        for known in ("cookiejar", "timeout", "legacy_ssl", "keep_header_casing"):
            extensions.pop(known, None)

    def _send(self, request: Any) -> Any:
        if request.method not in _METHODS:
            raise UnsupportedRequest(f"method {request.method} is not for reading")
        if request.data is not None and not isinstance(request.data, bytes):
            raise UnsupportedRequest("a body that is no bytes")
        asked = Request(
            request.url, data=request.data, headers=self._merge_headers(request.headers), method=request.method
        )
        return self._network.send(asked)


def _moved(url: str, origin: str, other: str) -> str:
    """``url`` at ``other``, when it is of ``origin``."""
    asked, here, there = urlsplit(url), urlsplit(origin), urlsplit(other)
    if (asked.scheme, asked.netloc.lower()) != (here.scheme, here.netloc.lower()):
        return url
    return asked._replace(scheme=there.scheme, netloc=there.netloc).geturl()


def _headers(response: httpx.Response, *, raw: bool = False) -> dict[str, str]:
    """Headers for yt-dlp. The body of a whole answer is decompressed, so what spoke of its transfer is left out."""
    gone = () if raw else ("content-encoding", "content-length", "transfer-encoding")
    return {name: value for name, value in response.headers.items() if name.lower() not in gone}


__all__ = ["CheckedRH", "Errand", "Network"]
