"""Where requests may go: the hosts of a source, and no address that only this machine's network can reach.

A host name is resolved once, all its addresses are checked, and the connection goes to a checked address: a name that
changes its meaning between check and connection (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable, Sequence

import httpx

from rightful.errors import BlockedAddress, ConfigurationError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Sequence[str]]
"""Host name and port → addresses. Raises :class:`OSError` when the name has none."""

ALWAYS_REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "169.254.0.0/16",  # link-local; cloud metadata lives here
        "fe80::/10",
        "fd00:ec2::254/128",  # metadata services outside link-local
        "100.100.100.200/32",
        "168.63.129.16/32",
        "192.0.0.192/32",
    )
)
"""Not even a source with ``allow_private`` may reach these: they hand out the machine's own secrets."""

NOT_PUBLIC = tuple(
    ipaddress.ip_network(network) for network in ("fec0::/10", "64:ff9b:1::/48", "5f00::/16", "192.88.99.0/24")
)
"""Special ranges that Python's ``is_global`` does not know in all versions that we support."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NUMBER_LIKE = re.compile(r"(^|\.)(0x[0-9a-f]*|[0-9]+)$")
"""A host whose last label is a number is read as an IPv4 address by most resolvers (WHATWG URL, "ends in a number")."""

DEFAULT_PORTS = {"http": 80, "https": 443}

_WITH_PORT = re.compile(r"(.+):([0-9]{1,5})")
_LOCAL_NAME = re.compile(r"(^|\.)(localhost|local|internal|localdomain|home\.arpa|intranet|lan)$")


def resolve(host: str, port: int) -> Sequence[str]:
    """Addresses of ``host`` from the system's resolver, in its order, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def why_refused(address: str, *, allow_private: bool = False) -> str | None:
    """Why no connection may go to ``address``, or None when it may.

    IPv4 addresses inside IPv6 ones (mapped, NAT64, 6to4, Teredo) are judged as what they are.
    """
    try:
        outer = ipaddress.ip_address(address)
    except ValueError:
        return "it is no IP address"
    for ip in _meant(outer):
        if any(ip in network for network in ALWAYS_REFUSED):
            return "it is link-local or a metadata service, which no source may reach"
        if allow_private:
            continue
        if ip.is_multicast or ip.is_reserved or not ip.is_global or any(ip in network for network in NOT_PUBLIC):
            return "it is not a public address"
    return None


def _meant(ip: Address) -> tuple[Address, ...]:
    """The addresses that traffic to ``ip`` may end at."""
    if isinstance(ip, ipaddress.IPv4Address):
        return (ip,)
    if ip.ipv4_mapped is not None:
        return (ip.ipv4_mapped,)
    if ip in _NAT64:
        return (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF),)
    inner: list[Address] = [ip]
    if ip.sixtofour is not None:
        inner.append(ip.sixtofour)
    if ip.teredo is not None:
        inner.extend(ip.teredo)
    return tuple(inner)


class AddressGuard:
    """Judges URLs and addresses for one source.

    Args:
        source: Id of the source, for messages.
        base_url: Its address; its host and port are allowed, and 443 when the port is 80. With https, nothing is
            asked over plain http.
        allow_hosts: Further hosts, compared exactly (case-insensitive, IDNA): ``host`` (ports 80, 443 and the base's)
            or ``host:port`` (that port only). ``*.example.org`` stands for all hosts below a name of two labels or more
            (servers that are numbered), not for that name itself.
        allow_private: Whether private addresses may be reached. Link-local ones never may.
        any_host: Whether every public host may be asked, on ports 80 and 443, also over plain http where an address
            itself says so.
        resolver: Host and port → addresses.
    """

    def __init__(
        self,
        source: str,
        base_url: str,
        allow_hosts: Iterable[str] = (),
        *,
        allow_private: bool = False,
        any_host: bool = False,
        resolver: Resolver = resolve,
    ) -> None:
        self.source, self.allow_private, self._resolver = source, allow_private, resolver
        self._any_host = any_host
        base = self._parse(base_url, base_url)
        own = port_of(base)
        self._secure = base.scheme == "https"
        self._ports: dict[str, set[int]] = {canonical_host(base): {own, 443} if own == 80 else {own}}
        self._below: dict[str, set[int]] = {}
        for entry in allow_hosts:
            if entry.startswith("*."):
                self._allow_below(entry, own)
                continue
            host, port = self._listed(entry)
            self._ports.setdefault(host, set()).update({80, 443, own} if port is None else {port})

    def check(self, url: httpx.URL | str, shown: str, *, secure: bool = False) -> httpx.URL:
        """``url`` when it may be asked.

        Args:
            url: What is to be asked.
            shown: How it may appear in a message (without secrets).
            secure: Whether https led here; it is always wanted when the source's own address has it.

        Raises :class:`~rightful.errors.BlockedAddress`.
        """
        parsed = self._parse(url, shown)
        if parsed.scheme not in ("http", "https"):
            raise self._blocked(shown, "only http and https are allowed")
        if parsed.userinfo:
            raise self._blocked(shown, "a URL must not hold a user name or password")
        if parsed.port is not None and not 1 <= parsed.port <= 65535:
            raise self._blocked(shown, f"{parsed.port} is no port")
        host = canonical_host(parsed)
        if not host:
            raise self._blocked(shown, "it has no host")
        ports = self._ports_of(host)
        if not ports:
            raise self._blocked(
                shown, f"the host {host} is not allowed", f"if it is right, add {host} to `fetch.allow_hosts`"
            )
        self.check_host(host, shown)
        if parsed.scheme == "http" and (secure or (self._secure and not self._is_anywhere(host))):
            raise self._blocked(
                shown,
                "it steps down from https to http, where anybody on the way can read and change the answer",
                "ask the source's owner for an https address",
            )
        port = port_of(parsed)
        if port not in ports:
            raise self._blocked(
                shown,
                f"port {port} of {host} is not allowed",
                f"if it is right, add {parsed.netloc.decode('ascii')} to `fetch.allow_hosts`",
            )
        return parsed

    def check_host(self, host: str, shown: str) -> None:
        """Judge what needs no resolving: literals in any notation, and names that are local by definition."""
        if is_literal(host):
            reason = why_refused(host, allow_private=self.allow_private)
            if reason is not None:
                raise self._blocked(shown, f"{host}: {reason}", self._private_remedy())
        elif _NUMBER_LIKE.search(host) or "%" in host or ":" in host:
            raise self._blocked(shown, f"{host} is an IP address in disguise", "write the address in its usual form")
        elif not self.allow_private and _LOCAL_NAME.search(host):
            raise self._blocked(shown, f"{host} is a name of the local network", self._private_remedy())

    def addresses(self, host: str, port: int) -> Sequence[str]:
        """Resolve ``host`` and return its addresses, all of them checked.

        One refused address refuses the name: a public name has no reason to point inwards as well.

        Raises:
            BlockedAddress: When any address is refused, or there is none.
            OSError: When the name can't be resolved.
        """
        shown = f"{host}:{port}"
        self.check_host(host, shown)
        found = [host] if is_literal(host) else list(self._resolver(host, port))
        if not found:
            raise OSError(f"{host} has no address")
        for address in found:
            reason = why_refused(address, allow_private=self.allow_private)
            if reason is not None:
                raise self._blocked(shown, f"{host} resolves to {address}: {reason}", self._private_remedy())
        return found

    def _parse(self, url: httpx.URL | str, shown: str) -> httpx.URL:
        try:
            return httpx.URL(url)
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise self._blocked(shown, f"it is no URL ({type(error).__name__})") from None

    def _ports_of(self, host: str) -> set[int]:
        """Ports that may be asked on ``host``; empty when it is not allowed."""
        listed = self._ports.get(host, set()).union(
            *(ports for name, ports in self._below.items() if host.endswith(f".{name}"))
        )
        return listed | {80, 443} if self._any_host else listed

    def _is_anywhere(self, host: str) -> bool:
        """Whether ``host`` may be asked only because all may: the source's own address says nothing of it."""
        return self._any_host and host not in self._ports and not any(host.endswith(f".{n}") for n in self._below)

    def _allow_below(self, entry: str, own: int) -> None:
        host, port = self._listed(entry.removeprefix("*."))
        if "*" in host or "." not in host or is_literal(host):
            raise ConfigurationError(
                f"`fetch.allow_hosts` holds {entry!r}, which is too wide",
                source=self.source,
                remedy="write *. and a name of two labels or more, such as *.example.org",
            )
        self._below.setdefault(host, set()).update({80, 443, own} if port is None else {port})

    def _listed(self, entry: str) -> tuple[str, int | None]:
        """Host and port of an entry of ``allow_hosts``; port None when it names none."""
        named = None if is_literal(entry) else _WITH_PORT.fullmatch(entry)
        host, port = (named[1], int(named[2])) if named else (entry, None)
        try:
            literal = f"[{host}]" if is_literal(host) and ":" in host and not named else host
            url = httpx.URL(f"http://{literal}/")
        except (httpx.InvalidURL, UnicodeError, ValueError):
            url = httpx.URL("")
        bare = url.host and "%" not in url.host and url.port is None and not url.userinfo and url.raw_path == b"/"
        # httpx leaves out the port 80, so a second one would not show in `url`.
        stray = ":" in host and not is_literal(host.removeprefix("[").removesuffix("]"))
        if not bare or stray or (port is not None and not 1 <= port <= 65535):
            raise ConfigurationError(
                f"`fetch.allow_hosts` holds {entry!r}, which is no host",
                source=self.source,
                remedy="write the bare host name, or host:port",
            )
        return canonical_host(url), port

    def _private_remedy(self) -> str:
        return "set `fetch.allow_private: true` only if the source is meant to be on your own network"

    def _blocked(self, shown: str, why: str, remedy: str | None = None) -> BlockedAddress:
        return BlockedAddress(
            f"{shown[:500]} may not be asked: {why}",
            source=self.source,
            remedy=remedy or "correct the address in the source file, or ask the source's owner what it is",
        )


def is_literal(host: str) -> bool:
    """Whether ``host`` is an IP address in its usual notation."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return "%" not in host


def canonical_host(url: httpx.URL) -> str:
    """The host in the one form in which hosts are compared: IDNA, lower case, no trailing dot, IPv6 compressed."""
    host = url.raw_host.decode("ascii").lower().removesuffix(".")
    return str(ipaddress.ip_address(host)) if is_literal(host) else host


def port_of(url: httpx.URL) -> int:
    """The port that ``url`` leads to, the usual one of its scheme when it names none; 0 for other schemes."""
    return url.port if url.port is not None else DEFAULT_PORTS.get(url.scheme, 0)
