"""``Link`` headers (RFC 8288)."""

from __future__ import annotations


def link_next(header: str) -> str | None:
    """The target of ``rel="next"`` in a ``Link`` header (RFC 8288), or None."""
    rest = header
    while True:
        start, end = rest.find("<"), rest.find(">")
        if start < 0 or end < start:
            return None
        target, rest = rest[start + 1 : end].strip(), rest[end + 1 :]
        params, quoted = "", False
        for position, letter in enumerate(rest):
            if letter == '"':
                quoted = not quoted
            elif letter == "," and not quoted:
                params, rest = rest[:position], rest[position + 1 :]
                break
        else:
            params, rest = rest, ""
        for param in params.split(";"):
            name, _, value = param.partition("=")
            if name.strip().lower() == "rel" and "next" in value.strip().strip('"').lower().split():
                return target
