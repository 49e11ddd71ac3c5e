"""An httpx transport whose connections go only to checked addresses and end at a deadline.

It is httpcore's connection pool with a network back end of our own. When the environment names a proxy, the proxy
resolves the name, so only the name itself can be checked (see :meth:`AddressGuard.check`).
"""

from __future__ import annotations

import ssl
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpcore
import httpx

from rightful.errors import ConfigurationError
from rightful.http.address import AddressGuard, canonical_host, is_literal


class Deadline:
    """The moment by which the current answer must be there, shared by the client and its connections."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = float("inf")

    def start(self, seconds: float) -> None:
        """From now on, everything must be done within ``seconds``."""
        self._end = self._clock() + seconds

    @property
    def left(self) -> float:
        """Seconds that remain; negative when it is over."""
        return self._end - self._clock()

    def cut(self, timeout: float | None) -> float | None:
        """``timeout``, but not beyond the deadline. Raises httpcore's time-out when that has passed."""
        left = self.left
        if left <= 0:
            raise httpcore.ReadTimeout("the answer took too long")
        if left == float("inf"):
            return timeout
        return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    """A connection that obeys the deadline, however slowly the bytes drip."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.cut(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.cut(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._deadline.cut(timeout)), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class CheckedBackend(httpcore.NetworkBackend):
    """Connects to the addresses that ``guard`` has checked; without a guard (to a proxy) to any."""

    def __init__(
        self, guard: AddressGuard | None, deadline: Deadline, inner: httpcore.NetworkBackend | None = None
    ) -> None:
        self._guard, self._deadline, self._inner = guard, deadline, inner or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = [host] if self._guard is None else self._guard.addresses(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} can't be resolved: {error}") from error
        failure: Exception | None = None
        for address in addresses:
            try:
                stream = self._inner.connect_tcp(
                    address, port, self._deadline.cut(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error  # the next address may answer
                continue
            return _Stream(stream, self._deadline)
        raise failure or httpcore.ConnectError(f"{host} has no address")

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        raise httpcore.UnsupportedProtocol("unix sockets are not for sources")


class _Body(httpx.SyncByteStream):
    """A body whose errors are httpx's."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._stream
        except _HTTPCORE_ERRORS as error:
            raise _as_httpx(error) from error

    def close(self) -> None:
        self._stream.close()


_HTTPCORE_ERRORS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)


def _as_httpx(error: Exception) -> httpx.TransportError:
    """The error of the same name in httpx."""
    kind = getattr(httpx, type(error).__name__, httpx.TransportError)
    made = kind(str(error) or type(error).__name__)
    assert isinstance(made, httpx.TransportError)
    return made


class CheckedTransport(httpx.BaseTransport):
    """HTTP/1.1 with connection reuse, TLS verification, checked addresses and a deadline."""

    def __init__(self, guard: AddressGuard, deadline: Deadline) -> None:
        self._guard, self._deadline = guard, deadline
        self._pools: dict[str | None, httpcore.ConnectionPool] = {}
        self._context: ssl.SSLContext | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request`` with its body, if any, and return the response with its body still to be read."""
        pool = self._pool(proxy_for(request.url, allow_private=self._guard.allow_private))
        url = request.url
        outgoing = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.read(),
            extensions=request.extensions,
        )
        try:
            incoming = pool.handle_request(outgoing)
        except _HTTPCORE_ERRORS as error:
            raise _as_httpx(error) from error
        return httpx.Response(incoming.status, headers=incoming.headers, stream=_Body(incoming.stream), request=request)

    def close(self) -> None:
        """Close all connections."""
        while self._pools:
            self._pools.popitem()[1].close()

    def _pool(self, proxy: str | None) -> httpcore.ConnectionPool:
        if proxy not in self._pools:
            self._context = self._context or httpx.create_ssl_context()
            if proxy is None:
                self._pools[None] = httpcore.ConnectionPool(
                    ssl_context=self._context,
                    max_connections=4,
                    network_backend=CheckedBackend(self._guard, self._deadline),
                )
            else:
                self._pools[proxy] = self._proxy_pool(httpx.URL(proxy), self._context)
        return self._pools[proxy]

    def _proxy_pool(self, url: httpx.URL, context: ssl.SSLContext) -> httpcore.ConnectionPool:
        if url.scheme not in ("http", "https") or not url.host:
            raise ConfigurationError(
                f"the environment names a proxy of an unknown kind ({url.scheme or 'none'})",
                source=self._guard.source,
                remedy="give an http:// or https:// proxy in HTTP_PROXY and HTTPS_PROXY",
            )
        user = (url.username.encode(), url.password.encode()) if url.userinfo else None
        return httpcore.HTTPProxy(
            proxy_url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"/"),
            proxy_auth=user,
            ssl_context=context,
            max_connections=4,
            network_backend=CheckedBackend(None, self._deadline),
        )


def proxy_for(url: httpx.URL, *, allow_private: bool) -> str | None:
    """The proxy that the environment names for ``url`` (``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY``, ``NO_PROXY``).

    A source on the own network (``allow_private`` and a literal address or ``localhost``) is always reached directly.
    """
    host = canonical_host(url)
    if allow_private and (is_literal(host) or host == "localhost"):
        return None
    proxies = urllib.request.getproxies()
    found = proxies.get(url.scheme) or proxies.get("all")
    if not found or urllib.request.proxy_bypass(host):
        return None
    return found if "://" in found else f"http://{found}"
