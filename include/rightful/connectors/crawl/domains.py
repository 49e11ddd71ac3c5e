"""Hosts, and the domains that somebody registered, by the Public Suffix List (with its private part, ``github.io``)."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit


def origin_of(url: str) -> str:
    """Scheme, host and port, as robots.txt and TDMRep speak of them; ``""`` where there is no host."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if not parts.hostname:
        return ""
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{parts.hostname}" + ("" if port in (None, usual) else f":{port}")


@lru_cache(maxsize=65_536)
def _registered(host: str) -> str:
    from tld import get_fld

    listed = get_fld(f"http://{host}/", fail_silently=True, fix_protocol=False)
    if listed:
        return str(listed)
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return ".".join(host.rstrip(".").split(".")[-2:])  # the list's own rule for what it does not name
    return host


def domain_of(url: str) -> str:
    """The registered domain (``example.co.uk``), or the host where there is none (an address); ``""`` without one."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return ""
    return _registered(host) if host else ""


__all__ = ["domain_of", "origin_of"]
