"""A client that also hands out answers as they come: for recordings, and for programs that make requests of their own.

Every request goes the way of :class:`~rightful.http.client.Client`: checked address by address (also where a redirect
leads), paced, with our name on it, and by a deadline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from rightful.errors import FetchError, Malformed
from rightful.http.address import canonical_host
from rightful.http.answer import described
from rightful.http.client import MOST_REDIRECTS, Client
from rightful.http.optouts import optouts_of
from rightful.model import OptOut

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OURS = frozenset({"host", "user-agent", "connection", "transfer-encoding", "content-length", "proxy-authorization"})
_ON_THE_WAY = frozenset({"authorization", "cookie"})


@dataclass(frozen=True, slots=True)
class Opened:
    """An answer whose body is still to be read. ``url`` answered at last; it is without secrets."""

    response: httpx.Response
    url: str
    optouts: tuple[OptOut, ...]


class StreamClient(Client):
    """A :class:`Client` that can be asked for an answer of any status with its body unread."""

    def open(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        seconds: float,
        agent: str | None = None,
    ) -> Opened:
        """One request, and those that its redirects lead to.

        Args:
            url: Absolute.
            method: ``GET``, ``HEAD`` or ``POST``.
            headers: Added to ours; who we are, and how the connection is kept, stays ours.
            content: Body of a POST.
            seconds: By then the whole answer must be read.
            agent: User-Agent in the place of ours.

        Whoever calls closes the response; each byte read counts towards :attr:`bytes_received` by :meth:`count`.

        Raises BlockedAddress, KeptOut, FetchError, RateLimited (the host asked for patience before) and Malformed.
        """
        target, secure, sent = self._locate(url, None), False, dict(headers or {})
        for _ in range(MOST_REDIRECTS + 1):
            shown = self._secrets.public(target)
            target = self._guard.check(target, shown, secure=secure)
            secure = secure or target.scheme == "https"
            if self._obeys:
                self._site.check(target, shown)
            self._pacer.wait(canonical_host(target))
            self._deadline.start(seconds)
            response = self._send(method, target, shown, sent, content, agent)
            if response.status_code not in _REDIRECTS:
                opened = self._opened(response, target, shown)
                self._deadline.start(seconds)  # a file of the site, asked for in between, had its own
                return opened
            response.close()
            place = response.headers.get("location", "").strip()
            try:
                onward = target.join(place) if place else None
            except (httpx.InvalidURL, UnicodeError, ValueError):
                onward = None
            if onward is None:
                raise self._error(Malformed, shown, "a redirect that leads nowhere", "tell the source's owner")
            if canonical_host(onward) != canonical_host(target):
                sent = {name: value for name, value in sent.items() if name.lower() not in _ON_THE_WAY}
            if response.status_code == 303 or (response.status_code in (301, 302) and method == "POST"):
                method, content = "HEAD" if method == "HEAD" else "GET", b""
            target = onward
        raise self._error(Malformed, shown, f"more than {MOST_REDIRECTS} redirects", "tell the source's owner")

    def count(self, size: int) -> None:
        """Take note of so many bytes that came. Raises :class:`~rightful.errors.FetchError` behind the deadline."""
        self.bytes_received += size
        if self._deadline.left <= 0:
            raise FetchError("the answer took too long", source=self._source.id, remedy="try again later")

    def redacted(self, text: str) -> str:
        """``text`` without the source's secret."""
        return self._secrets.redact(text)

    def nap(self, seconds: float) -> None:
        """Sleep, but notice when the task is told to stop."""
        self._pacer.nap(seconds)

    def _send(
        self, method: str, url: httpx.URL, shown: str, headers: Mapping[str, str], content: bytes, agent: str | None
    ) -> httpx.Response:
        signed, secret = self._secrets.sign(url)
        theirs = {name: value for name, value in headers.items() if name.lower() not in _OURS}
        merged = httpx.Headers(self._headers)
        merged.update(theirs)
        merged["User-Agent"] = agent or self._headers["User-Agent"]
        merged.update(secret)
        request = httpx.Request(
            method, signed, headers=merged, content=content or None, extensions={"timeout": self._timeout}
        )
        self.requests += 1
        try:
            return self._transport.handle_request(request)
        except httpx.TransportError as error:
            raise self._error(FetchError, shown, self._secrets.redact(described(error)), "try again later") from None

    def _opened(self, response: httpx.Response, url: httpx.URL, shown: str) -> Opened:
        moment = datetime.now(UTC)
        if self._obeys:
            return Opened(response, shown, self._site.observe(url, response.headers, moment))
        return Opened(response, shown, optouts_of(response.headers, moment))


__all__ = ["Opened", "StreamClient"]
