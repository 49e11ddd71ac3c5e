"""Archives made by hand, byte by byte, and a way to read them whole."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import os
from pathlib import Path
from typing import Any, NamedTuple

from rightful.archive import ArchiveCounts, ArchiveFault, ArchiveRecord, read_archive

ROOT = Path(__file__).resolve().parents[3]
FOLDER = Path(os.environ.get("RIGHTFUL_TEST_DATA") or ROOT.parent / "shared/data") / "warc"
MISSING = f"there are no sample archives at {FOLDER} (set RIGHTFUL_TEST_DATA)"


class Read(NamedTuple):
    """What reading gave."""

    counts: ArchiveCounts
    records: list[ArchiveRecord]
    faults: list[ArchiveFault]

    @property
    def reasons(self) -> list[tuple[int, str]]:
        return [(fault.offset, fault.reason) for fault in self.faults]


class Stream:
    """Bytes that come once, in odd portions: no seek, no tell."""

    def __init__(self, data: bytes, portion: int = 10_007) -> None:
        self._inner, self._portion = io.BytesIO(data), portion

    def read(self, size: int = -1) -> bytes:
        return self._inner.read(self._portion if size < 0 else min(size, self._portion))

    def seekable(self) -> bool:
        return False


def read(data: bytes | Any, **options: Any) -> Read:
    counts = ArchiveCounts()
    stream = Stream(data) if isinstance(data, bytes) else data
    records, faults = [], []
    for found in read_archive(stream, "made.warc", counts=counts, **options):
        if isinstance(found, ArchiveFault):
            faults.append(found)
        else:
            records.append(found)
    return Read(counts, records, faults)


def sha1(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


def record(
    block: bytes,
    kind: str = "response",
    url: str | None = "https://a.example/",
    *,
    digest: bool = True,
    length: str | None = None,
    date: str | None = "2026-01-02T03:04:05Z",
    more: tuple[str, ...] = (),
) -> bytes:
    lines = ["WARC/1.0", f"WARC-Type: {kind}", f"Content-Length: {len(block) if length is None else length}"]
    lines += [f"WARC-Target-URI: {url}"] if url else []
    lines += [f"WARC-Date: {date}"] if date else []
    lines += [f"WARC-Block-Digest: {sha1(block)}"] if digest else []
    lines += ["Content-Type: application/http; msgtype=response"] if kind == "response" else []
    return "\r\n".join([*lines, *more]).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", "Content-Type: text/html", *headers]).encode() + b"\r\n\r\n" + body


def page(number: int, size: int = 300) -> bytes:
    """A record with a page of its own, which does not compress well."""
    body = f"<html><p>page {number}</p>{hashlib.sha512(b'%d' % number).hexdigest() * (size // 128 + 1)}</html>"
    return record(answer(body.encode()), url=f"https://a.example/{number}")


def packed(*records: bytes) -> bytes:
    """Every record in a gzip member of its own."""
    return b"".join(gzip.compress(one, mtime=0) for one in records)
