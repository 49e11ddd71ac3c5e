"""The header of one record, WARC's or ARC's, as what both say of a record."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import cast

import msgspec

from rightful.archive.model import Kind

_KINDS = frozenset({"response", "resource", "conversion", "revisit", "request", "metadata", "warcinfo"})
_ANSWER = "application/http;msgtype=response"
_ARC = re.compile(rb"([a-z][a-z0-9+.-]*:[^\r\n ]+) ([^\r\n]*)\n")
_ONCE = ("content-length", "warc-type", "warc-target-uri")
"""Headers of which two that differ leave open what the record is."""
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)


class HeadError(Exception):
    """A header that can't be trusted with the place where its record ends."""


class Head(msgspec.Struct, frozen=True, gc=False):
    """What a record says of itself before its block. ``length`` is the block's, in bytes."""

    kind: Kind
    url: str
    date: datetime | None
    length: int
    media_type: str | None
    fields: dict[str, str]
    arc: bool = False


def warc_head(text: bytes) -> Head:
    """WARC/0.x to 1.1 (ISO 28500), from the version line to the blank line.

    Raises:
        HeadError: no usable Content-Length, no WARC-Type, or two different ones of them or of WARC-Target-URI.
    """
    if b"\0" in text:
        raise HeadError("zero bytes in the header")  # what a disk leaves of a page that it lost
    fields: dict[str, str] = {}
    last = ""
    for line in text.decode("utf-8", "replace").split("\n")[1:]:
        if not line or line == "\r":
            continue
        if line[0] in " \t":
            if last:
                fields[last] = f"{fields[last]} {line.strip()}"
            continue
        name, colon, value = line.partition(":")
        last = name.strip().lower()
        value = value.strip()
        if not colon or not last:
            raise HeadError(f"a header line without a name: {line.strip()[:60]!r}")
        if fields.setdefault(last, value) != value and last in _ONCE:
            raise HeadError(f"two headers {name.strip()} that differ: {fields[last][:40]!r} and {value[:40]!r}")
    length = fields.get("content-length")
    if length is None or not _LENGTH.fullmatch(length):
        raise HeadError(f"Content-Length is {length[:40]!r}" if length is not None else "no Content-Length")
    kind = fields.get("warc-type", "").lower()
    if not kind:
        raise HeadError("no WARC-Type")
    media_type = fields.get("content-type", "")
    if kind not in _KINDS and kind != "continuation" and media_type.replace(" ", "").startswith(_ANSWER):
        raise HeadError(f"an answer of HTTP of the unknown WARC-Type {kind[:40]!r}")
    return Head(
        kind=cast(Kind, kind) if kind in _KINDS else "other",
        url=plain_uri(fields.get("warc-target-uri", "")),
        date=read_date(fields.get("warc-date")),
        length=int(length),
        media_type=fields.get("content-type"),
        fields=fields,
    )


def arc_head(line: bytes) -> Head | None:
    """ARC 1 and 2: URL, address, date, (…,) type and length on one line. None: the line is none of those."""
    found = _ARC.fullmatch(line)
    if found is None:
        return None
    url = found[1].decode("utf-8", "replace")
    rest = found[2].decode("utf-8", "replace").rstrip("\r").split(" ")
    if len(rest) < 3 or not _LENGTH.fullmatch(rest[-1]):
        return None
    address, date = rest[0], rest[1]
    if not re.fullmatch(r"[0-9]{8,17}", date, re.ASCII):
        return None
    kind: Kind = "warcinfo" if url.startswith("filedesc:") else "response"
    if kind == "response" and not url.startswith(("http:", "https:")):
        kind = "resource"
    fields = {"warc-ip-address": address} if address and not address.startswith("0.0.0.0") else {}  # noqa: S104 - a text
    return Head(
        kind=kind, url=url, date=read_date(date), length=int(rest[-1]), media_type=rest[2], fields=fields, arc=True
    )


def plain_uri(text: str) -> str:
    """WARC 1.0 writes its grammar's angle brackets into the example, and some crawlers into the file."""
    return text[1:-1] if text.startswith("<") and text.endswith(">") else text


def read_date(text: str | None) -> datetime | None:
    """ISO 8601, or fourteen digits; UTC. None: no date is there, or none that can be read."""
    if not text:
        return None
    try:
        if text.isascii() and text.isdigit():
            padded = text[:14] + "00000000000000"[len(text) :] if len(text) < 14 else text[:14]
            return datetime.strptime(padded, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        if len(text) > 27 and "." in text:  # nanoseconds, which WARC 1.1 allows
            whole, _, fraction = text.partition(".")
            text = f"{whole}.{re.split('[^0-9]', fraction)[0][:6]}Z"
        date = datetime.fromisoformat(text)
    except ValueError:
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
