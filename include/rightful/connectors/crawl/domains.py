"""Hosts, and the domains that somebody registered, by the Public Suffix List (with its private part, ``github.io``)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from functools import lru_cache
from urllib.parse import urlsplit

import httpx

from rightful.http.address import canonical_host

_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")


def host_of(url: str) -> str:
    """The host in the one form in which hosts are compared (RFC 3986, 6.2.2: lower case, IDNA, no dot at its end).

    ``""`` where there is none, or one that no crawler can have asked: of it nobody could tell whose page it is.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return ""
    # A browser reads `\` as `/`, others as a part of a name before `@`: two hosts for one address.
    return _compared(host) if host and "\\" not in parts.netloc else ""


def origin_of(url: str) -> str:
    """Scheme, host and port, as robots.txt and TDMRep speak of them; ``""`` where there is no host."""
    host = host_of(url)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if not host:
        return ""
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{host}" + ("" if port in (None, usual) else f":{port}")


@lru_cache(maxsize=65_536)
def _compared(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass  # a name
    if not host.isascii():
        try:
            host = canonical_host(httpx.URL(f"http://{host}/"))
        except (httpx.InvalidURL, UnicodeError, ValueError):
            return ""
    host = host.removesuffix(".")
    return host if _HOST.fullmatch(host) else ""


@lru_cache(maxsize=65_536)
def _registered(host: str) -> str:
    from tld import get_fld

    listed = get_fld(f"http://{host}/", fail_silently=True, fix_protocol=False)
    if listed:
        return str(listed)
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return ".".join(host.split(".")[-2:])  # the list's own rule for what it does not name
    return host


def domain_of(url: str) -> str:
    """The registered domain (``example.co.uk``), or the host where there is none (an address); ``""`` without one."""
    host = host_of(url)
    return _registered(host) if host else ""


def is_below(url: str, domains: Collection[str]) -> bool:
    """Whether the host of ``url`` is one of these domains, or below one.

    Who else registers names below a domain plays no part, so an index may see that as it likes (``github.io``).
    """
    host = host_of(url)
    while host:
        if host in domains:
            return True
        host = host.partition(".")[2]
    return False


__all__ = ["domain_of", "host_of", "is_below", "origin_of"]
