"""The HTTP answer inside a record: status, headers, and the body with its encodings undone, within bounds."""

from __future__ import annotations

import io
import re
import zlib
from typing import TYPE_CHECKING

import msgspec

from rightful.archive.model import FaultReason

if TYPE_CHECKING:
    from fastwarc.stream_io import WarcReader

_STATUS = re.compile(rb"HTTP/[0-9.]+[ \t]+([0-9]{3})(?![0-9])")
_CHUNK = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")
_MAGIC = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}
_ALIAS = {"x-gzip": "gzip", "x-deflate": "deflate", "zst": "zstd"}


class BodyError(Exception):
    """The body can't be unpacked. ``reason`` is the fault's."""

    def __init__(self, reason: FaultReason, detail: str) -> None:
        self.reason: FaultReason = reason
        super().__init__(detail)


class Answer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a server answered, as the crawler wrote it down; ``body`` still encoded."""

    status: int | None
    headers: tuple[tuple[str, str], ...]
    head: bytes
    """Status line and headers, up to the body."""
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of that name (in small letters)."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def every(self, name: str) -> list[str]:
        """The comma-separated values of all headers of that name."""
        values = (value for key, value in self.headers if key.lower() == name)
        return [part.strip().lower() for value in values for part in value.split(",") if part.strip()]

    def media_type(self) -> str | None:
        """The media type as the server gave it, parameters included."""
        return self.header("content-type")

    def is_short(self) -> bool:
        """Whether fewer bytes came than were announced. An encoding that was undone leaves the old number behind, so
        only answers without one can be judged."""
        stated = self.header("content-length")
        if stated is None or not stated.isascii() or not stated.isdigit() or len(stated) > 18:
            return False
        if self.header("transfer-encoding") or self.header("content-encoding"):
            return False
        return len(self.body) < int(stated)


def split_answer(block: bytes) -> int:
    """Where the body begins; the whole length where no blank line ends the headers."""
    # The first blank line, however its lines end: a page may hold one with other ends, and its beginning is no header.
    end = block.find(b"\n\r\n", 0, 1 << 20)
    plain = block.find(b"\n\n", 0, end if end >= 0 else 1 << 20)
    if plain >= 0:
        return plain + 2
    return end + 3 if end >= 0 else len(block)


def read_answer(block: bytes, body_at: int | None = None) -> Answer | None:
    """An HTTP answer; None: the block is none."""
    status = _STATUS.match(block)
    if status is None:
        return None
    at = split_answer(block) if body_at is None else body_at
    return Answer(status=int(status[1]), headers=tuple(header_lines(block[:at])[1:]), head=block[:at], body=block[at:])


def header_lines(head: bytes) -> list[tuple[str, str]]:
    """Names and values, the first line as a name of its own; folded lines are joined to the one before."""
    lines: list[tuple[str, str]] = []
    for line in head.decode("utf-8", "replace").split("\n"):
        line = line.rstrip("\r")
        if not line.strip():
            continue
        if line[0] in " \t" and len(lines) > 1:
            name, value = lines[-1]
            lines[-1] = (name, f"{value} {line.strip()}")
            continue
        name, _, value = line.partition(":") if lines else (line, "", "")
        lines.append((name.strip(), value.strip()))
    return lines


def decode_body(answer: Answer, max_body: int, *, cut: bool) -> bytes:
    """The body without its transfer and content encodings.

    Crawlers undo encodings and leave the header: a body that does not look encoded stays as it is. ``cut``: the
    record says itself that the body is not whole, so the part that can be unpacked is the body.

    Raises:
        BodyError: it is broken, in an unknown encoding, or longer than ``max_body`` bytes.
    """
    body = answer.body
    for coding in reversed(answer.every("transfer-encoding")):
        if coding == "chunked":
            body = _unchunked(body, cut=cut)
        elif coding != "identity":
            body = _unpacked(body, coding, max_body, cut=cut)
    codings = answer.every("content-encoding")
    if len(codings) > 5:
        raise BodyError("encoding", f"{len(codings)} content encodings, one on the other")
    for coding in reversed(codings):
        if coding != "identity":
            body = _unpacked(body, coding, max_body, cut=cut)
    if len(body) > max_body:
        raise BodyError("too_large", f"the body has {len(body):,} bytes, more than {max_body:,}")
    return body


def without_chunks(answer: Answer) -> bytes:
    """The body with only a chunked transfer encoding undone.

    Raises:
        BodyError: it is broken.
    """
    return _unchunked(answer.body, cut=False) if "chunked" in answer.every("transfer-encoding") else answer.body


def _unchunked(body: bytes, *, cut: bool) -> bytes:
    """RFC 9112, 7.1."""
    if not body:
        return body
    at = 0
    parts: list[bytes] = []
    while True:
        size_line = _CHUNK.match(body, at)
        if size_line is None:
            if not at:
                return body  # undone by the crawler, which left the header
            if cut:
                return b"".join(parts)
            raise BodyError("encoding", f"the chunked body breaks off after {at:,} of {len(body):,} bytes")
        size = int(size_line[1], 16)
        if not at and size and body[size_line.end() + size : size_line.end() + size + 1] not in (b"\r", b"\n", b""):
            return body  # a text that begins with a number
        at = size_line.end()
        if not size:
            return b"".join(parts)
        parts.append(body[at : at + size])
        if len(parts[-1]) < size and not cut:
            raise BodyError("encoding", f"a chunk of {size:,} bytes breaks off at the end")
        at += size
        if body[at : at + 2] == b"\r\n":
            at += 2
        elif body[at : at + 1] == b"\n":
            at += 1


def _unpacked(body: bytes, coding: str, max_body: int, *, cut: bool) -> bytes:
    coding = _ALIAS.get(coding, coding)
    if not body or (coding in _MAGIC and not body.startswith(_MAGIC[coding])):
        return body  # undone by the crawler, which left the header
    if coding == "gzip":
        return _inflated(body, 31, max_body, cut=cut)
    if coding == "deflate":
        if _looks_like_text(body):
            return body
        zlib_header = body[0] & 15 == 8 and int.from_bytes(body[:2], "big") % 31 == 0
        return _inflated(body, 15 if zlib_header else -15, max_body, cut=cut)
    if coding in ("br", "zstd"):
        if coding == "br" and _looks_like_text(body):
            return body
        return _read(body, coding, max_body, cut=cut)
    raise BodyError("encoding", f"an unknown content encoding: {coding[:40]}")


def _looks_like_text(body: bytes) -> bool:
    """For encodings without a magic: markup or JSON as it begins, which neither of them could begin with."""
    return body.lstrip()[:1] in (b"<", b"{", b"[") and all(byte >= 9 for byte in body[:64])


def _inflated(body: bytes, window: int, max_body: int, *, cut: bool) -> bytes:
    parts: list[bytes] = []
    size = 0
    data: bytes = body
    while data:
        unpack = zlib.decompressobj(window)
        try:
            while not unpack.eof:
                part = unpack.decompress(data, max_body + 1 - size)
                parts.append(part)
                size += len(part)
                if size > max_body:
                    raise BodyError("too_large", f"the body unpacks to more than {max_body:,} bytes")
                data = unpack.unconsumed_tail
                if not data and not unpack.eof:
                    raise zlib.error("the stream breaks off")
        except zlib.error as error:
            if cut:
                return b"".join(parts)
            raise BodyError("encoding", f"the compressed body is broken: {error}") from None
        data = unpack.unused_data
        if window != 31 or not data.startswith(_MAGIC["gzip"]):
            break  # bytes after the stream are ignored, as browsers do
    return b"".join(parts)


def _read(body: bytes, coding: str, max_body: int, *, cut: bool) -> bytes:
    from fastwarc.stream_io import BrotliReader, ZstdReader

    reader: WarcReader = (BrotliReader if coding == "br" else ZstdReader)(io.BytesIO(body))
    parts: list[bytes] = []
    size = 0
    try:
        while size <= max_body and (part := reader.read(min(1 << 20, max_body + 1 - size))):
            parts.append(part)
            size += len(part)
    except OSError as error:
        if not cut:
            raise BodyError("encoding", f"the compressed body is broken: {error}") from None
    if size > max_body:
        raise BodyError("too_large", f"the body unpacks to more than {max_body:,} bytes")
    return b"".join(parts)
