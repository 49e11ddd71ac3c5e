"""The body of an answer: read under caps, decompressed without trusting it, checked to be what was promised."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from email.message import Message

import httpx

from rightful.errors import Malformed, RightfulError, TooLarge

ACCEPT_ENCODING = "gzip, deflate"
"""What can be decompressed here in bounded steps; anything else was not asked for."""

_STEP = 256 * 1024
"""Bytes that a decompressor may make at once: a bomb is noticed after this much beyond the cap."""

_NO_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7"})
"""Python codecs that are no charsets of the web, or are dangerous to feed."""

Fail = Callable[[type[RightfulError], str, str], RightfulError]
"""Makes an error of a kind from what happened and the remedy; knows source and URL."""


def read_body(
    response: httpx.Response, cap: int, fail: Fail, received: Callable[[int], None], *, cut: bool = False
) -> bytes:
    """All bytes of the body, decompressed.

    Args:
        response: With its stream not read yet.
        cap: Most bytes, after decompression.
        fail: Makes the errors.
        received: Told the size of every piece as it came over the wire.
        cut: Return the first ``cap`` bytes of a larger body, instead of raising.

    Raises:
        TooLarge: At the cap, with the rest of the body unread.
        Malformed: When the compression is broken, cut short or one that was not asked for.
    """
    too_large = f"the answer is larger than {cap:,} bytes", "ask for smaller pages, or raise `limits.response_bytes`"
    encoding = response.headers.get("content-encoding", "").strip().lower()
    announced = response.headers.get("content-length", "")
    if encoding in ("", "identity"):
        if announced.isascii() and announced.isdigit() and int(announced[:20]) > cap and not cut:
            raise fail(TooLarge, *too_large)
        pieces: Iterator[bytes] = _counted(response, received)
    elif encoding in ("gzip", "x-gzip"):
        pieces = _inflated(_counted(response, received), zlib.MAX_WBITS | 16, fail)
    elif encoding == "deflate":
        pieces = _inflated(_counted(response, received), zlib.MAX_WBITS, fail)
    else:
        raise fail(
            Malformed,
            f"the answer is compressed as {encoding[:60]!r}, which was not asked for",
            "tell the source's owner",
        )
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > cap:
            if cut:
                return bytes(body[:cap])
            raise fail(TooLarge, *too_large)
    return bytes(body)


def _counted(response: httpx.Response, received: Callable[[int], None]) -> Iterator[bytes]:
    for piece in response.iter_raw():
        received(len(piece))
        yield piece


def _inflated(pieces: Iterator[bytes], window_bits: int, fail: Fail) -> Iterator[bytes]:
    """Decompress in bounded steps. Several gzip members in a row are one body (RFC 1952, 2.2)."""
    engine = zlib.decompressobj(window_bits)
    fresh = True
    for piece in pieces:
        data = piece
        while data:
            if engine.eof:
                engine, fresh = zlib.decompressobj(window_bits), True
            try:
                out = engine.decompress(data, _STEP)
            except zlib.error as error:
                if not (fresh and window_bits == zlib.MAX_WBITS):
                    raise fail(Malformed, f"the compressed answer is broken: {error}", "try again later") from None
                # Some servers send bare deflate data where RFC 9110 (8.4.1.2) wants a zlib wrapper.
                window_bits = -zlib.MAX_WBITS
                engine = zlib.decompressobj(window_bits)
                continue
            fresh = False
            yield out
            data = engine.unused_data if engine.eof else engine.unconsumed_tail
    while not engine.eof:
        out = engine.decompress(b"", _STEP)
        if not out:
            raise fail(Malformed, "the compressed answer is cut short", "try again later")
        yield out


def media_type(content_type: str) -> tuple[str, str | None]:
    """``text/html; charset="utf-8"`` → ``("text/html", "utf-8")``; ("", None) when there is none."""
    if not content_type.strip():
        return "", None
    message = Message()
    message["content-type"] = content_type
    charset = message.get_param("charset")
    return message.get_content_type(), charset if isinstance(charset, str) and charset else None


def json_bytes(body: bytes, content_type: str, fail: Fail) -> bytes:
    """The body as UTF-8, when it can be JSON at all.

    A known ``charset`` is honoured and nothing is ever replaced. Bytes that are sent as UTF-8 are returned untouched:
    a record that breaks its promise then fails by itself when it is decoded, and the others live.

    Raises :class:`Malformed` for HTML, for nothing, and for bytes that are not of their charset.
    """
    kind, charset = media_type(content_type)
    if kind in ("text/html", "application/xhtml+xml"):
        raise fail(
            Malformed, f"the answer is {kind}, not JSON", "an error or login page? look at the address in a browser"
        )
    if charset is not None:
        body = _as_utf8(body, charset, fail)
    body = body.removeprefix(b"\xef\xbb\xbf")
    start = body[:64].lstrip()[:1]
    if start == b"<":
        raise fail(
            Malformed, "the answer is markup, not JSON", "an error or login page? look at the address in a browser"
        )
    if not start and not body.strip():
        raise fail(Malformed, "the answer is empty", "try again later")
    return body


def _as_utf8(body: bytes, charset: str, fail: Fail) -> bytes:
    name = charset.strip().lower().replace("-", "_")
    if name in ("utf_8", "utf8", "u8", "us_ascii", "ascii") or name in _NO_CHARSETS:
        return body
    try:
        return body.decode(name, "strict").encode("utf-8")
    except LookupError:
        return body  # no charset that anybody knows: JSON is UTF-8 then (RFC 8259, 8.1)
    except UnicodeError as error:
        why = error.reason if isinstance(error, UnicodeDecodeError) else type(error).__name__
        raise fail(
            Malformed,
            f"the answer is not in the charset {charset[:40]} that it claims ({why})",
            "tell the source's owner",
        ) from None
