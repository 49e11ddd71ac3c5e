"""A page with the headers it came with, as one object of the raw store: they are evidence, and tell its charset."""

from __future__ import annotations

from collections.abc import Sequence

_OF_THE_WAY = frozenset({"content-encoding", "transfer-encoding", "content-length"})
"""Headers that speak of the body as it was sent; ours is unpacked."""
_END = b"\r\n\r\n"

Headers = tuple[tuple[str, str], ...]


def message_of(status: int | None, headers: Sequence[tuple[str, str]], body: bytes) -> bytes:
    """An HTTP message (RFC 9112) with the body unpacked. Header values keep what they can of UTF-8."""
    lines = [f"HTTP/1.1 {status or 200}"]
    for name, value in headers:
        if name.lower() not in _OF_THE_WAY:
            lines.append(f"{_line(name)}: {_line(value)}")
    return "\r\n".join(lines).encode("utf-8", "replace") + _END + body


def parts_of(message: bytes) -> tuple[Headers, bytes] | None:
    """Headers and body of what :func:`message_of` made; None where it is something else."""
    head, end, body = message.partition(_END)
    if not end or not head.startswith(b"HTTP/1.1 "):
        return None
    pairs = (line.partition(": ") for line in head.decode("utf-8", "replace").split("\r\n")[1:])
    return tuple((name, value) for name, _, value in pairs), body


def _line(text: str) -> str:
    """Without line ends, which would begin another header."""
    return " ".join(text.split())


__all__ = ["Headers", "message_of", "parts_of"]
